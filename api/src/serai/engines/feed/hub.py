"""The hub: reads the feed once for a process and hands each event to those in it who wait for such."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog

__all__ = ["Hub", "Stopping", "TooSlow", "Wanted"]

PAGE: Final = 500
HEAD: Final = "select position from core_feed_head"
FRESH: Final = """
select position, id, type, aggregate_id
from core_event
where position > $1
order by position
limit $2
"""
EARLIER: Final = """
select position, id, type, aggregate_id
from core_event
where position > $1
  and position <= $2
  and ($3::text is null or aggregate_id = $3)
order by position
limit $4
"""

log = structlog.stdlib.get_logger("serai.feed")

Fetch = Callable[..., Awaitable[Sequence[Any]]]


class Stopping(Exception):
    """Nobody is told anything here any more: who waits goes on in another process, or in this one's successor."""


class TooSlow(Exception):
    """Who waits takes less than what happens, and is behind by more than is kept for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events: of these types (``demand.*`` for all that begin so), about that aggregate; ``None`` for any."""

    types: Sequence[str] | None = None
    aggregate: str | None = None

    def has(self, row: Any) -> bool:
        """Whether that event is one of them."""
        if self.aggregate is not None and row["aggregate_id"] != self.aggregate:
            return False
        return self.types is None or any(_is_of(row["type"], one) for one in self.types)


def _is_of(name: str, wanted: str) -> bool:
    return name.startswith(wanted[:-1]) if wanted.endswith(".*") else name == wanted


@dataclass(slots=True, eq=False)
class _Inbox:
    """What was handed to one who waits and not taken yet."""

    wanted: Wanted
    room: int
    rows: list[Any] = field(default_factory=list)
    is_over: bool = False
    is_stopped: bool = False
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, row: Any) -> None:
        # once one was left out, so are all that follow
        self.is_over = self.is_over or len(self.rows) >= self.room
        if not self.is_over:
            self.rows.append(row)
        self.filled.set()


class Hub:
    """Hands out what is new in the feed, in its order, as long as anybody waits; ``news`` says that there may be some.

    Nothing of it has to be kept: who was cut off goes on behind the last event it has seen, here or in another process.
    """

    def __init__(self, fetch: Fetch, *, room: int = 256) -> None:
        self._fetch = fetch
        self._room = room
        self._position = 0
        self._inboxes: set[_Inbox] = set()
        self._news = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._joining = asyncio.Lock()
        self._is_stopped = False

    def news(self, position: int | None = None) -> None:
        """Say that there may be events up to that position."""
        if position is None or position > self._position:
            self._news.set()

    @asynccontextmanager
    async def follow(self, wanted: Wanted, *, after: int | None) -> AsyncIterator[AsyncIterator[UUID]]:
        """The ids of such events in their order: what follows ``after``, or what happens once the block has begun.

        ``TooSlow`` is raised once more than ``room`` of them were not taken, ``Stopping`` after ``stop``.
        """
        inbox = _Inbox(wanted, self._room)
        try:
            joined = await self._join(inbox)
            yield self._following(inbox, joined, after)
        finally:
            self._inboxes.discard(inbox)

    def stop(self) -> None:
        """Send all who wait away, after what they were handed; who comes now is turned away."""
        self._is_stopped = True
        for inbox in self._inboxes:
            inbox.is_stopped = True
            inbox.filled.set()

    async def close(self) -> None:
        """Stop reading."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def _following(self, inbox: _Inbox, joined: int, after: int | None) -> AsyncIterator[UUID]:
        wanted = inbox.wanted
        position = joined if after is None else after
        while position < joined:
            rows = await self._fetch(EARLIER, position, joined, wanted.aggregate, PAGE)
            for row in rows:
                if wanted.has(row):
                    yield row["id"]
            position = int(rows[-1]["position"]) if len(rows) == PAGE else joined
        while True:
            await inbox.filled.wait()
            inbox.filled.clear()
            taken, inbox.rows = inbox.rows, []
            for row in taken:
                # of an `after` that lies ahead, what comes before it is left out
                if after is None or row["position"] > after:
                    yield row["id"]
            if inbox.is_over and not inbox.rows:
                raise TooSlow
            if inbox.is_stopped and not inbox.rows:
                raise Stopping

    async def _join(self, inbox: _Inbox) -> int:
        """Begin to fill an inbox; the position behind which it does."""
        async with self._joining:
            if self._is_stopped:
                raise Stopping
            if not self._inboxes:
                [row] = await self._fetch(HEAD)
                self._position = int(row["position"])
            # nothing is awaited from here on: what is handed out next lies behind this position
            self._inboxes.add(inbox)
            if self._running is None or self._running.done():
                self._running = asyncio.create_task(self._run(), name="serai-feed-hub")
            return self._position

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if not self._inboxes:
                continue
            try:
                await self._hand_out()
            except Exception as error:  # whatever it is: those who wait go on when the database is back
                log.warning("the feed cannot be read", error=repr(error))
                await asyncio.sleep(1)
                self._news.set()

    async def _hand_out(self) -> None:
        while True:
            rows = await self._fetch(FRESH, self._position, PAGE)
            for row in rows:
                if row["position"] > self._position:
                    for inbox in self._inboxes:
                        if inbox.wanted.has(row):
                            inbox.put(row)
                    self._position = int(row["position"])
            if len(rows) < PAGE:
                return
