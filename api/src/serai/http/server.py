"""The server in front of the application: uvicorn, set up to log once, to say little and to stop gently."""

from __future__ import annotations

import uvicorn
from starlette.types import ASGIApp

__all__ = ["create_server"]

KEEP_ALIVE_S = 65
"""Longer than the 60 s after which most load balancers drop an idle connection: theirs must end first."""


def create_server(app: ASGIApp, *, host: str, port: int, shutdown_grace_s: int) -> uvicorn.Server:
    """A server for the application; ``await server.serve()`` runs it until SIGINT or SIGTERM.

    From then on it accepts no connection, finishes requests in flight for up to ``shutdown_grace_s``
    seconds, and only then ends the application's lifespan. ``port`` 0 takes a free one.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=shutdown_grace_s,
        )
    )
