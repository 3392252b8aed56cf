"""The processes that are compared. Each says on standard output when it is ready, and ends when its input does.

`serai`: the whole platform over HTTP, with a token, access rules, logs and the booking plug-in.
`handwritten`: a prepared statement for each query behind a bare ASGI application, with the same rules, viewer look-up
and token check. `bare`: the same without any of these. `conventional`: the same schema in resolvers and data loaders.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from signal import SIGTERM
from typing import Any

import asyncpg
import uvicorn
import uvloop
from pydantic import SecretStr

from serai.app import assemble, create_app, open_platform
from serai.core.viewers import ViewerLoader, find_acting
from serai.http import open_tokens
from serai.http.logs import configure_logs
from serai.http.server import create_server, settle
from serai.http.tokens import Tokens
from serai.settings import Settings
from serai.storage import Pool, open_orm
from serai.storage.sessions import connection_arguments

from . import conventional
from .handwritten import Handwritten
from .queries import QUERIES

POOL = 16
"""Connections to the database, the same for all."""
VIEWERS = {"operator": "staff:operator", "member": "provider:"}


def settings_for(url: str, data_dir: Path) -> Settings:
    """As in production."""
    return Settings(
        database_url=SecretStr(url),
        data_dir=data_dir,
        environment="production",
        pool_size=POOL,
        orm_pool_size=POOL,
        log_format="json",
    )


async def serve_serai(url: str, data_dir: Path) -> None:
    settings = settings_for(url, data_dir)
    configure_logs(format=settings.log_format, level=settings.log_level)
    platform = await open_platform(settings)
    try:
        tokens = open_tokens(settings.data_dir, audience=settings.token_audience)
        issued = await _tokens(tokens, platform.pool)
        settle()
        server = create_server(create_app(platform), host="127.0.0.1", port=0, shutdown_grace_s=1)
        await _serve(server, _listen(), tokens=issued)
    finally:
        await platform.close()


async def serve_handwritten(url: str, data_dir: Path, *, is_guarded: bool = True) -> None:
    settings = settings_for(url, data_dir)
    assembly = assemble(settings)
    queries = [one for one in QUERIES if is_guarded or one.viewer == "operator"]
    async with AsyncExitStack() as stack:
        pool = await Pool.open(url, size=2)
        stack.push_async_callback(pool.close)
        connections = []
        for _ in range(POOL):
            connection = await asyncpg.connect(url, **connection_arguments(application_name="bench"))
            stack.callback(connection.terminate)
            connections.append(connection)
        tokens = open_tokens(data_dir, audience=settings.token_audience)
        app = await Handwritten.open(
            queries,
            connections=connections,
            tokens=tokens if is_guarded else None,
            load_viewer=ViewerLoader(pool, implied=assembly.implied) if is_guarded else None,
        )
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            interface="asgi3",
            loop="uvloop",
            http="httptools",
            ws="none",
        )
        issued = await _tokens(tokens, pool) if is_guarded else {}
        await _serve(uvicorn.Server(config), _listen(), tokens=issued)


async def serve_bare(url: str, data_dir: Path) -> None:
    await serve_handwritten(url, data_dir, is_guarded=False)


async def serve_conventional(url: str, data_dir: Path) -> None:
    settings = settings_for(url, data_dir)
    orm = await open_orm(url, assemble(settings).apps, pool_size=POOL)
    try:
        config = uvicorn.Config(conventional.create_app(), log_config=None, access_log=False)
        await _serve(uvicorn.Server(config), _listen(), tokens={})
    finally:
        await orm.close()


async def _tokens(tokens: Tokens, pool: Pool) -> Mapping[str, str]:
    return {name: tokens.issue(await find_acting(pool, who)) for name, who in VIEWERS.items()}


def _listen() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


async def _serve(server: uvicorn.Server, listening: socket.socket, *, tokens: Mapping[str, str]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    threading.Thread(target=_end_with_input, daemon=True).start()
    _say({"port": listening.getsockname()[1], "tokens": tokens})
    await serving


def _end_with_input() -> None:
    """Ends this process when the one that started it is gone."""
    sys.stdin.read()
    os.kill(os.getpid(), SIGTERM)


def _say(what: Mapping[str, Any]) -> None:
    print(json.dumps(what), flush=True)


SERVE = {
    "serai": serve_serai,
    "handwritten": serve_handwritten,
    "bare": serve_bare,
    "conventional": serve_conventional,
}

if __name__ == "__main__":
    contestant, url, data_dir, core = sys.argv[1:]
    if core != "any":
        os.sched_setaffinity(0, {int(core)})
    uvloop.run(SERVE[contestant](url, Path(data_dir)))
