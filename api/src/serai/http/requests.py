"""What surrounds every request: its id, one line in the log, and an answer when all else fails."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from random import Random
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serai.errors import CompileBusy, DatabaseUnavailable, PoolTimeout
from serai.storage.losing import is_lost

from .logs import REQUEST_ID, REQUESTS, log_request, mask
from .problems import Problem

__all__ = ["LastResort", "RequestLog", "as_problem", "internal_error", "sane_id"]

SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{8,128}")
MAX_LOGGED_PATH = 200
STOPPING = Problem(
    503,
    "STOPPING",
    "The service stopped before it was done: try again, with the same idempotency key if it was a change",
    headers={"retry-after": "1", "connection": "close"},
)

# An id tells requests apart and guards nothing; the system's randomness is a call to it each time.
_random = Random()

log = structlog.stdlib.get_logger(REQUESTS)


class RequestLog:
    """Gives every request an id (the caller's ``X-Request-ID`` if it is sane), returns it, and logs one line.

    ``scope["state"]`` holds ``request_id`` and ``facts``, a dict to which the request's handler adds what the
    line should say. The line never holds the query string, headers or the body.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        quiet_prefix: str = "/health/",
        request_id: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self._app = app
        self._quiet_prefix = quiet_prefix
        self._request_id = request_id
        self._facts = facts or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._request_id or _request_id(scope)
        facts: dict[str, Any] = dict(self._facts)
        # A new dict: the one the server hands over is shared by all requests of a process.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "facts": facts}
        header = (b"x-request-id", request_id.encode())
        status = 0
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        bound = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            took_s = time.perf_counter() - started
            method, path, said = scope["method"], _loggable_path(scope), status or "unanswered"
            if scope["path"].startswith(self._quiet_prefix) and status < 400:
                duration_ms = round(took_s * 1000, 1)
                log.debug("request", method=method, path=path, status=said, duration_ms=duration_ms, **facts)
            else:
                log_request(request_id, method, path, said, took_s, facts)
            REQUEST_ID.reset(bound)


class LastResort:
    """Turns what nobody caught into an answer that tells nothing but an id; the log has the rest under it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watching(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watching)
        except asyncio.CancelledError:
            # The server stops and has waited long enough.
            if not started:
                await STOPPING(scope, receive, send)
            raise
        except Exception as error:  # the last place before the caller: whatever it is, they must not see it
            request_id = scope.get("state", {}).get("request_id", "")
            problem = as_problem(error, request_id)
            if problem.status == 500:
                log.exception("request failed", id=request_id)
            else:
                log.warning("request refused", reason=problem.code)
            if started:
                raise
            await problem(scope, receive, send)


def internal_error(id: str) -> Problem:
    """The one thing a caller is told about an error that is ours."""
    return Problem(500, "INTERNAL", "Internal error", extensions={"id": id})


def unavailable(code: str, request_id: str) -> Problem:
    """What is told while the database is away or busy: a mutation is repeated under its key."""
    return Problem(
        503,
        code,
        "The service cannot answer right now: try again in a moment",
        extensions={"id": request_id, "retriable": True},
        headers={"retry-after": "1"},
    )


def as_problem(error: Exception, request_id: str) -> Problem:
    """What a caller is told about an error."""
    match error:
        case Problem():
            return error
        case CompileBusy():
            return Problem(
                503,
                error.code,
                error.message,
                extensions={"id": request_id, "retriable": True, "hint": error.hint},
                headers={"retry-after": str(error.data["retry_after_s"])},
            )
        case PoolTimeout():
            return unavailable(error.code, request_id)
        case _ if is_lost(error):
            return unavailable(DatabaseUnavailable.code, request_id)
        case _:
            return internal_error(request_id)


def sane_id(given: bytes | None) -> str:
    """The id of a request: the caller's, if it sent one that is sane, or a new one."""
    if given is not None and SANE_ID.fullmatch(given):
        return str(mask(str(given, "ascii")))
    return f"{_random.getrandbits(128):032x}"


def _request_id(scope: Scope) -> str:
    """By the first header of the name that is sane."""
    given = (value for name, value in scope["headers"] if name == b"x-request-id")
    return sane_id(next((value for value in given if SANE_ID.fullmatch(value)), None))


def _loggable_path(scope: Scope) -> str:
    """The path as it was on the wire: still percent-encoded, so that it cannot forge lines of a log."""
    raw: bytes = scope.get("raw_path") or b""
    path = raw.partition(b"?")[0].decode("latin-1")
    return str(mask(ascii(path)[1:-1][:MAX_LOGGED_PATH]))
