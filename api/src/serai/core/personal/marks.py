"""Where personal data of customers lies: computed from marked columns and to-one links, kept in the database.

It is kept there whenever plug-ins are met, so that what a plug-in holds is found when it is not installed any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import orjson

from serai.graph.registry import ColumnRef, CompositeField, Entity, Field, OneField, Registry
from serai.storage import Pool
from serai_sdk import Personal

__all__ = ["CUSTOMERS", "Column", "Mark", "marks", "read_marks", "remember_marks"]

CUSTOMERS = "core_customer"

PARTIES = frozenset(
    (
        "Offer",
        "Principal",
        "Provider",
        "ProviderMember",
        "Role",
        "Scenario",
        "ScenarioProvider",
        "Staff",
        "Tag",
    )
)
"""Nouns that are people of their own, or nobody's: what hangs on them is not the customer's, whoever links to whom."""

READ = """
select plugin, table_name, path::text as path, what, columns::text as columns, is_internal, is_deleted
from core_personal
order by table_name, plugin, path
"""

FORGET = "delete from core_personal where plugin = any($1::text[])"

WRITE = """
insert into core_personal (plugin, table_name, path, what, columns, is_internal, is_deleted)
select $1, $2, $3::jsonb, $4, $5::jsonb, $6, $7
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with personal data, what the graph calls it, and what it holds."""

    name: str
    shown: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A table with personal data: the way to the customer (column, table it leads to), none of the customer itself."""

    plugin: str
    table: str
    path: tuple[tuple[str, str], ...]
    what: str
    columns: tuple[Column, ...]
    is_internal: bool = False
    is_deleted: bool = False

    @property
    def is_core(self) -> bool:
        """Whether the table is the core's: those are locked after all others."""
        return self.table.startswith("core_")


def marks(registry: Registry, declared: Mapping[str, Sequence[Personal]]) -> list[Mark]:
    """All tables with personal data of what is loaded; what a plug-in declares of a table replaces what is computed."""
    said = [_declared(plugin, one) for plugin, several in declared.items() for one in several]
    tables = {one.table for one in said}
    ways = _ways(registry)
    computed = [
        mark
        for entity in registry.entities.values()
        for mark in _of_entity(registry, entity, ways)
        if mark.table not in tables
    ]
    found = {(one.plugin, one.table, one.path): one for one in (*computed, *said)}
    return [found[key] for key in sorted(found)]


def _declared(plugin: str, one: Personal) -> Mark:
    return Mark(
        plugin=plugin,
        table=one.table,
        path=tuple((column, table) for column, table in one.path),
        what=one.what,
        columns=tuple(Column(name, name, one.what) for name in one.columns),
        is_internal=one.internal,
        is_deleted=one.deletes,
    )


Ways = Mapping[str, Sequence[tuple[tuple[str, str], ...]]]


def _ways(registry: Registry) -> Ways:
    """The shortest ways from each entity to the customer over to-one links; several where none is the plainer one."""
    ways: dict[str, list[tuple[tuple[str, str], ...]]] = {"Customer": [()]}
    nearest = ["Customer"]
    while nearest:
        found: dict[str, list[tuple[tuple[str, str], ...]]] = {}
        for name, entity in registry.entities.items():
            if name in ways or name in PARTIES or (entity.base is not None and entity.base.name in PARTIES):
                continue
            for one in _links(entity):
                if one.target in nearest:
                    step = (one.column.name, registry.entities[one.target].table)
                    found.setdefault(name, []).extend((step, *rest) for rest in ways[one.target])
        for name, several in found.items():
            plain = [one for one in several if one[0][0] == "customer_id"]
            ways[name] = sorted(plain or several)
        nearest = list(found)
    return ways


def _links(entity: Entity) -> Iterator[OneField]:
    for one in entity.fields.values():
        if isinstance(one, OneField) and one.column.detail is None:
            yield one


def _of_entity(registry: Registry, entity: Entity, ways: Ways) -> Iterator[Mark]:
    columns = tuple(
        Column(column.name, shown, description)
        for one in entity.fields.values()
        for column, shown, description in _personal(one)
        if column.detail is None
    )
    for path in ways.get(entity.name, ()) if columns else ():
        yield Mark(
            plugin=entity.origin.plugin or "core",
            table=entity.table,
            path=path,
            what=entity.description,
            columns=tuple(sorted(set(columns), key=lambda one: one.name)),
        )


def _personal(one: Field, within: str = "", *, marked: bool = False) -> Iterator[tuple[ColumnRef, str, str]]:
    """The columns of a field that is marked, or of those of its parts that are."""
    shown = f"{within}{one.name}"
    marked = marked or one.personal
    if isinstance(one, CompositeField):
        for part in one.parts.values():
            yield from _personal(part, f"{shown}.", marked=marked)
    elif marked:
        for attribute in fields(one):
            value = getattr(one, attribute.name)
            if isinstance(value, ColumnRef):
                yield value, shown, one.description


async def remember_marks(pool: Pool, plugins: Iterable[str], found: Sequence[Mark]) -> None:
    """Keep the marks of the plug-ins loaded now, writing only if they differ; those of absent ones stay."""
    if not await pool.fetchval("select to_regclass('core_personal') is not null"):
        return
    loaded = sorted(set(plugins) | {"core"})
    known = [one for one in await read_marks(pool) if one.plugin in loaded]
    if sorted(known, key=_key) == sorted(found, key=_key):
        return
    async with pool.acquire() as connection, connection.transaction():
        # processes that start at once write one after the other
        await connection.execute("lock table core_personal in share row exclusive mode")
        await connection.execute(FORGET, loaded)
        for one in found:
            columns = [{"name": c.name, "shown": c.shown, "description": c.description} for c in one.columns]
            path, listed = orjson.dumps(one.path).decode(), orjson.dumps(columns).decode()
            await connection.execute(
                WRITE, one.plugin, one.table, path, one.what, listed, one.is_internal, one.is_deleted
            )


def _key(one: Mark) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return one.plugin, one.table, one.path


async def read_marks(pool: Pool) -> list[Mark]:
    """The marks of everything this database has ever met, by table."""
    return [mark_of(dict(row)) for row in await pool.fetch(READ)]


def mark_of(row: Mapping[str, object]) -> Mark:
    """A mark as it was kept."""
    path = orjson.loads(str(row["path"]))
    return Mark(
        plugin=str(row["plugin"]),
        table=str(row["table_name"]),
        path=tuple((column, table) for column, table in path),
        what=str(row["what"]),
        columns=tuple(Column(**one) for one in orjson.loads(str(row["columns"]))),
        is_internal=bool(row["is_internal"]),
        is_deleted=bool(row["is_deleted"]),
    )
