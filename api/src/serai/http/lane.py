"""The fast lane: operations seen before, sent by POST as most clients send them, without the layers of the framework.

What is out of the ordinary goes to the slow lane, which can answer everything: an unusual header, a body in parts,
whatever is to be refused, a document that has no plan yet. Both answer with the same bytes and log the same line.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .bodies import Begun
from .engine import Authenticate, Engine
from .graphql import GRAPHQL_NAME, PLAN_HEADER, answer, read_key, status_of
from .logs import REQUEST_ID, log_request
from .media import GRAPHQL, JSON, MAX_LENGTH, MediaType, preferred
from .operations import Operation, from_body
from .problems import Problem
from .requests import LastResort, RequestLog, sane_id
from .tokens import AuthenticationError

__all__ = ["FastLane"]

PATH: Final = "/graphql"
RAW_PATH: Final = PATH.encode()
PLAIN_JSON: Final = frozenset(
    (
        b"application/json",
        b"application/json; charset=utf-8",
        b"application/json; charset=UTF-8",
        b"application/json;charset=utf-8",
        b"application/json;charset=UTF-8",
    )
)


MOST_KNOWN: Final = 1024
LONGEST_KNOWN: Final = 4096
"""Of how many requests, of how many bytes each, it is remembered what their headers say."""
ITS_OWN: Final = frozenset((b"x-request-id", b"idempotency-key", b"traceparent"))
"""Headers that differ from one request to the next: what has them does not come again."""


class _Asked(NamedTuple):
    """What the headers of an ordinary request say."""

    request_id: str | None
    media: MediaType
    authorization: str | None
    idempotency_key: str | None


class FastLane:
    """An ASGI application in front of another, which answers what this one does not."""

    def __init__(self, app: ASGIApp, engine: Engine, authenticate: Authenticate, *, body_limit: int) -> None:
        self._app = app
        self._engine = engine
        self._authenticate = authenticate
        self._body_limit = body_limit
        self._known: OrderedDict[tuple[tuple[bytes, bytes], ...], _Asked] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        asked = self._asked(scope)
        if asked is None:
            await self._app(scope, receive, send)
            return
        begun: list[Begun] = []
        facts: dict[str, Any] = {}
        request_id = asked.request_id or sane_id(None)
        bound = REQUEST_ID.set(request_id)
        try:
            # Who asks is settled before the body is read: a stranger's megabyte is not worth reading.
            viewer = await self._authenticate(asked.authorization)
            operation = self._operation(receive, begun)
            if operation is None:
                result = None
            else:
                facts["viewer"] = viewer.kind
                if operation.name is not None and GRAPHQL_NAME.fullmatch(operation.name):
                    facts["operation"] = operation.name
                prepared = self._engine.prepared(
                    operation.document,
                    operation.variables,
                    operation.name,
                    viewer,
                    idempotency_key=asked.idempotency_key,
                    request_id=request_id,
                )
                result = None if prepared is None else await prepared()
        except AuthenticationError:
            result = None
        except BaseException as error:
            await _surrounded(error, request_id, facts)(scope, receive, send)
            return
        finally:
            REQUEST_ID.reset(bound)
        if result is None:
            await self._app(scope, _again(begun, receive), send)
            return
        status = status_of(result, asked.media)
        try:
            await answer(send, result, asked.media, status, (b"x-request-id", request_id.encode()))
        finally:
            if result.errors:
                facts["errors"] = result.errors
            log_request(request_id, "POST", PATH, status, time.perf_counter() - started, facts)

    def _asked(self, scope: Scope) -> _Asked | None:
        """What the headers say, if they are ordinary; clients send the same ones again and again."""
        if scope.get("raw_path") != RAW_PATH:
            return None
        given = tuple(scope["headers"])
        known = self._known.get(given)
        if known is None:
            known = self._read(given)
            if known is not None and _comes_again(given):
                self._known[given] = known
                if len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
        return known

    def _read(self, given: tuple[tuple[bytes, bytes], ...]) -> _Asked | None:
        headers: Mapping[bytes, bytes] = dict(given)
        get = headers.get
        if len(headers) != len(given):
            return None
        if get(b"content-type") not in PLAIN_JSON or b"content-encoding" in headers or PLAN_HEADER in headers:
            return None
        length = get(b"content-length")
        if length is None or not length.isdigit() or len(length) > 18 or int(length) > self._body_limit:
            return None
        media = _accepted(get(b"accept"))
        if media is None:
            return None
        key = None
        if b"idempotency-key" in headers:
            try:
                key = read_key(_text(headers[b"idempotency-key"]))
            except Problem:
                return None
        own = get(b"x-request-id")
        return _Asked(None if own is None else sane_id(own), media, _text(get(b"authorization")), key)

    def _operation(self, receive: Receive, begun: list[Begun]) -> Operation | None:
        """What is asked for, if the whole body is there and in order; ``begun`` gets what was received."""
        body, more = b"", True
        while more:
            one = Begun(receive())
            begun.append(one)
            if not one.is_done:
                return None
            message = one.answer
            if message["type"] != "http.request":
                return None
            part, more = message.get("body", b""), message.get("more_body", False)
            body = body + part if body else part
            if len(body) > self._body_limit:
                return None
        try:
            return from_body(body)
        except Problem:
            return None


def _comes_again(given: tuple[tuple[bytes, bytes], ...]) -> bool:
    if any(name in ITS_OWN for name, _ in given):
        return False
    return sum(len(name) + len(value) for name, value in given) <= LONGEST_KNOWN


def _accepted(accept: bytes | None) -> MediaType | None:
    return None if accept is not None and len(accept) > MAX_LENGTH else _media(accept)


@lru_cache(maxsize=512)
def _media(accept: bytes | None) -> MediaType | None:
    return preferred(_text(accept) or "*/*", (JSON, GRAPHQL))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _again(begun: list[Begun], receive: Receive) -> Receive:
    """A receive that begins with what was received, or is still waited for."""
    first = iter(begun)

    async def again() -> Message:
        one = next(first, None)
        message: Message = await receive() if one is None else await one
        return message

    return again


def _surrounded(error: BaseException, request_id: str, facts: Mapping[str, Any]) -> ASGIApp:
    """What answers, and logs, an error as the slow lane would."""

    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    return RequestLog(LastResort(fail), request_id=request_id, facts=facts)
