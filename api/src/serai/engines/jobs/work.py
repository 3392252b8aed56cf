"""A worker: does jobs from the queue, begins those of the clock, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
import orjson
import structlog

from serai.storage.sessions import connection_arguments
from serai_sdk import Rows
from serai_sdk.access import ViewerKind
from serai_sdk.context import CallCtx
from serai_sdk.jobs import Job

from .queue import CHANNEL, queries

__all__ = ["Host", "Worker"]

LONGEST_PAUSE: Final = timedelta(minutes=10)
RESTART_PAUSE_S: Final = 2.0
LONGEST_ERROR: Final = 500
MOST: Final = 2**31 - 1
"""What the graph can tell of a progress."""
CONNECTIONS: Final = 4
"""One listens, the others take jobs and say that they are being done; what jobs do has the platform's own."""

BEGIN = """
update core_job
set
  state = 'RUNNING',
  attempts = attempts + 1,
  started_at = coalesce(started_at, serai_now()),
  updated_at = serai_now(),
  version = version + 1
where id = $1
  and state in ('QUEUED', 'RUNNING')
returning name, attempts, given::text as given
"""

END = """
update core_job
set state = $2, error = $3, ended_at = serai_now(), updated_at = serai_now(), version = version + 1
where id = $1
  and state = 'RUNNING'
"""

AGAIN = """
update core_job
set
  state = 'QUEUED',
  error = $2,
  not_before = serai_now() + $3::interval,
  updated_at = serai_now(),
  version = version + 1
where id = $1
  and state = 'RUNNING'
"""

PROGRESS = """
update core_job
set done = $2, total = $3, updated_at = serai_now(), version = version + 1
where id = $1
  and state = 'RUNNING'
returning 1
"""

log = structlog.stdlib.get_logger("serai.jobs")


class Host(Protocol):
    """What a worker works on."""

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """One statement in a transaction of its own."""

    async def change(self, body: Callable[[CallCtx], Awaitable[Mapping[str, Any]]]) -> Any:
        """A change as the system."""

    async def now(self) -> datetime:
        """The platform's time."""

    def settings(self, kind: type[Any], /) -> Any:
        """The settings of the plug-in that declares this class."""

    async def export(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation: str | None = None,
        kind: ViewerKind,
        id: UUID,
    ) -> Rows | None:
        """All rows of a query of one list, with somebody's rights; ``None`` if they may not act."""


class Cancelled(Exception):
    """The job was cancelled, or is over: its handler is to end."""


class Running:
    """Implements ``serai_sdk.jobs.JobCtx`` for one attempt."""

    def __init__(self, host: Host, id: UUID, name: str, attempt: int) -> None:
        self.id = id
        self.attempt = attempt
        self.settings = host.settings
        self.log: Any = log.bind(job=name, id=str(id))
        self.fetch = host.fetch
        self.change = host.change
        self.now = host.now
        self.export = host.export

    async def progress(self, done: int, total: int | None = None) -> None:
        """See the protocol."""
        if not await self.fetch(
            PROGRESS, self.id, min(done, MOST), None if total is None else min(total, MOST)
        ):
            raise Cancelled


class Worker:
    """Does the ``known`` jobs on a database, at most ``at_once`` of them at a time.

    A job of whose worker nothing was heard for ``lost_after_s`` is begun by another. Several workers share the work.
    The database knows its connections by the name ``session``.
    """

    def __init__(
        self,
        host: Host,
        known: Mapping[str, Job],
        *,
        dsn: str,
        at_once: int,
        lost_after_s: float,
        session: str = "serai-jobs",
    ) -> None:
        self._host = host
        self._known = known
        self._dsn = dsn
        self._session = session
        self._at_once = at_once
        self._lost_after = timedelta(seconds=lost_after_s)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns when what runs has ended."""
        self._stop.set()

    async def run(self) -> None:
        """Work until ``stop``; a database that is gone is waited for."""
        while not self._stop.is_set():
            try:
                await self._work()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("jobs wait for the database", error=str(error) or type(error).__name__)
            except Exception as error:  # whatever ends the queue's own loop, the jobs go on
                log.error("jobs begin anew", exc_info=error)
            if not self._stop.is_set():
                await _wait(self._stop, RESTART_PAUSE_S)

    async def _work(self) -> None:
        from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
        from pgqueuer.core.applications import PgQueuer
        from pgqueuer.domain.types import Channel

        async with asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=CONNECTIONS,
            **connection_arguments(application_name=self._session),
        ) as pool:
            driver = AsyncpgPoolDriver(pool)
            queue = PgQueuer(driver, Channel(CHANNEL), queries=queries(driver))
            for job in self._known.values():
                queue.entrypoint(job.name, concurrency_limit=job.concurrency, accepts_context=True)(self._do)
                if job.schedule is not None:
                    queue.schedule(job.name, job.schedule, clean_old=True, accepts_context=False)(self._begin)
            watching = asyncio.create_task(self._pass_on(queue.shutdown))
            try:
                await queue.run(
                    batch_size=max(1, self._at_once // 2),
                    max_concurrent_tasks=max(2, self._at_once),
                    heartbeat_timeout=self._lost_after,
                    shutdown_on_listener_failure=True,
                )
            finally:
                watching.cancel()
                queue.shutdown.set()

    async def _pass_on(self, shutdown: asyncio.Event) -> None:
        await self._stop.wait()
        shutdown.set()

    async def _begin(self, schedule: Any) -> None:
        """The clock says so: one goes into the queue, unless one waits or runs."""

        async def body(ctx: CallCtx) -> Mapping[str, Any]:
            await ctx.jobs.enqueue(schedule.entrypoint, key="scheduled")
            return {}

        await self._host.change(body)

    async def _do(self, taken: Any, context: Any) -> None:
        """One attempt: what became of it is in the row before the queue hears of it."""
        from pgqueuer.domain.errors import RetryRequested

        id = UUID(bytes=taken.payload)
        found = await self._host.fetch(BEGIN, id)
        if not found:
            return
        [row] = found
        job, attempt = self._known[row["name"]], row["attempts"]
        if attempt > job.attempts:
            # its workers died over it, again and again: not even the handler could say what is wrong
            await self._end(id, "FAILED", row["name"], "its worker ended while doing it, each time")
            return
        running = Running(self._host, id, job.name, attempt)
        try:
            with context.cancellation:
                await job.handler(running, orjson.loads(row["given"]))
        except Cancelled:
            return
        except Exception as error:  # a handler may raise anything; the others go on
            told = _told(error)
            if attempt >= job.attempts:
                log.error("job failed", job=job.name, id=str(id), attempt=attempt, exc_info=error)
                await self._end(id, "FAILED", job.name, told)
                return
            pause = min(job.pause * 2 ** (attempt - 1), LONGEST_PAUSE)
            log.warning("job is tried again", job=job.name, id=str(id), attempt=attempt, error=told)
            await self._host.fetch(AGAIN, id, told, pause)
            raise RetryRequested(delay=pause) from error
        if not context.cancellation.cancel_called:
            await self._end(id, "DONE", job.name, None)

    async def _end(self, id: UUID, state: str, name: str, error: str | None) -> None:
        await self._host.fetch(END, id, state, error)
        log.info("job ended", job=name, id=str(id), state=state)


def _told(error: Exception) -> str:
    """Its first line: databases tell values of rows in those that follow."""
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:LONGEST_ERROR]


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
