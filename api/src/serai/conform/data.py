"""D: tables of a plug-in, and the migrations that make them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import asyncpg
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration

from serai.errors import SeraiError
from serai.storage import migrate
from serai.storage.dependencies import undeclared_dependencies
from serai.storage.migrations import Executor
from serai.storage.orm import CONNECTION, Orm, open_orm, orm_config

from .check import Finding, Tier, check
from .subject import NotThere, Subject

LEFT: Final = """
select relname
from pg_class
where relnamespace = 'public'::regnamespace
  and relkind in ('r', 'v', 'm', 'S')
  and starts_with(relname, $1)
union all
select proname
from pg_proc
where pronamespace = 'public'::regnamespace
  and starts_with(proname, $1)
order by 1
"""

UNINDEXED: Final = """
select c.conrelid::regclass::text || '.' || a.attname
from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f'
  and starts_with(c.conrelid::regclass::text, $1)
  and not exists (
    select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]
  )
order by 1
"""


@check("D01", Tier.BRONZE)
def own_tables(subject: Subject) -> Iterator[Finding]:
    """Its tables are called by its id.

    All tables are in one database, and whoever looks at it has to see whose a table is: backups, removals and
    statistics go by the beginning of its name. `table = "loyalty_entry"` in the `Meta` of a model.
    """
    yield from subject.problems("D01")


@check("D02", Tier.BRONZE)
async def dependencies(subject: Subject) -> AsyncIterator[Finding]:
    """A migration names those of others that make what it refers to.

    Migrations of all plug-ins are applied in one order, which follows from their `dependencies` alone. One that refers
    to `core_customer` and does not say so works where the core's tables happen to be there already, and fails in an
    empty database. Name the migration of the core that makes what you need:

    ```text
    dependencies = [("core", "0001_initial")]
    ```
    """
    if subject.id not in subject.apps:
        return
    loader = MigrationLoader(orm_config("", subject.apps)["apps"], _Nothing())  # type: ignore[arg-type]  # nothing is applied: no database is asked
    try:
        await loader.build_graph()
    except (ValueError, ImportError, KeyError) as error:
        yield Finding(f"its migrations cannot be put in order: {error}", "mend their `dependencies`")
        return
    missing = undeclared_dependencies(loader.graph)
    for text in missing:
        if text.startswith(f"{subject.id}."):
            yield Finding(text, "add that migration to `dependencies`")
    for key, migration in sorted(loader.graph.nodes.items()):
        if key.app_label != subject.id or migration is None:
            continue
        before = {one.app_label for one in loader.graph.forwards_plan(key)}
        for app in sorted(set(subject.apps) - before):
            named = re.search(rf"\b{app}_[a-z]\w*", _statements(migration))
            if named:
                yield Finding(
                    f"the migration {key.name} speaks of {named[0]}, and depends on no migration of {app}",
                    f'add the one that makes it: dependencies = [("{app}", "...")]',
                )


def _statements(migration: Migration) -> str:
    found = [getattr(one, "sql", "") for one in migration.operations]
    return "\n".join(one if isinstance(one, str) else "\n".join(map(str, one)) for one in found)


class _Nothing:
    """A recorder of a database where nothing was applied."""

    async def applied_migrations(self) -> list[MigrationKey]:
        return []


@check("D03", Tier.BRONZE, needs_tables=True)
async def forward(subject: Subject) -> AsyncIterator[Finding]:
    """Its migrations make its tables where the core's are.

    `serai migrate` applies them after those of the core and of what the plug-in requires, each in a transaction with
    the note that it was applied. One that fails keeps the whole platform from starting, with this plug-in or without.
    Try what it says in an empty database: `serai plugin check . --only D03`.
    """
    await _ground(subject)
    try:
        await migrate(subject.database, subject.apps)
    except SeraiError as error:
        yield Finding(error.message, error.hint or "mend the migration")


@check("D04", Tier.SILVER, needs_tables=True)
async def backward(subject: Subject) -> AsyncIterator[Finding]:
    """Its migrations can be taken back to nothing, and made again.

    Somebody who tried a plug-in wants it gone (`serai plugin remove ID --data=drop`), and whoever releases a bad
    migration wants the one before. What a migration makes by SQL, it also takes away by SQL: the second argument of
    `RunSQL`. Tables, functions and sequences that begin with the id are gone in the end; what others may use by now,
    such as an extension, may stay.
    """
    await _forward(subject)
    if subject.id not in subject.apps:
        return
    async with _orm(subject) as orm:
        executor = Executor(orm.context.connections.get(CONNECTION), orm_config("", subject.apps)["apps"])
        try:
            await executor.migrate([MigrationTarget(subject.id, "__first__")], direction="backward")
        except Exception as error:  # whatever a migration raises is told
            yield Finding(f"they cannot be taken back: {error}", "give each operation its reverse")
            return
    left = await _fetch(subject, LEFT, f"{subject.id}_")
    if left:
        yield Finding(f"taken back, they leave {', '.join(left)}", "take away in the reverse what was made")
        return
    try:
        await migrate(subject.database, subject.apps)
    except SeraiError as error:
        yield Finding(
            f"taken back, they cannot be applied again: {error.message}", "take away all that was made"
        )


@check("D05", Tier.SILVER, needs_tables=True)
async def models(subject: Subject) -> AsyncIterator[Finding]:
    """The tables are what the models say.

    A column that a model has and no migration makes is an error at the first question; a constraint that only the
    model knows guards nothing. Write a migration for what differs. Foreign keys to the core, and what Tortoise cannot
    say, are SQL in a migration and not in the model.
    """
    await _forward(subject)
    async with _orm(subject) as orm:
        apps = orm_config("", subject.apps)["apps"]
        for one in await MigrationAutodetector(cast("Any", orm.context.apps), apps).changes():
            if one.app_label == subject.id:
                for operation in one.operations:
                    yield Finding(
                        f"no migration says this of the models: {_told(operation)}", "write one that does"
                    )


def _told(operation: Any) -> str:
    return " ".join(str(operation.describe()).split())


@check("D06", Tier.GOLD, needs_tables=True)
async def indexes(subject: Subject) -> AsyncIterator[Finding]:
    """Each of its foreign keys has an index.

    A link is followed from both sides, and when a row is removed or merged PostgreSQL looks for those that refer to
    it: without an index that begins with the column it reads the whole table each time, under a lock.
    """
    await _forward(subject)
    for column in await _fetch(subject, UNINDEXED, f"{subject.id}_"):
        yield Finding(f"the foreign key {column} has no index", "make one that begins with the column")


async def _ground(subject: Subject) -> None:
    """What it stands on: the tables of the core, and of what it requires."""
    others = {id: app for id, app in subject.apps.items() if id != subject.id}
    await migrate(subject.database, others)


async def _forward(subject: Subject) -> None:
    await _ground(subject)
    try:
        await migrate(subject.database, subject.apps)
    except SeraiError:
        raise NotThere("its tables cannot be made: see D03") from None


@asynccontextmanager
async def _orm(subject: Subject) -> AsyncIterator[Orm]:
    orm = await open_orm(subject.database, subject.apps, pool_size=2, is_fallback=False)
    try:
        with orm.active():
            yield orm
    finally:
        await orm.close()


async def _fetch(subject: Subject, statement: str, *values: str) -> list[str]:
    connection = await asyncpg.connect(subject.database)
    try:
        return [row[0] for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()
