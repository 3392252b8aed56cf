"""Subscriptions as server-sent events: the «distinct connections mode» of graphql-sse, one operation a request."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol
from uuid import UUID

import orjson
from starlette.types import Receive, Scope, Send

from serai_sdk.context import Viewer

from .engine import Authenticate, Engine, ExecutionResult
from .operations import Operation
from .problems import Problem

__all__ = ["EVENT_STREAM", "Follow", "Streams", "Subscribed"]

EVENT_STREAM: Final = "text/event-stream"
HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, authorization"),
    (b"x-content-type-options", b"nosniff"),
    # nginx would gather the events otherwise
    (b"x-accel-buffering", b"no"),
)
COMPLETE: Final = b"event: complete\ndata:\n\n"
SLOW: Final = {
    "message": "More has happened than you have taken, and it was not kept for you.",
    "extensions": {
        "code": "SUBSCRIBER_TOO_SLOW",
        "hint": "subscribe again, `after` the last event you have seen",
    },
}


class Subscribed(Protocol):
    """A subscription as it was asked for."""

    @property
    def query(self) -> str: ...
    @property
    def nothing(self) -> bytes: ...
    def variables(self, event: UUID | None = None) -> dict[str, Any]:
        """The variables that read a delivery."""


Follow = Callable[[Any], AbstractAsyncContextManager[AsyncIterator[UUID]]]
"""The events a subscription is told of from when the block begins, by their ids; they raise ``too_slow``."""


class Streams:
    """Answers operations as streams.

    Each delivery is read for who the subscriber is at that moment: a token that has ended, or was taken back, ends the
    stream. Within ``ping_s`` seconds something is sent, so that proxies keep the connection. A viewer has at most
    ``per_viewer`` streams in this process, all together ``in_all``.
    """

    def __init__(
        self,
        engine: Engine,
        authenticate: Authenticate,
        follow: Follow,
        *,
        too_slow: type[Exception],
        ping_s: float = 12.0,
        per_viewer: int = 20,
        in_all: int = 2_000,
    ) -> None:
        self._engine = engine
        self._authenticate = authenticate
        self._follow = follow
        self._too_slow = too_slow
        self._ping_s = ping_s
        self._per_viewer = per_viewer
        self._in_all = in_all
        self._open: Counter[object] = Counter()

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        operation: Operation,
        viewer: Viewer,
        authorization: str | None,
        **how: Any,
    ) -> None:
        """Answer one operation, until it ends or whoever asked goes away."""
        asked = await self._engine.subscription(operation.document, operation.variables, operation.name)
        if asked is None or not hasattr(asked, "query"):
            if asked is None:
                asked = await self._engine.execute(
                    operation.document, operation.variables, operation.name, viewer, **how
                )
            await self._begin(send)
            await _tell(send, _next(asked.body) + COMPLETE, is_last=True)
            return
        tried = await self._read(asked, viewer, None, **how)
        if tried.errors:
            await self._begin(send)
            await _tell(send, _next(tried.body) + COMPLETE, is_last=True)
            return
        who = (
            viewer.kind,
            viewer.principal_id or viewer.customer_id or viewer.provider_id or viewer.staff_id,
        )
        if self._open[who] >= self._per_viewer or self._open.total() >= self._in_all:
            raise Problem(
                429, "TOO_MANY_SUBSCRIPTIONS", f"More than {self._per_viewer} of your subscriptions are open"
            )
        self._open[who] += 1
        gone = asyncio.ensure_future(_until_gone(receive))
        streaming = asyncio.ensure_future(self._stream(send, asked, authorization, **how))
        try:
            await asyncio.wait({gone, streaming}, return_when=asyncio.FIRST_COMPLETED)
            if streaming.done():
                streaming.result()
        finally:
            for task in (gone, streaming):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]

    async def _stream(self, send: Send, asked: Subscribed, authorization: str | None, **how: Any) -> None:
        await self._begin(send)
        async with self._follow(asked) as events:
            # who has it knows that nothing from now on is missed
            await _tell(send, b":\n\n")
            await self._deliver(send, asked, events, authorization, **how)

    async def _deliver(
        self,
        send: Send,
        asked: Subscribed,
        events: AsyncIterator[UUID],
        authorization: str | None,
        **how: Any,
    ) -> None:
        coming = asyncio.ensure_future(anext(events))
        try:
            while True:
                await asyncio.wait({coming}, timeout=self._ping_s)
                viewer = await self._authenticate(authorization)
                if not coming.done():
                    await _tell(send, b":\n\n")
                    continue
                event = coming.result()
                coming = asyncio.ensure_future(anext(events))
                told = await self._read(asked, viewer, event, **how)
                if told.body != asked.nothing:
                    await _tell(send, _next(told.body))
        except Problem as problem:
            await _tell(send, _next(problem.body()) + COMPLETE, is_last=True)
        except self._too_slow:
            await _tell(send, _next(orjson.dumps({"errors": [SLOW]})) + COMPLETE, is_last=True)
        finally:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await coming

    async def _read(
        self, asked: Subscribed, viewer: Viewer, event: UUID | None, **how: Any
    ) -> ExecutionResult:
        return await self._engine.execute(asked.query, asked.variables(event), None, viewer, **how)

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})


def _next(body: bytes) -> bytes:
    # JSON of one line: line breaks within texts are escaped
    return b"event: next\ndata: " + body.replace(b"\n", b" ") + b"\n\n"


async def _tell(send: Send, text: bytes, *, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": not is_last})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
