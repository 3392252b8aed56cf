"""Jobs: work that is done beside requests, by workers: put into a queue by a change, or begun by the clock."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from .access import ViewerKind
from .context import AppCtx, CallCtx
from .declare import Origin, caller
from .errors import DeclarationError
from .rows import Rows

NAME: Final = re.compile(r"^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$")


class JobCtx(AppCtx, Protocol):
    """What a job's handler gets: all that runs beside requests gets, and a way to change something."""

    @property
    def id(self) -> UUID:
        """The job's own id: the same whenever it is begun again."""

    @property
    def attempt(self) -> int:
        """Which attempt this is: 1 for the first."""

    async def change(self, body: Callable[[CallCtx], Awaitable[Mapping[str, Any]]]) -> Any:
        """Run ``body`` in a change of its own, as the system; each is committed when it ends."""

    async def progress(self, done: int, total: int | None = None) -> None:
        """Tell how much is done, of how much if that is known; a job that was cancelled ends here."""

    async def export(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        operation: str | None = None,
        kind: ViewerKind,
        id: UUID,
    ) -> Rows | None:
        """All rows of a query of one list, with today's rights of somebody: ``None`` if they may not act (any more).

        ``id`` is that of the customer, the provider's member, the member of the staff, or the app. A query that
        cannot be exported is refused with a message for whoever wrote it.
        """


@dataclass(frozen=True, slots=True)
class Job:
    """Work with a name, ``<plug-in's id>.<what>``, that ``handler`` does with what was given to it.

    It is begun at least once: a worker that dies takes nothing with it, another begins anew; so what a handler does
    must bear being done twice. Failing, it is tried ``attempts`` times in all, after pauses that double from ``pause``
    on. ``schedule``, five fields of cron in UTC, begins it by the clock, once for all workers and never while it still
    runs. At most ``concurrency`` run at once on all workers together; 0 sets no bound.
    """

    name: str
    handler: Callable[[JobCtx, Mapping[str, Any]], Awaitable[None]]
    _: KW_ONLY
    description: str
    schedule: str | None = None
    concurrency: int = 0
    attempts: int = 5
    pause: timedelta = timedelta(seconds=5)
    origin: Origin = field(default_factory=caller)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise DeclarationError(
                f"a job cannot be called {self.name!r}",
                hint="call it <plug-in's id>.<what>, such as booking.remind",
            )
        if self.attempts < 1 or self.concurrency < 0:
            raise DeclarationError(
                f"the job {self.name} has attempts={self.attempts}, concurrency={self.concurrency}",
                hint="it is tried once at least; 0 sets no bound to how many run at once",
            )


class Jobs(Protocol):
    """The queue, within the current change: what is put there is there when the change is committed, and only then."""

    async def enqueue(
        self,
        name: str,
        given: Mapping[str, Any] | None = None,
        *,
        priority: int = 0,
        not_before: datetime | None = None,
        key: str | None = None,
    ) -> UUID | None:
        """Put a job into the queue and return its id; the higher the ``priority``, the sooner it is begun.

        ``given`` is JSON of ids and the like, never personal data: operators see it. Under a ``key`` there is one job
        at a time: ``None`` if one waits or runs.
        """

    async def cancel(self, id: UUID) -> bool:
        """Take a job out of the queue, or tell the worker that does it to stop; ``False`` if it was over before."""
