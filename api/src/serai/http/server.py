"""The server in front of the application: uvicorn, set up to log once, to say little and to stop gently."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from socket import socket
from typing import Any, Final, Literal, TypeVar

import uvicorn
from starlette.types import ASGIApp

from .graphql import DEFAULT_BODY_LIMIT

__all__ = ["create_server", "run_loop", "settle"]

T = TypeVar("T")

HTTP: Final[Literal["httptools", "h11"]] = "httptools" if find_spec("httptools") else "h11"
"""What parses requests; the one written in C is there on all usual platforms."""

LAST_WORDS_S: Final = 0.1
KEEP_ALIVE_S = 65
"""Longer than the 60 s after which most load balancers drop an idle connection: theirs must end first."""
SELDOM: Final = 50
"""How often younger objects are looked over before all are; Python's own measure is 10."""


class Server(uvicorn.Server):
    """A server that says when it begins to stop: what would go on for ever is ended then, and not cut off later."""

    on_stop: Callable[[], None] | None = None

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop, as uvicorn does."""
        if self.on_stop is not None:
            self.on_stop()
            # their last words are written before connections are asked to end
            await asyncio.sleep(LAST_WORDS_S)
        await super().shutdown(sockets)


def create_server(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    shutdown_grace_s: int,
    on_stop: Callable[[], None] | None = None,
    message_limit: int = DEFAULT_BODY_LIMIT,
) -> Server:
    """A server for the application; ``await server.serve()`` runs it until SIGINT or SIGTERM.

    From then on it accepts no connection, finishes requests in flight for up to ``shutdown_grace_s``
    seconds, and only then ends the application's lifespan; ``on_stop`` ends what would be in flight for ever.
    ``port`` 0 takes a free one. A message over a web socket has at most ``message_limit`` bytes.
    """
    server = Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="on",
            interface="asgi3",
            http=HTTP,
            ws="websockets-sansio",
            ws_max_size=message_limit,
            # what is told is small, and unpacking what strangers pack has no bound of its own
            ws_per_message_deflate=False,
            # whom a proxy speaks for is asked by nobody
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=shutdown_grace_s,
        )
    )
    server.on_stop = on_stop
    return server


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` on uvloop, where there is one (not on Windows): requests cost half as much of a processor."""
    if find_spec("uvloop") is None:
        return asyncio.run(main)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def settle() -> None:
    """Say that what is in memory stays there: the schema and all code. Collecting garbage then passes it over.

    For a process that serves until it ends, once it is ready. What it keeps of documents is walked seldom: it holds
    thousands of objects, no cycles, and a walk stops everybody for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], SELDOM)
