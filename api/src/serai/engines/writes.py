"""What a change writes: inserts compiled once a model, several writes as one statement, errors as models have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.models import Model
from tortoise.signals import Signals

MOST_AT_ONCE: Final = 8
"""How many writes go into one statement: their combinations are few, and so each is prepared once."""

PARAMETER: Final = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Insert:
    """The statement that inserts a row, and its values."""

    sql: str
    values: list[Any]


def insert(row: Model) -> Insert | None:
    """How to insert the row with all its values; ``None`` if the database or a listener has a say in them."""
    compiled = _compiled(type(row))
    if compiled is None or row._await_when_save or row._partial:
        return None
    sql, columns = compiled
    return Insert(sql, [write(getattr(row, name), row) for name, write in columns])


@lru_cache(maxsize=4096)
def _compiled(model: type[Model]) -> tuple[str, tuple[tuple[str, Callable[..., Any]], ...]] | None:
    meta = model._meta
    heard = any(
        model._listeners.get(signal, {}).get(model) for signal in (Signals.pre_save, Signals.post_save)
    )
    if heard or meta.generated_db_fields or meta.db_default_db_columns:
        return None
    columns = meta.fields_db_projection
    table = ".".join(_quoted(part) for part in (meta.schema, meta.db_table) if part)
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    names = ", ".join(_quoted(column) for column in columns.values())
    return (
        f"insert into {table} ({names}) values ({places})",
        tuple((name, meta.fields_map[name].to_db_value) for name in columns),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=4096)
def together(statements: tuple[str, ...]) -> str:
    """One statement that does what these do, all on the same state of the database; their parameters in a row."""
    if len(statements) == 1:
        return statements[0]
    parts, before = [], 0
    for number, statement in enumerate(statements, start=1):
        given = [int(one) for one in PARAMETER.findall(statement)]
        parts.append(f"written_{number} as ({PARAMETER.sub(partial(_moved, by=before), statement)})")
        before += max(given, default=0)
    return f"with {', '.join(parts)} select"


def _moved(found: re.Match[str], *, by: int) -> str:
    return f"${int(found[1]) + by}"


@contextmanager
def as_of_models() -> Iterator[None]:
    """The driver's errors as models raise them, so that what catches those of `save` catches these."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error
    except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
        raise OperationalError(error) from error
