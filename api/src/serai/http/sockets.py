"""Operations over a web socket, by the protocol ``graphql-transport-ws`` (the library graphql-ws and its like)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from contextlib import aclosing
from functools import partial
from typing import Any, Final

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from serai.errors import SeraiError
from serai.storage.losing import is_lost
from serai_sdk.context import Viewer

from .bodies import nesting_exceeds
from .engine import Authenticate
from .headers import Headers
from .logs import REQUEST_ID
from .operations import MAX_NESTING, Operation, from_request
from .problems import Problem
from .requests import as_problem, sane_id
from .subscriptions import STOPPING, Subscriptions, ending, whose
from .tokens import AuthenticationError

__all__ = ["PROTOCOL", "Sockets"]

PROTOCOL: Final = "graphql-transport-ws"
LONGEST_REASON: Final = 123
"""Bytes of a reason for closing that a frame has room for."""
LONGEST_ID: Final = 256

BAD_REQUEST: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
UNACCEPTABLE: Final = 4406
INIT_TIMEOUT: Final = 4408
DUPLICATE: Final = 4409
INIT_AGAIN: Final = 4429
RESTART: Final = 1012
TRY_LATER: Final = 1013

log = structlog.stdlib.get_logger("serai.sockets")


class Closed(Exception):
    """The socket is to be closed, with that code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """Whoever was there is gone."""


class Sockets:
    """Serves web sockets. A viewer has at most ``per_viewer`` of them in this process, all together ``in_all``.

    Who does not say who they are within ``init_s`` seconds is sent away. One socket carries at most ``at_once``
    operations at a time. ``look_s`` is how often it is looked whether a token still holds while nothing happens.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        authenticate: Authenticate,
        *,
        init_s: float = 10.0,
        look_s: float = 12.0,
        at_once: int = 20,
        per_viewer: int = 20,
        in_all: int = 2_000,
    ) -> None:
        self.subscriptions = subscriptions
        self.authenticate = authenticate
        self.init_s = init_s
        self.look_s = look_s
        self.at_once = at_once
        self.per_viewer = per_viewer
        self.in_all = in_all
        self.open: Counter[object] = Counter()
        self.strangers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until either side ends it."""
        await receive()
        speaks = PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if speaks else None})
        socket = _Socket(self, receive, send, Headers(scope).get(b"authorization"))
        try:
            if not speaks:
                raise Closed(UNACCEPTABLE, "Subprotocol not acceptable")
            if self.strangers >= self.in_all:
                raise Closed(TRY_LATER, "Too many connections")
            await socket.serve()
        except Closed as closed:
            await socket.close(closed)
        except Gone:
            pass
        finally:
            await socket.end()


