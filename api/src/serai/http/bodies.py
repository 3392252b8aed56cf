"""A request's body: read in pieces up to a limit and a deadline, and decoded as JSON that cannot hurt."""

from __future__ import annotations

import asyncio
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
    try:
        async with asyncio.timeout(timeout_s):
            message = await receive()
    except TimeoutError:
        raise Problem(
            408, "REQUEST_TIMEOUT", "The body did not arrive in time", headers={"connection": "close"}
        ) from None
    if message["type"] == "http.disconnect":
        raise BodyGone
    return message


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
