"""What PostgreSQL knows about itself: indexes, tables that nobody analyses, connections, size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .sessions import Connection

__all__ = ["Index", "Inspection", "Relation", "inspect_database"]

INDEXES = """
select t.relname as table, i.relname as index, x.indisvalid as is_valid, x.indisunique as is_unique,
  coalesce(s.idx_scan, 0) as scans, pg_relation_size(i.oid) as bytes, m.amname as method,
  (
    select array_agg(a.attname order by k.place)
    from unnest(x.indkey::int2[]) with ordinality k (number, place)
    left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number and k.number > 0
    where k.place <= x.indnkeyatts
  ) as columns,
  x.indcollation[0] = 'pg_catalog."C"'::regcollation as is_by_code_points,
  coalesce(x.indcollation[0] = l.attcollation, false) as is_of_column,
  pg_get_expr(x.indpred, x.indrelid) as predicate
from pg_index x
join pg_class i on i.oid = x.indexrelid
join pg_class t on t.oid = x.indrelid
join pg_am m on m.oid = i.relam
left join pg_attribute l on l.attrelid = t.oid and l.attnum = x.indkey[0] and x.indkey[0] > 0
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
    """An index of a ``method`` such as ``btree`` over ``columns``, ``None`` where one is an expression.

    ``is_by_code_points`` and ``is_of_column`` say how its first column is compared: by code points, as the column is;
    both can be. ``predicate`` is what the rows of a partial one have in common.
    """

    table: str
    name: str
    method: str
    columns: tuple[str | None, ...]
    is_by_code_points: bool
    is_of_column: bool
    predicate: str | None
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

    def has_index(
        self, table: str, columns: Sequence[str], *, is_ordered_text: bool = False, method: str = "btree"
    ) -> bool:
        """Whether a valid index of the table begins with these columns and has all rows with a value there.

        Text is found by its column's collation, and ordered by code points.
        """
        wanted = tuple(columns)
        return any(
            one.table == table
            and one.method == method
            and one.columns[: len(wanted)] == wanted
            and (one.is_by_code_points if is_ordered_text else one.is_of_column or method != "btree")
            and one.predicate in (None, f"({wanted[0]} IS NOT NULL)")
            and one.is_valid
            for one in self.indexes
        )


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
                method=row["method"],
                columns=tuple(row["columns"]),
                is_by_code_points=row["is_by_code_points"],
                is_of_column=row["is_of_column"],
                predicate=row["predicate"],
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