class _Socket:
    """One web socket and the operations that run over it."""

    def __init__(self, sockets: Sockets, receive: Receive, send: Send, authorization: str | None) -> None:
        self._sockets = sockets
        self._receive = receive
        self._send = send
        self._authorization = authorization
        self._who: object | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._closed: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self._looking: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Take messages until the socket is closed."""
        await self._introduced()
        self._looking = asyncio.create_task(self._look())
        while True:
            message = await self._message()
            match message.get("type"):
                case "ping":
                    await self._pong(message)
                case "pong":
                    pass
                case "subscribe":
                    self._subscribe(message)
                case "complete":
                    running = self._running.pop(_id_of(message), None)
                    if running is not None:
                        running.cancel()
                case "connection_init":
                    raise Closed(INIT_AGAIN, "Too many initialisation requests")
                case _:
                    raise Closed(BAD_REQUEST, "Unknown type of message")

    async def close(self, closed: Closed) -> None:
        """Tell the other side that it is over, unless it is gone."""
        reason = closed.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with contextlib.suppress(Exception):  # whatever the server says: nobody is there
            await self._send({"type": "websocket.close", "code": closed.code, "reason": reason})

    async def end(self) -> None:
        """Stop what runs, and count it no longer."""
        tasks = [*self._running.values(), *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._who is not None:
            self._sockets.open[self._who] -= 1
            if not self._sockets.open[self._who]:
                del self._sockets.open[self._who]

    # -- who is there

    async def _introduced(self) -> None:
        """Wait for who is there to say so."""
        self._sockets.strangers += 1
        try:
            async with asyncio.timeout(self._sockets.init_s):
                while (message := await self._message()).get("type") != "connection_init":
                    match message.get("type"):
                        case "ping":
                            await self._pong(message)
                        case "pong":
                            pass
                        case "subscribe":
                            raise Closed(UNAUTHORIZED, "Unauthorized")
                        case "complete":
                            pass
                        case _:
                            raise Closed(BAD_REQUEST, "Unknown type of message")
        except TimeoutError:
            raise Closed(INIT_TIMEOUT, "Connection initialisation timeout") from None
        finally:
            self._sockets.strangers -= 1
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(BAD_REQUEST, "The payload of 'connection_init' is not an object")
        given = {str(key).lower(): value for key, value in (payload or {}).items()}.get("authorization")
        if given is not None:
            if not isinstance(given, str):
                raise Closed(BAD_REQUEST, "'Authorization' is not a string")
            self._authorization = given
        viewer = await self._viewer()
        who = whose(viewer)
        limits = self._sockets
        if limits.open[who] >= limits.per_viewer or limits.open.total() >= limits.in_all:
            raise Closed(TRY_LATER, "Too many connections")
        limits.open[who] += 1
        self._who = who
        await self._tell(b'{"type":"connection_ack"}')

    async def _viewer(self) -> Viewer:
        try:
            return await self._sockets.authenticate(self._authorization)
        except AuthenticationError as error:
            raise Closed(FORBIDDEN, f"Forbidden: {error.message}") from error
        except Exception as error:
            if not isinstance(error, SeraiError | OSError) and not is_lost(error):
                raise
            raise Closed(TRY_LATER, "The service cannot answer right now") from error

    async def _look(self) -> None:
        """Whether the token still holds, now and then."""
        while True:
            await asyncio.sleep(self._sockets.look_s)
            try:
                await self._viewer()
            except Closed as closed:
                if closed.code == FORBIDDEN:
                    self._close_with(closed)
                    return

    # -- operations

    def _subscribe(self, message: dict[str, Any]) -> None:
        id = _id_of(message)
        if id in self._running:
            raise Closed(DUPLICATE, f"Subscriber for {id} already exists")
        try:
            operation = from_request(message.get("payload"))
        except Problem as problem:
            raise Closed(BAD_REQUEST, problem.message) from None
        is_one_too_many = len(self._running) >= self._sockets.at_once
        task = asyncio.create_task(self._run(id, operation, is_one_too_many=is_one_too_many))
        self._running[id] = task

    async def _run(self, id: str, operation: Operation, *, is_one_too_many: bool) -> None:
        """One operation, until it has ended; its id is free again before that is told."""
        quoted = orjson.dumps(id)
        request_id = sane_id(None)
        REQUEST_ID.set(request_id)
        how = {
            "idempotency_key": None,
            "allow_mutations": True,
            "request_id": request_id,
            "with_plan": False,
        }
        try:
            if is_one_too_many:
                most = self._sockets.at_once
                raise Problem(
                    429, "TOO_MANY_SUBSCRIPTIONS", f"More than {most} operations run on this socket"
                )
            viewer = await self._viewer()
            begun = await self._sockets.subscriptions.begin(operation, viewer, **how)
            if hasattr(begun, "query"):
                await self._follow(quoted, begun, viewer, how)
            elif begun.status_hint == "ok":
                await self._tell(b'{"id":%b,"type":"next","payload":%b}' % (quoted, begun.body))
            else:
                self._forget(id)
                await self._fail(quoted, orjson.loads(begun.body)["errors"])
                return
            self._forget(id)
            await self._tell(b'{"id":%b,"type":"complete"}' % quoted)
        except AuthenticationError as error:
            self._close_with(Closed(FORBIDDEN, f"Forbidden: {error.message}"))
        except Closed as closed:
            self._close_with(closed)
        except Gone:
            pass
        except Exception as error:  # the last place before the caller, as for requests
            problem = as_problem(error, request_id)
            if problem.code == STOPPING.code:
                self._close_with(Closed(RESTART, "Service Restart"))
                return
            if problem.status == 500:
                log.exception("operation failed", id=request_id)
            self._forget(id)
            with contextlib.suppress(Gone):
                await self._fail(quoted, ending(problem))

    async def _follow(self, quoted: bytes, asked: Any, viewer: Viewer, how: dict[str, Any]) -> None:
        subscriptions, authenticate = self._sockets.subscriptions, self._sockets.authenticate
        with subscriptions.opened(viewer):
            telling = subscriptions.told(
                asked, partial(authenticate, self._authorization), beat_s=self._sockets.look_s, **how
            )
            async with aclosing(telling) as told:  # type: ignore[type-var]  # a generator can be closed
                async for body in told:
                    if body is not None:
                        await self._tell(b'{"id":%b,"type":"next","payload":%b}' % (quoted, body))

    def _forget(self, id: str) -> None:
        if self._running.get(id) is asyncio.current_task():
            del self._running[id]

    async def _fail(self, quoted: bytes, errors: Any) -> None:
        await self._tell(b'{"id":%b,"type":"error","payload":%b}' % (quoted, orjson.dumps(errors)))

    # -- messages

    def _close_with(self, closed: Closed) -> None:
        if not self._closed.done():
            self._closed.set_result(closed)

    async def _message(self) -> dict[str, Any]:
        """The next message; ``Closed`` as soon as anything else wants the socket closed."""
        receiving = asyncio.ensure_future(self._receive())
        either: set[asyncio.Future[Any]] = {receiving, self._closed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._closed.done():
                raise self._closed.result()
            received = receiving.result()
        finally:
            if not receiving.done():
                receiving.cancel()
        if received["type"] == "websocket.disconnect":
            raise Gone
        text = received.get("text")
        if text is None:
            raise Closed(BAD_REQUEST, "Messages are text")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Closed(BAD_REQUEST, "The message is not valid JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(BAD_REQUEST, "The message is not an object with a 'type'")
        if nesting_exceeds(message, MAX_NESTING + 2):
            raise Closed(BAD_REQUEST, f"The message is nested deeper than {MAX_NESTING} levels")
        return message

    async def _pong(self, message: dict[str, Any]) -> None:
        """Answer a ping with what it carries."""
        answer = {"type": "pong"} | ({"payload": message["payload"]} if "payload" in message else {})
        await self._tell(orjson.dumps(answer))

    async def _tell(self, text: bytes) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text.decode()})
        except (OSError, RuntimeError) as error:
            raise Gone from error


def _id_of(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID:
        raise Closed(BAD_REQUEST, f"'id' must be a string of 1 to {LONGEST_ID} characters")
    return id
