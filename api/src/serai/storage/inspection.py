"""What PostgreSQL knows about itself: indexes, tables that nobody analyses, connections, size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .sessions import Connection

__all__ = ["Index", "Inspection", "Relation", "inspect_database"]

INDEXES = """
select t.relname as table, i.relname as index, x.indisvalid as is_valid, x.indisunique as is_unique,
  coalesce(s.idx_scan, 0) as scans, pg_relation_size(i.oid) as bytes,
  (select a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = x.indkey[0]) as first
from pg_index x
join pg_class i on i.oid = x.indexrelid
join pg_class t on t.oid = x.indrelid
left join pg_stat_user_indexes s on s.indexrelid = i.oid
where t.relnamespace = 'public'::regnamespace
order by t.relname, i.relname
"""

RELATIONS = """
select c.relname as table, greatest(c.reltuples, 0)::bigint as rows, s.n_dead_tup as dead,
  s.n_live_tup as live, coalesce(s.last_analyze, s.last_autoanalyze) is not null as is_analysed
from pg_class c join pg_stat_user_tables s on s.relid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
order by c.relname
"""

SERVER = """
select current_setting('server_version') as version, current_setting('max_connections')::int as most,
  (select count(*) from pg_stat_activity where backend_type = 'client backend') as used,
  pg_database_size(current_database()) as bytes
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index; ``first`` is its leading column, ``None`` where that is an expression."""

    table: str
    name: str
    first: str | None
    is_valid: bool
    is_unique: bool
    scans: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, with the numbers of its rows as the planner and the statistics guess them."""

    rows: int
    live: int
    dead: int
    is_analysed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found; sizes in bytes."""

    version: str
    max_connections: int
    used_connections: int
    bytes: int
    indexes: Sequence[Index]
    tables: Mapping[str, Relation]

    def leads(self, table: str, column: str) -> bool:
        """Whether a valid index of the table begins with that column."""
        return any(one.table == table and one.first == column and one.is_valid for one in self.indexes)


async def inspect_database(connection: Connection) -> Inspection:
    """Reads the catalogue and the statistics; changes nothing."""
    server = await connection.fetchrow(SERVER)
    assert server is not None
    return Inspection(
        version=server["version"],
        max_connections=server["most"],
        used_connections=server["used"],
        bytes=server["bytes"],
        indexes=[
            Index(
                table=row["table"],
                name=row["index"],
                first=row["first"],
                is_valid=row["is_valid"],
                is_unique=row["is_unique"],
                scans=row["scans"],
                bytes=row["bytes"],
            )
            for row in await connection.fetch(INDEXES)
        ],
        tables={
            row["table"]: Relation(
                rows=row["rows"], live=row["live"], dead=row["dead"], is_analysed=row["is_analysed"]
            )
            for row in await connection.fetch(RELATIONS)
        },
    )
