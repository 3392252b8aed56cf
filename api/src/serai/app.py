"""The composition root: settings and plug-ins become an application; the only place that knows everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp

from serai_sdk import Demo, EventType, FollowUp, Job, Listener, Permission, Personal
from serai_sdk.access import ViewerKind
from serai_sdk.context import Viewer as ViewerProtocol

from .core.calls import Context, settings_of
from .core.demo.context import DemoContext
from .core.exports.errors import NotFetchable
from .core.exports.fetching import File, find_file
from .core.exports.files import folder_of
from .core.met import absent_prefixes, met, remember
from .core.neighbours import Neighbours, sign_of
from .core.personal.marks import marks, remember_marks
from .core.viewers import NobodyToActAs, ViewerLoader, find_acting
from .core.webhooks.office import Office
from .engines.bulk import run_items
from .engines.change import Change, changing
from .engines.feed import Hub, Listening, Stamper, Stopping, TooSlow, Wanted
from .engines.following import Following, by_event
from .engines.jobs.work import Worker
from .engines.outcome import Outcome
from .engines.turns import Turns
from .engines.webhooks import Dispatcher, Policy
from .errors import ConfigurationError
from .graph.compose import ComposedSchema, compose
from .graph.execute import Engine
from .graph.export import ReadRows
from .graph.registry import Registry, RootMutation
from .graph.subscribing import Subscribed
from .http import Authenticator, Check, NotReady, Problem, create_http_app, open_tokens
from .http.downloads import Downloads
from .http.subscriptions import SLOW, STOPPING, Subscriptions
from .loading import Found, LoadReport, load
from .settings import Settings
from .storage import OrmApp, Pool, is_alive, migrate, open_orm, open_redis, plan
from .storage.orm import Orm
from .viewers import SYSTEM

__all__ = [
    "DEMO_SEED",
    "Assembly",
    "Banner",
    "Platform",
    "Progress",
    "apps_of",
    "assemble",
    "create_app",
    "open_platform",
]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

DEMO_SEED = 20_260

HAS_DATA = "select exists (select 1 from core_customer) or exists (select 1 from core_provider)"

CLOCK_OFFSET = (
    "select coalesce(nullif(current_setting('serai.clock_offset', true), '')::interval, interval '0')"
)

MOVE_CLOCK = "select format('alter database %I set serai.clock_offset = %L', current_database(), $1::text)"

NO_REDIS = "Valkey does not answer: Serai goes on without it"
NOBODY = "Nobody can sign in yet: add somebody with `serai staff add`"

FIRST_QUERY = """{
  customers(first: 3, orderBy: [{createdAt: DESC}]) {
    totalCount
    nodes { id name transactions(first: 2) { nodes { number status total { amount currency } } } }
  }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What `serai run` shows when it is ready, besides addresses: what is amiss, tokens by whose they are, a query."""

    warnings: Sequence[str] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)
    first_query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """All plug-ins put together, before anything is opened: no database is needed for it."""

    report: LoadReport
    schema: ComposedSchema
    apps: Mapping[str, OrmApp]
    permissions: Sequence[Permission]
    demos: Mapping[str, Demo]
    events: Mapping[str, EventType]
    jobs: Mapping[str, Job]
    follow_ups: Mapping[str, Sequence[FollowUp]]
    listeners: Mapping[str, Listener]
    personal: Mapping[str, Sequence[Personal]]
    settings: Mapping[type, Any]

    @property
    def registry(self) -> Registry:
        """Everything that can be asked and changed."""
        return self.report.registry

    @property
    def implied(self) -> dict[str, tuple[str, ...]]:
        """Permissions that are granted with another, by its name."""
        return {one.name: tuple(one.implies) for one in self.permissions}

    @property
    def by_role(self) -> dict[str, tuple[str, ...]]:
        """Permissions that plug-ins declare for a role, by its name."""
        roles = {role for one in self.permissions for role in one.roles}
        return {role: tuple(one.name for one in self.permissions if role in one.roles) for role in roles}


def assemble(settings: Settings, *, found: Sequence[Found] | None = None) -> Assembly:
    """Loads the plug-ins and composes the schema; raises `StartRefused` when one that is required is not ready.

    ``found`` are those to choose from (default: all that are installed).
    """
    report = load(settings, found=found)
    records = [one.records for one in report.ready]
    report.registry.event_types = frozenset(event.name for one in records for event in one.events)
    return Assembly(
        report=report,
        schema=compose(report.registry, federation=settings.federation),
        apps=apps_of(report),
        demos={one.id: demo for one in report.ready for demo in one.records.demo},
        permissions=[permission for one in records for permission in one.permissions],
        events={event.name: event for one in records for event in one.events},
        jobs={job.name: job for one in records for job in one.jobs},
        follow_ups=by_event([follow_up for one in records for follow_up in one.follow_ups]),
        listeners={listener.name: listener for one in records for listener in one.listeners},
        personal={
            one.id: [personal for storage in one.records.storage for personal in storage.personal]
            for one in report.ready
        },
        settings={
            Settings: settings,
            **{type(one.settings): one.settings for one in report.ready if one.settings is not None},
        },
    )


def apps_of(report: LoadReport) -> dict[str, OrmApp]:
    """The tables and migrations of the plug-ins that are ready."""
    return {
        one.id: OrmApp(
            [name for storage in one.records.storage for name in storage.models],
            one.records.storage[0].migrations,
        )
        for one in report.ready
        if one.records.storage
    }


class Platform:
    """Everything opened for one process: make it with `open_platform`, end it with `close`."""

    def __init__(self, settings: Settings, assembly: Assembly, *, dsn: str, pool: Pool, orm: Orm) -> None:
        self.settings = settings
        self.assembly = assembly
        self.dsn = dsn
        self.pool = pool
        self.orm = orm
        self.redis = open_redis(settings.redis_url.get_secret_value()) if settings.redis_url else None
        self.clock_offset = timedelta()
        self.turns = Turns()
        self.hub = Hub(pool.fetch)
        versions = {one.id: one.version for one in assembly.report.ready}
        self.neighbours = Neighbours(pool, sign_of(versions), versions, on_change=self._learn_absent)
        self.stamper = Stamper(
            dsn,
            aggregate_prefixes(assembly.registry, orm),
            on_news=self.hub.news,
            session=f"serai-feed {self.neighbours.sign}",
        )
        self._awake = 0
        self.engine = Engine(
            assembly.registry,
            assembly.schema.core,
            pool,
            mutate=self._mutate,
            call_context=self._context,
            row_budget=settings.row_budget,
            field_timeout_s=settings.field_timeout_s,
            cache_size=settings.plan_cache_size,
            slow_statement_ms=settings.slow_statement_ms,
            development=settings.environment == "development",
            event_types=frozenset(assembly.events),
        )
        self.webhooks = Office(
            self.engine,
            pool,
            self.load_viewer,
            policy=Policy(allowed=frozenset(settings.webhook_allowed)),
            timeout_s=settings.webhook_timeout_s,
        )

    @property
    def load_viewer(self) -> ViewerLoader:
        """Finds who acts, with today's permissions."""
        return ViewerLoader(self.pool, implied=self.assembly.implied, by_role=self.assembly.by_role)

    @property
    def apps(self) -> Mapping[str, OrmApp]:
        """The apps whose tables are migrated."""
        return self.assembly.apps

    async def pending(self) -> list[str]:
        """The migrations that `migrate` would apply, in order."""
        return await plan(self.dsn, self.apps)

    async def migrate(self, *, progress: Progress | None = None) -> list[str]:
        """Applies what is pending and returns its names."""
        applied = await migrate(self.dsn, self.apps, progress=progress)
        await self.meet()
        return applied

    async def meet(self) -> None:
        """Notes in the database which plug-ins are loaded, and learns which it has met that are not."""
        versions = {one.id: one.version for one in self.assembly.report.ready}
        loaded = met(self.assembly.registry, versions)
        await remember_marks(self.pool, versions, marks(self.assembly.registry, self.assembly.personal))
        if await remember(self.pool, loaded):
            await self._learn_absent()

    async def _learn_absent(self) -> None:
        versions = {one.id: one.version for one in self.assembly.report.ready}
        loaded = met(self.assembly.registry, versions)
        self.engine.running.absent = dict(await absent_prefixes(self.pool, loaded))

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[None]:
        """As long as anybody is within, events get their places and other processes are looked at."""
        self._awake += 1
        self.stamper.start()
        self.neighbours.start()
        try:
            yield
        finally:
            self._awake -= 1
            if not self._awake:
                await self.stamper.stop()
                await self.neighbours.stop()

    async def demo(
        self, *, progress: Progress | None = None, seed: int = DEMO_SEED, scale: float = 1
    ) -> bool:
        """Fills an empty database with the demo data, all or nothing; says whether it was empty.

        The same seed and scale give the same data on the same day: its two years end today. Scale 1 is about
        20,000 transactions; memory does not grow with it.
        """

        def tell(what: str, done: int, total: int | None = None, /) -> None:
            if progress is not None:
                progress(f"demo data: {what}", done, done if total is None else total)

        async with self.pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute("select pg_advisory_xact_lock(hashtext('serai demo'))")
                if await connection.fetchval(HAS_DATA):
                    return False
                today = await connection.fetchval("select date_trunc('day', serai_now(), 'UTC')")
                for plugin, demo in self.assembly.demos.items():
                    await demo.build(
                        DemoContext(
                            connection, seed=f"{seed} {plugin}", now=today, scale=scale, progress=tell
                        )
                    )
            await connection.execute("analyze")
        return True

    async def banner(self) -> Banner:
        """What to show when the server is ready."""
        warnings = [] if await self.has_redis() else [NO_REDIS]
        if self.settings.environment != "development":
            return Banner(warnings=warnings)
        tokens = open_tokens(self.settings.data_dir, audience=self.settings.token_audience)
        found: dict[str, str] = {}
        for title, wanted in (
            ("operator", "staff:operator"),
            ("a customer", "customer:"),
            ("a provider's member", "provider:"),
        ):
            try:
                found[title] = tokens.issue(await find_acting(self.pool, wanted))
            except NobodyToActAs:
                continue
        if not found:
            warnings.append(NOBODY)
        return Banner(warnings=warnings, tokens=found, first_query=FIRST_QUERY)

    async def has_redis(self) -> bool:
        """Whether Valkey answers, if it is to be used."""
        return self.redis is None or await is_alive(self.redis)

    async def change(
        self,
        body: Callable[[Context], Awaitable[Mapping[str, Any]]],
        *,
        attempts: int = 5,
        lock_timeout_s: float = 10.0,
    ) -> Outcome:
        """Runs a change as the system itself: for commands. One attempt is for what can be read only once."""

        async def run(change: Change) -> Mapping[str, Any]:
            return await body(self._context(SYSTEM, change))

        with self.orm.active():
            outcome = await changing(
                SYSTEM,
                run,
                mutation="",
                input=None,
                events=self.assembly.events,
                attempts=attempts,
                lock_timeout_s=lock_timeout_s,
            )
        self.stamper.wake()
        return outcome

    async def stamp(self) -> int:
        """Gives all committed events their places in the feed, now; how many those were."""
        async with self.pool.acquire() as connection:
            return await self.stamper.stamp(connection)

    def worker(self) -> Work:
        """What does jobs and tells listeners and webhooks; its connections are beside those of requests."""
        host = JobHost(self)
        jobs = Worker(
            host,
            self.assembly.jobs,
            dsn=self.dsn,
            at_once=self.settings.jobs_at_once,
            lost_after_s=self.settings.job_lost_after_s,
            session=f"serai-jobs {self.neighbours.sign}",
        )
        dispatcher = Dispatcher(
            self.webhooks, self.webhooks.caller, timeout_s=self.settings.webhook_timeout_s
        )
        listening = Listening(host, self.assembly.listeners)
        return Work(self.awake, jobs, listening, *([dispatcher] if self.settings.webhooks else []))

    async def move_clock(self, offset: timedelta) -> None:
        """Sets the time of the platform that much later than it is, for all that is on its database; for tests.

        The database keeps the offset for sessions to come, in whichever process; those of this process begin anew.
        """
        interval = f"{offset // timedelta(microseconds=1)} microseconds" if offset else ""
        await self.pool.fetchval(await self.pool.fetchval(MOVE_CLOCK, interval))
        await self.pool.renew()
        await self.orm.renew()
        self.clock_offset = offset

    async def close(self) -> None:
        """Lets go of everything that was opened."""
        await self.stamper.stop()
        await self.neighbours.stop()
        await self.hub.close()
        await self.pool.close()
        await self.orm.close()
        if self.redis is not None:
            await self.redis.aclose()

    def _context(self, viewer: ViewerProtocol, change: Change | None = None) -> Context:
        now = change.now if change is not None else datetime.now(UTC) + self.clock_offset
        ctx = Context(
            viewer,
            now=now,
            pool=self.pool,
            sight=self.engine,
            change=change,
            plugins=self.assembly.report.plugins,
            timelines=self.assembly.report.timelines,
            event_types=self.assembly.events,
            settings=self.assembly.settings,
            jobs=self.assembly.jobs,
            listeners=self.assembly.listeners,
            webhooks=self.webhooks,
        )
        if change is not None:
            change.followers = {
                event: [Following(one, ctx) for one in ones]
                for event, ones in self.assembly.follow_ups.items()
            }
        return ctx

    async def _mutate(
        self,
        source: RootMutation,
        value: Any,
        canonical: Mapping[str, Any],
        viewer: ViewerProtocol,
        *,
        idempotency_key: str | None,
        request_id: str,
        dry_run: bool,
    ) -> Outcome:
        async def body(change: Change) -> Mapping[str, Any] | Outcome:
            ctx = self._context(viewer, change)
            if source.bulk is None:
                return await source.resolve(ctx, value)
            return await run_items(
                change,
                value.items,
                locks=partial(source.bulk.locks, ctx),
                run=partial(source.resolve, ctx),
                policy=value.error_policy,
            )

        with self.orm.active():
            outcome = await changing(
                viewer,
                body,
                mutation=source.name,
                input=canonical,
                idempotency_key=idempotency_key,
                events=self.assembly.events,
                turns=self.turns,
                dry_run=dry_run,
            )
        self.stamper.wake()
        return outcome


def aggregate_prefixes(registry: Registry, orm: Orm) -> dict[str, str]:
    """The prefixes of ids by what events call the type of their aggregate: ``core.Demand`` and so on."""
    by_table = {entity.detail or entity.table: entity.prefix for entity in registry.entities.values()}
    return {
        f"{app}.{name}": by_table[model._meta.db_table]
        for app, models in (orm.context.apps or {}).items()
        for name, model in models.items()
        if model._meta.db_table in by_table
    }


class Work:
    """All that is done beside requests in one process, where events get their places meanwhile (``awake``)."""

    def __init__(
        self,
        awake: Callable[[], AbstractAsyncContextManager[None]],
        *parts: Worker | Listening | Dispatcher,
    ) -> None:
        self._awake = awake
        self._parts = parts

    async def run(self) -> None:
        """Work until ``stop``."""
        async with self._awake(), asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(part.run())

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns when what runs has ended."""
        for part in self._parts:
            part.stop()


class JobHost:
    """What a worker works on: the platform, as the system."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def settings(self, kind: type[Any], /) -> Any:
        """The settings of the plug-in that declares this class."""
        return settings_of(self._platform.assembly.settings, kind)

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """One statement in a transaction of its own."""
        return [dict(row) for row in await self._platform.pool.fetch(statement, *values)]

    async def change(self, body: Callable[[Any], Awaitable[Mapping[str, Any]]]) -> Outcome:
        """A change as the system."""
        return await self._platform.change(body)

    async def now(self) -> datetime:
        """The platform's time."""
        found: datetime = await self._platform.pool.fetchval("select serai_now()")
        return found

    async def export(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation: str | None = None,
        kind: ViewerKind,
        id: UUID,
    ) -> ReadRows | None:
        """All rows of a query of one list, with today's rights of somebody; ``None`` if they may not act."""
        viewer = await self._platform.load_viewer(kind, id)
        if viewer is None:
            return None
        plan = self._platform.engine.export(query, dict(variables or {}), operation, viewer)
        return ReadRows(plan, self._platform.pool)


async def open_platform(settings: Settings, *, assembly: Assembly | None = None) -> Platform:
    """Opens the platform on the database that `settings` name; raises `ConfigurationError` when they name none.

    Who opens several with the same plug-ins gives what `assemble` made of them: composing is most of the work.
    """
    if settings.database_url is None:
        raise ConfigurationError(
            "No database is set", hint="Set SERAI_DATABASE_URL, or start with `serai run`."
        )
    dsn = settings.database_url.get_secret_value()
    assembly = assembly or assemble(settings)
    pool = await Pool.open(dsn, size=settings.pool_size, timeout_s=settings.pool_timeout_s)
    orm = await open_orm(dsn, assembly.apps, pool_size=settings.orm_pool_size)
    platform = Platform(settings, assembly, dsn=dsn, pool=pool, orm=orm)
    try:
        platform.clock_offset = await pool.fetchval(CLOCK_OFFSET)
        await platform.meet()
    except BaseException:
        await platform.close()
        raise
    return platform


def create_app(platform: Platform, *, is_fast: bool = True) -> ASGIApp:
    """The ASGI application of an opened platform; closing the platform is its opener's business.

    Without ``is_fast`` nothing takes the fast lane: for tests that both lanes answer alike.
    """
    settings = platform.settings

    async def database() -> None:
        await platform.pool.fetchval("select 1")

    async def migrations() -> None:
        pending = await platform.pending()
        if pending:
            raise NotReady(f"{len(pending)} migrations are pending: run `serai migrate`")

    async def plugins() -> None:
        waiting = [
            one.id for one in platform.assembly.report.plugins if one.state not in ("ready", "disabled")
        ]
        if waiting:
            raise NotReady(f"not ready: {', '.join(waiting)}; see `serai plugin list`")

    async def processes() -> None:
        differences = await platform.neighbours.differences()
        if differences is not None:
            raise NotReady(differences)

    async def valkey() -> None:
        if not await platform.has_redis():
            raise NotReady(NO_REDIS)

    async def compiling() -> None:
        if platform.engine.reading.compiling.refused_within(60):
            raise NotReady(
                "documents that were not seen before were refused in the last minute (COMPILE_BUSY)"
            )

    tokens = open_tokens(settings.data_dir, audience=settings.token_audience)
    authenticate = Authenticator(tokens, platform.load_viewer)

    @asynccontextmanager
    async def serving(app: object) -> AsyncIterator[None]:
        async with platform.awake():
            yield

    def follow(asked: Subscribed) -> AbstractAsyncContextManager[AsyncIterator[UUID]]:
        return platform.hub.follow(Wanted(types=asked.types, aggregate=asked.aggregate), after=asked.after)

    async def find(viewer: ViewerProtocol, id: str) -> File:
        try:
            return await find_file(platform.engine, platform.pool, folder_of(settings.data_dir), viewer, id)
        except NotFetchable as error:
            told = {"hint": error.hint} if error.hint else {}
            raise Problem(error.status, error.code, error.message, extensions=told) from None

    return create_http_app(
        platform.engine,
        authenticate,
        routes=(Downloads(find, authenticate).route,),
        lifespan=serving,
        subscriptions=Subscriptions(platform.engine, follow, endings={TooSlow: SLOW, Stopping: STOPPING}),
        checks=(
            Check(name="database", run=database),
            Check(name="migrations", run=migrations),
            Check(name="plugins", run=plugins, required=False),
            Check(name="processes", run=processes, required=False),
            Check(name="valkey", run=valkey, required=False),
            Check(name="compiling", run=compiling, required=False),
        ),
        has_ide=settings.environment == "development",
        is_fast=is_fast,
    )
