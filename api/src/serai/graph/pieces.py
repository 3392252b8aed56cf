"""JSON text as SQL: literal parts and expressions, joined by ``||``. Every expression handed in must never be null."""

from __future__ import annotations

from collections.abc import Iterable

from .statement import literal


class Pieces:
    """JSON text put together from literal parts and SQL expressions."""

    def __init__(self) -> None:
        self.parts: list[tuple[bool, str]] = []

    def text(self, text: str) -> None:
        if self.parts and not self.parts[-1][0]:
            self.parts[-1] = (False, self.parts[-1][1] + text)
        else:
            self.parts.append((False, text))

    def sql(self, expression: str) -> None:
        if expression.startswith("'") and _is_literal(expression):
            self.text(expression[1:-1].replace("''", "'"))
        else:
            self.parts.append((True, expression))

    def render(self) -> str:
        return " || ".join(part if is_sql else literal(part) for is_sql, part in self.parts)


def _is_literal(expression: str) -> bool:
    return expression.endswith("'") and "'" not in expression[1:-1].replace("''", "")


def members(pairs: Iterable[tuple[str, str]]) -> str:
    """A JSON object as SQL, from keys and expressions of JSON text."""
    pieces = Pieces()
    lead = "{"
    for key, expression in pairs:
        pieces.text(f'{lead}"{key}":')
        pieces.sql(expression)
        lead = ","
    pieces.text("{}" if lead == "{" else "}")
    return pieces.render()


def or_null(expression: str) -> str:
    """JSON text that is ``null`` where the expression is NULL."""
    return f"coalesce({expression}, 'null')"
