"""Subscriptions as server-sent events: the «distinct connections mode» of graphql-sse, one operation a request."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from serai_sdk.context import Viewer

from .engine import Authenticate, ExecutionResult
from .operations import Operation
from .problems import Problem
from .subscriptions import Subscribed, Subscriptions

__all__ = ["EVENT_STREAM", "Streams"]

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
COMMENT: Final = b":\n\n"


class Streams:
    """Answers operations as streams; something is sent every ``ping_s`` seconds: proxies then keep the connection."""

    def __init__(
        self, subscriptions: Subscriptions, authenticate: Authenticate, *, ping_s: float = 12.0
    ) -> None:
        self._subscriptions = subscriptions
        self._authenticate = authenticate
        self._ping_s = ping_s

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
        begun = await self._subscriptions.begin(operation, viewer, **how)
        if not hasattr(begun, "query"):
            await self._begin(send)
            await _tell_last(send, begun.body)
            return
        with self._subscriptions.opened(viewer):
            await self._until_gone(receive, self._stream(send, begun, authorization, **how))

    async def _until_gone(self, receive: Receive, telling: Any) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        streaming = asyncio.ensure_future(telling)
        try:
            await asyncio.wait({gone, streaming}, return_when=asyncio.FIRST_COMPLETED)
            if streaming.done():
                streaming.result()
        finally:
            for task in (gone, streaming):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _stream(
        self, send: Send, asked: Subscribed | ExecutionResult, authorization: str | None, **how: Any
    ) -> None:
        await self._begin(send)
        authenticate = partial(self._authenticate, authorization)
        telling = self._subscriptions.told(asked, authenticate, beat_s=self._ping_s, **how)  # type: ignore[arg-type]  # it has a query
        try:
            async with aclosing(telling) as told:  # type: ignore[type-var]  # a generator can be closed
                async for body in told:
                    # who has the first comment knows that nothing from now on is missed
                    await _tell(send, COMMENT if body is None else _next(body))
        except Problem as problem:
            await _tell_last(send, problem.body())

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})


def _next(body: bytes) -> bytes:
    # JSON of one line: line breaks within texts are escaped
    return b"event: next\ndata: " + body.replace(b"\n", b" ") + b"\n\n"


async def _tell(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _tell_last(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": _next(body) + COMPLETE, "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
