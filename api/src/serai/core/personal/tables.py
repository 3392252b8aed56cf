"""The marked tables as the database has them now, and statements over the rows of one customer in them.

Names come from the catalogue and are quoted; a table or column that is gone is left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from serai.errors import SeraiError

from .marks import CUSTOMERS, Column, Mark

Fetch: TypeAlias = "Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]"

CATALOGUE = """
select c.relname as table_name,
       a.attname as column_name,
       t.typcategory::text as category,
       t.typname::text as type,
       a.attnotnull as is_required,
       a.attgenerated::text <> '' as is_generated,
       exists (
         select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any(i.indkey::int2[])
       ) as is_unique
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
where c.relnamespace = current_schema()::regnamespace
  and c.relkind in ('r', 'p')
  and c.relname = any($1::text[])
"""

EMPTY = {"S": "''", "A": "'{}'", "N": "0", "B": "false", "D": "'epoch'", "U": "''"}


class NotEmptied(SeraiError):
    """A marked column can neither be null nor hold an empty value."""

    code = "NOT_EMPTIED"


@dataclass(frozen=True, slots=True)
class Held:
    """A column of a table as the catalogue describes it."""

    name: str
    category: str
    type: str
    is_required: bool
    is_generated: bool
    is_unique: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A marked table that is there, with those of its marked columns that are."""

    mark: Mark
    held: Mapping[str, Held]
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The quoted name."""
        return quoted(self.mark.table)

    @property
    def of_customer(self) -> str:
        """The condition that a row ``t`` belongs to the customer ``$1``."""
        if not self.mark.path:
            return "t.id = $1"
        *steps, (last, _) = self.mark.path
        condition = f"{quoted(last)} = $1"
        for column, table in reversed(steps):
            condition = f"{quoted(column)} in (select id from {quoted(table)} where {condition})"
        return f"t.{condition}"

    def lock(self) -> str:
        """Locks the customer's rows, in the order all changes lock rows."""
        order = "t.id" if "id" in self.held else "t.ctid"
        return f"select 1 as locked from {self.name} t where {self.of_customer} order by {order} for update"

    def delete(self) -> str:
        """Deletes the customer's rows."""
        return f"delete from {self.name} t where {self.of_customer}"

    def wipe(self) -> str | None:
        """Empties the marked columns of the customer's rows that hold something; ``None`` if nothing is to do."""
        emptied = {
            one.name: self._empty(self.held[one.name])
            for one in self.columns
            if not self.held[one.name].is_generated
        }
        if not emptied:
            return None
        changes = [f"{quoted(name)} = {value}" for name, value in emptied.items()]
        # what the change itself saves gets its version there
        if self.mark.table != CUSTOMERS:
            changes += ["version = t.version + 1"] if "version" in self.held else []
            changes += ["updated_at = $2"] if "updated_at" in self.held else []
        differs = " or ".join(
            f"t.{quoted(name)}::text is distinct from ({value})::text" for name, value in emptied.items()
        )
        moment = "$2::timestamptz is not null"
        return f"update {self.name} t set {', '.join(changes)} where {self.of_customer} and {moment} and ({differs})"

    def _empty(self, one: Held) -> str:
        if not one.is_required:
            return "null"
        if one.type in ("json", "jsonb"):
            is_list = f"jsonb_typeof(t.{quoted(one.name)}::jsonb) = 'array'"
            empty = f"(case when {is_list} then '[]' else '{{}}' end)::jsonb"
            return empty if one.type == "jsonb" else f"{empty}::json"
        if one.category == "S" and one.is_unique and "id" in self.held:
            return "replace(t.id::text, '-', '')"
        if one.category in EMPTY and one.type != "uuid":
            return EMPTY[one.category]
        raise NotEmptied(
            f"{self.mark.table}.{one.name} holds personal data and cannot be emptied",
            hint="let the column be null, or have rows deleted: Personal(..., deletes=True)",
        )

    def read(self) -> str:
        """The customer's rows as JSON, the oldest first, after skipping ``$2`` of them, ``$3`` at most."""
        pairs = [f"{literal(one.shown)}, t.{quoted(one.name)}" for one in self.columns]
        pairs += ["'createdAt', t.created_at"] if "created_at" in self.held else []
        pairs = ["'id', t.id", *pairs] if "id" in self.held else pairs
        order = "t.id" if "id" in self.held else "t.ctid"
        return (
            f"select jsonb_build_object({', '.join(pairs)})::text as row "
            f"from {self.name} t where {self.of_customer} order by {order} offset $2::bigint limit $3::bigint"
        )


async def present(fetch: Fetch, marks: Sequence[Mark]) -> list[Table]:
    """The marked tables that are there, with all they need to be reached from a customer."""
    names = sorted({table for one in marks for table in (one.table, *(far for _, far in one.path))})
    catalogue: dict[str, dict[str, Held]] = {}
    for row in await fetch(CATALOGUE, names):
        catalogue.setdefault(row["table_name"], {})[row["column_name"]] = Held(
            row["column_name"], row["category"], row["type"], row["is_required"], row["is_generated"],
            row["is_unique"],
        )  # fmt: skip
    found = []
    for one in marks:
        starts = [one.table, *(table for _, table in one.path)]
        steps = zip(starts, (column for column, _ in one.path), strict=False)
        if all(column in catalogue.get(table, {}) for table, column in steps) and one.table in catalogue:
            held = catalogue[one.table]
            found.append(Table(one, held, tuple(column for column in one.columns if column.name in held)))
    return found


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
