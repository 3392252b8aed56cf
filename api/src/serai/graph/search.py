"""Search: rows that have a user's words, and how well they match.

Each searched table keeps the words of its rows in a generated column; the functions that make it, and what a user's
words ask of it, are the database's own (the core's migration 0011). Nothing a user writes is an error.
"""

from __future__ import annotations

from typing import Any, Final

from .arguments import Tree, is_null
from .leaves import INT, UUID_KEY
from .order import Key
from .statement import TRUE, Statement

COLUMN: Final = "search_vector"
LONGEST: Final = 200
"""How many letters of a text are looked at."""


def search_condition(statement: Statement, alias: str, tree: Tree | None) -> str:
    """The condition that the row ``alias`` has the words that are looked for."""
    if tree is None or is_null(tree):
        return TRUE
    return f"{alias}.{COLUMN} @@ {_asked(statement, 'serai_search_query', tree)}"


def ranked(statement: Statement, alias: str, tree: Tree) -> list[Key]:
    """The order of what is found: the best match first, of equal ones the one made last.

    The rank is of the row alone, whatever other rows there are: a cursor that holds it stays true. Half of it is for
    having the words as they are written, and not only their stem or beginning. It is a whole number of millionths.
    """
    words = _asked(statement, "serai_search_query", tree)
    exact = _asked(statement, "serai_search_exact", tree)
    vector = f"{alias}.{COLUMN}"
    rank = f"(1000000 * ts_rank({vector}, {words}, 1) * (1 + ({vector} @@ {exact})::integer))::bigint"
    return [
        Key("search", rank, INT, True, False, False, False),
        Key("id", f"{alias}.id", UUID_KEY, True, False, False, True),
    ]


def _asked(statement: Statement, function: str, tree: Tree) -> str:
    """What the words ask for, worked out once for all rows."""
    return f"(select {function}({statement.param(tree, 'text', _sendable)}))"


def _sendable(text: Any) -> str:
    """What PostgreSQL takes as text, and no more of it than counts."""
    return str(text)[:LONGEST].replace("\x00", " ").encode(errors="replace").decode()
