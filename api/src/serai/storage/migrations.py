"""Bringing a database to what the models say: Tortoise's migrations of all apps, one process at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

import asyncpg
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import RunPython
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model
from tortoise.transactions import in_transaction

from serai.errors import DatabaseUnavailable, MigrationError, UnsupportedDatabase

from .dependencies import undeclared_dependencies
from .orm import CONNECTION, OrmApp, open_orm, orm_config
from .projection import ProjectedState
from .sessions import connection_arguments

__all__ = [
    "Executor",
    "check_database",
    "executor_on",
    "known",
    "lock",
    "migrate",
    "name_of",
    "pending",
    "plan",
    "session",
]

MINIMUM_VERSION = 18
# An arbitrary number that only Serai's migrations lock; the same in every version, or two could run at once.
LOCK_KEY = 0x5E_4A_10_01
LOCK_TIMEOUT = "120s"

Progress = Callable[[str, int, int], None]


async def migrate(dsn: str, apps: Mapping[str, OrmApp], *, progress: Progress | None = None) -> list[str]:
    """Applies what is pending and returns its names (`app.0001_initial`), in the order applied.

    Each migration and the note that it was applied are one transaction (unless it says `atomic = False`), so a killed
    run can be repeated. Processes that migrate at once wait for each other. `progress` is told name, number and count.
    """
    async with session(dsn) as connection:
        await check_database(connection)
        await lock(connection)
        async with executor_on(dsn, apps) as executor:
            # Tortoise asks for its table before it makes it, and inside a transaction that question would fail.
            await executor.recorder.ensure_schema(AsyncpgSchemaEditor(executor.connection, atomic=False))
            steps = await _steps(executor)
            for number, step in enumerate(steps, start=1):
                if progress is not None:
                    progress(name_of(step), number, len(steps))
                await _apply(step, executor)
    return [name_of(step) for step in steps]


async def plan(dsn: str, apps: Mapping[str, OrmApp]) -> list[str]:
    """What `migrate` would apply, in order; changes nothing."""
    async with session(dsn) as connection:
        await check_database(connection)
    async with executor_on(dsn, apps) as executor:
        return [name_of(step) for step in await _steps(executor)]


async def pending(dsn: str, apps: Mapping[str, OrmApp]) -> list[str]:
    """What is not applied yet, for readiness: `plan` without the checks of the database itself."""
    async with executor_on(dsn, apps) as executor:
        return [name_of(step) for step in await _steps(executor)]


def known(apps: Mapping[str, OrmApp]) -> set[tuple[str, str]]:
    """The migrations there are, as app and name; asks no database."""
    loader = MigrationLoader(
        {label: {"migrations": app.migrations} for label, app in apps.items()}, MigrationRecorder(None)
    )
    loader.load_disk()
    return {(key.app_label, key.name) for key in loader.disk_migrations}


async def check_database(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raises `UnsupportedDatabase` unless the server and the database are ones that Serai runs on."""
    found = await connection.fetchrow(
        """
        select current_setting('server_version_num')::int / 10000 as version,
               pg_encoding_to_char(encoding) as encoding,
               datname
        from pg_database
        where datname = current_database()
        """
    )
    assert found is not None
    if found["version"] < MINIMUM_VERSION:
        raise UnsupportedDatabase(
            f"The database server is PostgreSQL {found['version']}; Serai needs {MINIMUM_VERSION} or newer",
            hint="Upgrade the server, or unset SERAI_DATABASE_URL to use the embedded one.",
            data={"found": found["version"], "needed": MINIMUM_VERSION},
        )
    if found["encoding"] != "UTF8":
        raise UnsupportedDatabase(
            f"The database {found['datname']} is encoded in {found['encoding']}; Serai needs UTF8",
            hint=f"Make it anew: CREATE DATABASE {found['datname']} ENCODING 'UTF8' TEMPLATE template0",
            data={"found": found["encoding"], "needed": "UTF8"},
        )


class SchemaEditor(AsyncpgSchemaEditor):
    """Makes a model's constraints with its table; Tortoise 1.1 leaves those in a model's options out."""

    async def create_model(self, model: type[Model]) -> None:
        await super().create_model(model)
        for constraint in model._meta.constraints:
            await self.add_constraint(model, constraint)


