"""What refers to customers, in the core's tables and plug-ins' alike: read from the database's foreign keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serai_sdk import CallCtx

CATALOGUE = """
select r.relname as table_name,
       a.attname as column_name,
       exists (
         select from pg_attribute o where o.attrelid = r.oid and o.attname = 'id' and not o.attisdropped
       ) as has_id,
       (
         select count(*)
         from pg_attribute o
         where o.attrelid = r.oid and o.attname in ('version', 'updated_at') and not o.attisdropped
       ) = 2 as is_versioned
from pg_constraint c
join pg_class r on r.oid = c.conrelid
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f'
  and c.confrelid = 'core_customer'::regclass
  and c.conparentid = 0
  and cardinality(c.conkey) = 1
order by starts_with(r.relname, 'core_'), r.relname collate "C", a.attname collate "C"
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds ids of customers."""

    table: str
    column: str
    has_id: bool
    is_versioned: bool

    @property
    def is_core(self) -> bool:
        """Whether the table is the core's: those are locked after all others."""
        return self.table.startswith("core_")

    def lock(self) -> str:
        """Locks the rows that refer to one of the customers ``$1``."""
        order = "id" if self.has_id else "ctid"
        table, column = _quoted(self.table), _quoted(self.column)
        return f"select 1 as locked from {table} where {column} = any($1::uuid[]) order by {order} for update"

    def repoint(self) -> str:
        """Lets the rows that refer to one of ``$1`` refer to ``$2``, as of ``$3``."""
        table, column = _quoted(self.table), _quoted(self.column)
        more = ", version = version + 1, updated_at = $3" if self.is_versioned else ""
        moment = "$3::timestamptz is not null"
        return f"update {table} set {column} = $2{more} where {column} = any($1::uuid[]) and {moment}"


async def references(ctx: CallCtx) -> Sequence[Reference]:
    """All of them, in the order in which they are locked."""
    return [
        Reference(row["table_name"], row["column_name"], row["has_id"], row["is_versioned"])
        for row in await ctx.fetch(CATALOGUE)
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
