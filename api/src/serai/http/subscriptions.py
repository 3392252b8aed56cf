"""What answers subscriptions, whichever way they are sent: who may have one, what is told, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
import orjson

from serai.errors import CompileBusy, PoolTimeout, StorageError
from serai_sdk.context import Viewer

from .engine import Engine, ExecutionResult
from .operations import Operation
from .problems import Problem

__all__ = ["SLOW", "STOPPING", "Follow", "Subscribed", "Subscriptions", "ending", "whose"]

SLOW: Final = Problem(
    429,
    "SUBSCRIBER_TOO_SLOW",
    "More has happened than you have taken, and it was not kept for you.",
    extensions={"hint": "subscribe again, `after` the last event you have seen", "retriable": True},
)
INTERRUPTED: Final = Problem(
    503,
    "SUBSCRIPTION_INTERRUPTED",
    "What has happened cannot be read right now.",
    extensions={
        "hint": "subscribe again in a moment, `after` the last event you have seen",
        "retriable": True,
    },
)
STOPPING: Final = Problem(
    503,
    "STOPPING",
    "This process of the service stops.",
    extensions={"hint": "subscribe again, `after` the last event you have seen", "retriable": True},
)
UNREADABLE: Final = (
    StorageError,
    PoolTimeout,
    CompileBusy,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
LOST: Final = frozenset({"UNAVAILABLE", "OVERLOADED"})
"""Codes of a delivery that could not be read: it is not told as if it were one."""


class Subscribed(Protocol):
    """A subscription as it was asked for."""

    @property
    def query(self) -> str: ...
    @property
    def nothing(self) -> bytes: ...
    def variables(self, event: UUID | None = None) -> dict[str, Any]:
        """The variables that read a delivery."""


Follow = Callable[[Any], AbstractAsyncContextManager[AsyncIterator[UUID]]]
"""The events a subscription is told of from when the block begins, by their ids; they raise what ``endings`` names."""


class Subscriptions:
    """Answers operations again and again, however they are sent.

    Each delivery is read for who the subscriber is at that moment: a token that has ended, or was taken back, ends it.
    A viewer has at most ``per_viewer`` open in this process, all together ``in_all``. ``endings`` are what ``follow``
    raises, and what subscribers are told then.
    """

    def __init__(
        self,
        engine: Engine,
        follow: Follow,
        *,
        endings: Mapping[type[Exception], Problem],
        per_viewer: int = 20,
        in_all: int = 2_000,
    ) -> None:
        self.engine = engine
        self._follow = follow
        self._endings = endings
        self._per_viewer = per_viewer
        self._in_all = in_all
        self._open: Counter[object] = Counter()

    async def begin(self, operation: Operation, viewer: Viewer, **how: Any) -> Subscribed | ExecutionResult:
        """What is to be waited for; the answer itself if that is nothing."""
        asked = await self.engine.subscription(operation.document, operation.variables, operation.name)
        if asked is None:
            return await self.engine.execute(
                operation.document, operation.variables, operation.name, viewer, **how
            )
        if not hasattr(asked, "query"):
            return asked  # type: ignore[no-any-return]  # the engine's result
        tried = await self._read(asked, viewer, None, **how)
        return tried if tried.errors else asked

    @contextmanager
    def opened(self, viewer: Viewer) -> Iterator[None]:
        """Counts one more of a viewer's; ``Problem`` if there are too many."""
        who = whose(viewer)
        if self._open[who] >= self._per_viewer or self._open.total() >= self._in_all:
            raise Problem(
                429, "TOO_MANY_SUBSCRIPTIONS", f"More than {self._per_viewer} of your subscriptions are open"
            )
        self._open[who] += 1
        try:
            yield
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    async def told(
        self,
        asked: Subscribed,
        authenticate: Callable[[], Awaitable[Viewer]],
        *,
        beat_s: float,
        **how: Any,
    ) -> AsyncIterator[bytes | None]:
        """What is told, one answer after the other.

        ``None`` comes first, when nothing from then on is missed, and whenever nothing was to be told for ``beat_s``
        seconds. ``Problem`` says why it has ended.
        """
        try:
            async with self._follow(asked) as events:
                yield None
                async for one in self._deliver(asked, events, authenticate, beat_s, **how):
                    yield one
        except UNREADABLE as error:
            raise INTERRUPTED from error
        except tuple(self._endings) as error:
            raise self._endings[type(error)] from error

    async def _deliver(
        self,
        asked: Subscribed,
        events: AsyncIterator[UUID],
        authenticate: Callable[[], Awaitable[Viewer]],
        beat_s: float,
        **how: Any,
    ) -> AsyncIterator[bytes | None]:
        coming = asyncio.ensure_future(anext(events))
        try:
            while True:
                await asyncio.wait({coming}, timeout=beat_s)
                viewer = await authenticate()
                if not coming.done():
                    yield None
                    continue
                event = coming.result()
                coming = asyncio.ensure_future(anext(events))
                told = await self._read(asked, viewer, event, **how)
                if told.errors and _is_lost(told.body):
                    raise INTERRUPTED
                if told.body != asked.nothing:
                    yield told.body
        finally:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await coming

    async def _read(
        self, asked: Subscribed, viewer: Viewer, event: UUID | None, **how: Any
    ) -> ExecutionResult:
        return await self.engine.execute(asked.query, asked.variables(event), None, viewer, **how)


def ending(problem: Problem) -> Any:
    """The errors that tell a subscriber why it has ended, as JSON values."""
    return orjson.loads(problem.body())["errors"]


def whose(viewer: Viewer) -> object:
    """Whom limits count a viewer's for."""
    return (viewer.kind, viewer.principal_id or viewer.customer_id or viewer.provider_id or viewer.staff_id)


def _is_lost(body: bytes) -> bool:
    """Whether an answer with errors is one because the platform could not read it."""
    errors = orjson.loads(body).get("errors", ())
    return any(one.get("extensions", {}).get("code") in LOST for one in errors)
