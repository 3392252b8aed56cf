"""Tortoise's names for a plug-in's own tables, and the base of its models."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

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


def violated_constraint(error: BaseException) -> str | None:
    """The name of the constraint that refused a write, whichever driver says so; ``None`` if it was none."""
    seen: set[int] = set()
    one: object = error
    while isinstance(one, BaseException) and id(one) not in seen:
        seen.add(id(one))
        name = getattr(one, "constraint_name", None)
        if isinstance(name, str):
            return name
        one = one.__cause__ or (one.args[0] if one.args else None)
    return None


class Model(TortoiseModel):
    """A table with what every mutable entity has; times and version are set by the change that writes the row."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        abstract = True
