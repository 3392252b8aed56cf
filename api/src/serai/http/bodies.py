"""A request's body: read in pieces up to a limit and a deadline, and decoded as JSON that cannot hurt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from functools import partial
from typing import Any

import orjson
from starlette.types import Receive

from .problems import Problem

__all__ = ["BodyGone", "nesting_exceeds", "parse_json", "read_body"]


class BodyGone(Exception):
    """The caller went away before the body was complete: there is nobody to answer."""


async def read_body(receive: Receive, *, content_length: int | None, limit: int, deadline_s: float) -> bytes:
    """The whole body; 413 as soon as it is known to exceed ``limit`` bytes, 408 if it takes too long."""
    if content_length is not None and content_length > limit:
        raise too_large(limit)
    message = await _next(receive, deadline_s)
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        body = await _rest(body, receive, limit=limit, deadline_s=deadline_s)
    if len(body) > limit:
        raise too_large(limit)
    return body


async def _rest(first: bytes, receive: Receive, *, limit: int, deadline_s: float) -> bytes:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + deadline_s
    parts, size, more = [first], len(first), True
    while more:
        message = await _next(receive, ends_at - loop.time())
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _next(receive: Receive, timeout_s: float) -> Any:
    begun = Begun(receive())
    if begun.is_done:
        message = begun.answer
    else:
        try:
            async with asyncio.timeout(timeout_s):
                message = await begun
        except TimeoutError:
            raise Problem(
                408, "REQUEST_TIMEOUT", "The body did not arrive in time", headers={"connection": "close"}
            ) from None
    if message["type"] == "http.disconnect":
        raise BodyGone
    return message


class Begun:
    """Something awaitable, run as far as it gets without waiting: it may be done by then, and needs no deadline.

    What it waits for otherwise is handed on to the task that awaits it, as the task itself would have got it.
    """

    __slots__ = ("_steps", "_waited", "answer", "is_done")

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._steps = awaitable.__await__()
        self.answer: Any = None
        try:
            self._waited = self._steps.send(None)
        except StopIteration as done:
            self.answer, self.is_done = done.value, True
        else:
            self.is_done = False

    def __await__(self) -> Generator[Any, Any, Any]:
        if self.is_done:
            return self.answer
        waited = self._waited
        while True:
            try:
                sent = yield waited
            except BaseException as error:  # a cancellation, which is for what is awaited
                step = partial(self._steps.throw, error)
            else:
                step = partial(self._steps.send, sent)
            try:
                waited = step()
            except StopIteration as done:
                return done.value


def too_large(limit: int) -> Problem:
    """The answer to a body over the limit; the rest of it is not read, so the connection ends."""
    return Problem(
        413,
        "BODY_TOO_LARGE",
        f"The body is larger than {limit} bytes",
        extensions={"limit": limit},
        headers={"connection": "close"},
    )


def parse_json(text: bytes | str, *, what: str) -> Any:
    """JSON by RFC 8259 in UTF-8; anything else (lone surrogates, NaN, numbers beyond a double) is a 400."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # The parser's own message quotes no input, but says nothing a caller could use beyond this.
        raise Problem(400, "BAD_REQUEST", f"{what} is not valid JSON in UTF-8") from None


def nesting_exceeds(value: Any, limit: int) -> bool:
    """Whether lists and objects are nested deeper than ``limit``."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
