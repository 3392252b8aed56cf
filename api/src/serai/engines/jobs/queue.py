"""The queue: jobs put into it and taken out of it within a change, so that they are there when that is committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from serai.engines.change import Change
from serai.storage import new_id
from serai_sdk import SdkError
from serai_sdk.jobs import Job

if TYPE_CHECKING:
    from pgqueuer.adapters.persistence.queries import Queries
    from pgqueuer.ports.driver import Driver

__all__ = ["CHANNEL", "Queue", "queries"]

PREFIX: Final = "core_"
CHANNEL: Final = "core_ch_pgqueuer"

ADD = """
insert into core_job
  (id, created_at, updated_at, version, name, state, given, queue_id, priority, attempts, done, not_before)
values ($1, $2, $2, 1, $3, 'QUEUED', cast($4 as text)::jsonb, $5, $6, 0, 0, $7)
"""

CANCEL = """
update core_job
set state = 'CANCELLED', ended_at = $2, updated_at = $2, version = version + 1
where id = $1
  and state in ('QUEUED', 'RUNNING')
returning queue_id
"""


class Queue:
    """Implements ``serai_sdk.jobs.Jobs`` within one change; ``known`` are the declared jobs by name."""

    def __init__(self, change: Change, known: Mapping[str, Job]) -> None:
        self._change = change
        self._known = known

    async def enqueue(
        self,
        name: str,
        given: Mapping[str, Any] | None = None,
        *,
        priority: int = 0,
        not_before: datetime | None = None,
        key: str | None = None,
    ) -> UUID | None:
        """See the protocol; an undeclared job is refused, where nobody would ever do it."""
        if name not in self._known:
            raise SdkError(
                f"the job {name!r} is not declared", hint="return a Job of that name from the hook `jobs`"
            )
        id: UUID = new_id()
        delay = max(timedelta(), not_before - self._change.now) if not_before is not None else None
        [queue_id] = await queries(_driver(self._change)).enqueue(
            name, id.bytes, priority, delay, f"{name} {key}" if key is not None else None, on_conflict="skip"
        )
        if queue_id is None:
            return None
        text = orjson.dumps(dict(given or {}), default=str).decode()
        await self._change.execute(ADD, id, self._change.now, name, text, queue_id, priority, not_before)
        return id

    async def cancel(self, id: UUID) -> bool:
        """Take a job out of the queue, or tell the worker that does it to stop; whether it was not over before."""
        found = await self._change.execute(CANCEL, id, self._change.now)
        ids = [row["queue_id"] for row in found if row["queue_id"] is not None]
        if ids:
            await queries(_driver(self._change)).mark_job_as_cancelled(ids)
        return bool(found)


def queries(driver: Driver) -> Queries:
    """PgQueuer's statements over a connection or a pool, on the tables that the core's migration makes."""
    from pgqueuer.adapters.persistence.qb import (
        QueryBuilderEnvironment,
        QueryQueueBuilder,
        QuerySchedulerBuilder,
    )
    from pgqueuer.adapters.persistence.queries import Queries

    settings = _settings()
    return Queries(
        driver,
        QueryBuilderEnvironment(settings),
        QueryQueueBuilder(settings),
        QuerySchedulerBuilder(settings),
    )


@cache
def _settings() -> Any:
    from pgqueuer.domain.settings import DBSettings

    return DBSettings(prefix=PREFIX)


def _driver(change: Change) -> Driver:
    from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

    return AsyncpgDriver(change.driver)
