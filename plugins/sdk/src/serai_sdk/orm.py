"""Tortoise's names for a plug-in's own tables, and the base of its models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from inspect import iscoroutinefunction
from typing import Any, Final

import uuid_utils.compat
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import RunSQL
from tortoise.models import Model as TortoiseModel

__all__ = [
    "CheckConstraint",
    "Index",
    "Migration",
    "Model",
    "RunSQL",
    "StrEnum",
    "TortoiseModel",
    "UniqueConstraint",
    "causes",
    "fields",
    "migrations",
    "new_id",
    "search_column",
    "violated_constraint",
]


def new_id() -> Any:
    """A new UUID version 7 (RFC 9562): time-ordered, so that rows made together lie together."""
    return uuid_utils.compat.uuid7()


def search_column(table: str, columns: Mapping[str, str]) -> RunSQL:
    """The column ``search_vector`` of a table whose entity declares ``search``, with its index, for a migration.

    ``columns`` are those of the declaration with their weights (``"A"`` to ``"D"``), by their names in the table. The
    database keeps it up to date, for the rows that are there as well: that rewrites the table. The migration names
    ``("core", "0011_search")`` among its ``dependencies``.
    """
    words = " || ".join(f"serai_search_vector({name}, '{weight}')" for name, weight in columns.items())
    return RunSQL(
        f"alter table {table} add column search_vector tsvector not null generated always as ({words}) stored;\n"
        f"create index {table}_search on {table} using gin (search_vector);",
        f"alter table {table} drop column search_vector;",
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from, the last cause last.

    The ORM puts what the driver raises into errors of its own, as their cause or as their only argument.
    """
    seen: set[int] = set()
    one: object = error
    while isinstance(one, BaseException) and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (one.args[0] if one.args else None)


def violated_constraint(error: BaseException) -> str | None:
    """The name of the constraint that refused a write, whichever driver says so; ``None`` if it was none."""
    for one in causes(error):
        name = getattr(one, "constraint_name", None)
        if isinstance(name, str):
            return name
    return None


@dataclass(frozen=True, slots=True)
class Blank:
    """What a new row of a model has before it is given anything, and how what it is given is taken in."""

    constants: Mapping[str, Any]
    makes: Mapping[str, Callable[[], Any]]
    takes: Mapping[str, Callable[[Any], Any]]
    required: frozenset[str]


SAFE: Final = (int, float, str, bool, bytes, type(None))
"""Types of defaults that rows can share."""


@lru_cache(maxsize=4096)
def _blank(model: type[TortoiseModel]) -> Blank | None:
    """Worked out once a model; ``None`` where the database or a coroutine has a say in defaults."""
    known = {name: model._meta.fields_map[name] for name in model._meta.fields_db_projection}
    if any(
        field.generated or field.has_db_default() or iscoroutinefunction(field.default)
        for field in known.values()
    ):
        return None
    constants: dict[str, Any] = {"_partial": False, "_saved_in_db": False, "_custom_generated_pk": False}
    makes: dict[str, Callable[[], Any]] = {}
    for name, field in known.items():
        if callable(field.default):
            makes[name] = field.default
        elif isinstance(field.default, SAFE):
            constants[name] = field.default
        else:
            makes[name] = partial(deepcopy, field.default)
    return Blank(
        constants,
        makes,
        {name: field.to_python_value for name, field in known.items()},
        frozenset(name for name, field in known.items() if not field.null),
    )


class Model(TortoiseModel):
    """A table with what every mutable entity has; times and version are set by the change that writes the row."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        abstract = True

    def __init__(self, **kwargs: Any) -> None:
        blank = _blank(type(self)) if self._meta._inited else None
        if blank is None or not kwargs.keys() <= blank.takes.keys():
            super().__init__(**kwargs)
            return
        # as Tortoise does, which goes through the fields one by one for each new row: most of what a small change costs
        values = self.__dict__
        values.update(blank.constants)
        values["_await_when_save"] = {}
        for name, make in blank.makes.items():
            if name not in kwargs:
                values[name] = make()
        for name, value in kwargs.items():
            if value is None and name in blank.required:
                raise ValueError(f"{name} is non nullable field, but null was passed")
            values[name] = blank.takes[name](value)