class Executor(MigrationExecutor):
    """Tortoise's executor with the schema editor above, over models that are made when they are asked for."""

    _is_whole = False

    def _migration_plan(
        self, targets: Iterable[MigrationTarget] | None, applied: set[MigrationKey], graph: MigrationGraph
    ) -> list[PlanStep]:
        wanted = None if targets is None else list(targets)
        if wanted is not None and [one.name for one in wanted] == ["__first__"]:
            plan = self._undoing(wanted[0].app_label, applied, graph)
        else:
            plan = super()._migration_plan(wanted, applied, graph)
        # Tortoise's own operations ask for the model they change; other code may go from there anywhere.
        self._is_whole = any(
            isinstance(one, RunPython) or type(one).__module__ != RunPython.__module__
            for step in plan
            for one in step.migration.operations
        )
        return plan

    def _undoing(self, label: str, applied: set[MigrationKey], graph: MigrationGraph) -> list[PlanStep]:
        """All of an app; Tortoise 1.1 finds nothing to undo where an app's first migration depends on another app's."""
        plan: list[PlanStep] = []
        for key in sorted(graph.nodes):
            if key.app_label == label:
                target = MigrationTarget(app_label=label, name=key.name)
                plan += self._backward_plan(target, applied, graph, include_target=True)
        return self._dedupe_plan(plan)

    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> ProjectedState:
        state = self._empty()
        for key in self._applied(applied):
            if key == upto:
                break
            await self._replay(key, state)
        return state

    async def _project_state_cache(self, applied: set[MigrationKey]) -> dict[MigrationKey, State]:
        state, cache = self._empty(), dict[MigrationKey, State]()
        for key in self._applied(applied):
            cache[key] = state.clone()
            await self._replay(key, state)
        return cache

    def _empty(self) -> ProjectedState:
        connections = {
            label: config.get("default_connection", CONNECTION)
            for label, config in self.loader.apps_config.items()
        }
        return ProjectedState.empty(connections, is_whole=self._is_whole)

    def _applied(self, applied: set[MigrationKey]) -> list[MigrationKey]:
        return [key for key in self._full_plan() if key in applied]

    async def _replay(self, key: MigrationKey, state: State) -> None:
        migration = self.loader.graph.nodes[key]
        if not isinstance(migration, Migration):
            raise ValueError(f"Missing migration for {key}")
        await migration.apply(state, dry_run=True, schema_editor=None)

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        return SchemaEditor(self.connection, atomic=atomic, collect_sql=collect_sql)


async def _apply(step: PlanStep, executor: MigrationExecutor) -> None:
    apps = executor.loader.apps_config
    target = MigrationTarget(app_label=step.migration.app_label, name=step.migration.name)
    try:
        if step.migration.atomic:
            async with in_transaction(CONNECTION) as transaction:
                await Executor(transaction, apps).migrate([target], direction="forward")
        else:
            await Executor(executor.connection, apps).migrate([target], direction="forward")
    except Exception as error:  # whatever a migration raises is reported with its name
        raise MigrationError(
            f"The migration {name_of(step)} failed: {error}",
            hint="Nothing of it was kept."
            if step.migration.atomic
            else "It is not atomic: see what it left behind.",
            data={"migration": name_of(step)},
        ) from error


async def _steps(executor: MigrationExecutor) -> list[PlanStep]:
    try:
        steps = await executor.plan()
    except (ValueError, ImportError) as error:
        raise MigrationError(f"The migrations cannot be put in order: {error}") from error
    missing = undeclared_dependencies(executor.loader.graph)
    if missing:
        raise MigrationError(
            "Migrations refer to tables of other apps without naming the migration that makes them: "
            + "; ".join(missing),
            hint="Add that migration to `dependencies`.",
            data={"missing": missing},
        )
    return [step for step in steps if not step.backward]


@asynccontextmanager
async def executor_on(dsn: str, apps: Mapping[str, OrmApp]) -> AsyncIterator[MigrationExecutor]:
    orm = await open_orm(dsn, apps, pool_size=1, application_name="serai-migrate", is_fallback=False)
    try:
        with orm.active():
            config = orm_config(dsn, apps)["apps"]
            yield Executor(orm.context.connections.get(CONNECTION), config)
    finally:
        await orm.close()


@asynccontextmanager
async def session(
    dsn: str, *, application_name: str = "serai-migrate"
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """One connection of its own; raises `DatabaseUnavailable` when the server does not answer or let us in."""
    try:
        connection = await asyncpg.connect(dsn, **connection_arguments(application_name=application_name))
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
        raise DatabaseUnavailable(
            f"The database does not answer: {str(error) or type(error).__name__}",
            hint="Check SERAI_DATABASE_URL, and that the server runs and accepts connections.",
        ) from error
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise DatabaseUnavailable(
            f"The database does not let Serai in: {error}",
            hint="Check user, password and database name in SERAI_DATABASE_URL.",
        ) from error
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def lock(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Holds the right to migrate until the connection closes."""
    await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        await connection.execute(f"select pg_advisory_lock({LOCK_KEY})")
    except asyncpg.LockNotAvailableError:
        raise MigrationError(
            f"Another process has been migrating this database for more than {LOCK_TIMEOUT}",
            hint="Wait for it, or end it.",
        ) from None


def name_of(step: PlanStep) -> str:
    return f"{step.migration.app_label}.{step.migration.name}"
