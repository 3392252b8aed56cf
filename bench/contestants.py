"""The processes that are compared. Each says on standard output when it is ready, and ends when its input does.

`serai`: the whole platform over HTTP, with a token, access rules, logs and the booking plug-in.
`bare`: the very statements the platform sends, sent by asyncpg alone, without HTTP or anything else around them.
`conventional`: the same schema in resolvers and data loaders, over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGTERM
from typing import Any

import asyncpg
import uvicorn
import uvloop
from pydantic import SecretStr

from serai.app import Platform, assemble, create_app, open_platform
from serai.core.viewers import ViewerLoader, find_acting
from serai.http import open_tokens
from serai.http.logs import configure_logs
from serai.http.server import create_server
from serai.settings import Settings
from serai.storage import open_orm
from serai.storage.sessions import connection_arguments

from . import conventional
from .load import CONNECTIONS
from .queries import QUERIES, variable_sets


def settings_for(url: str, data_dir: Path) -> Settings:
    """As in production, with as many connections as the client has."""
    return Settings(
        database_url=SecretStr(url),
        data_dir=data_dir,
        environment="production",
        pool_size=CONNECTIONS,
        orm_pool_size=CONNECTIONS,
        log_format="json",
    )


async def serve_serai(url: str, data_dir: Path) -> None:
    settings = settings_for(url, data_dir)
    configure_logs(format=settings.log_format, level=settings.log_level)
    platform = await open_platform(settings)
    try:
        tokens = open_tokens(settings.data_dir, audience=settings.token_audience)
        token = tokens.issue(await find_acting(platform.pool, "staff:operator"))
        listening = _listen()
        server = create_server(create_app(platform), host="127.0.0.1", port=0, shutdown_grace_s=1)
        await _serve(server, listening, token=token)
    finally:
        await platform.close()


async def serve_conventional(url: str, data_dir: Path) -> None:
    settings = settings_for(url, data_dir)
    orm = await open_orm(url, assemble(settings).apps, pool_size=CONNECTIONS)
    try:
        config = uvicorn.Config(conventional.create_app(), log_config=None, access_log=False)
        await _serve(uvicorn.Server(config), _listen(), token=None)
    finally:
        await orm.close()


async def serve_bare(url: str, data_dir: Path) -> None:
    """Answers commands: how many statements of a query it gets done in so many seconds, or one answer."""
    sent = await _statements(url, data_dir)
    connections = [
        await asyncpg.connect(url, **connection_arguments(application_name="bench"))
        for _ in range(CONNECTIONS)
    ]
    try:
        prepared = {
            name: [await connection.prepare(sql) for connection in connections]
            for name, (sql, _) in sent.items()
        }
        _say({"ready": True})
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            fetches = [statement.fetchval for statement in prepared[command["query"]]]
            values = sent[command["query"]][1]
            if "answer" in command:
                _say({"answer": await fetches[0](*values[command["answer"]])})
            else:
                _say(await _repeat(fetches, values, seconds=command["seconds"], skip=command["skip"]))
    finally:
        for connection in connections:
            connection.terminate()


async def _repeat(
    fetches: Sequence[Callable[..., Awaitable[Any]]],
    values: Sequence[Sequence[Any]],
    *,
    seconds: float,
    skip: int,
) -> dict[str, float]:
    turn, answered = skip, 0
    started = time.perf_counter()
    until = started + seconds

    async def work(fetch: Callable[..., Awaitable[Any]]) -> None:
        nonlocal turn, answered
        while time.perf_counter() < until:
            mine = values[turn % len(values)]
            turn += 1
            await fetch(*mine)
            answered += 1

    await asyncio.gather(*(work(fetch) for fetch in fetches))
    return {"answered": answered, "seconds": time.perf_counter() - started}


async def _statements(url: str, data_dir: Path) -> Mapping[str, tuple[str, Sequence[Sequence[Any]]]]:
    """What the platform sends for each query: one statement, and its arguments for every set of variables."""
    platform: Platform = await open_platform(settings_for(url, data_dir))
    found: dict[str, tuple[str, list[Sequence[Any]]]] = {}
    heard: list[tuple[str, Sequence[Any]]] = []
    try:
        acting = await find_acting(platform.pool, "staff:operator")
        viewer = await ViewerLoader(platform.pool, implied=platform.assembly.implied)(acting.kind, acting.id)
        assert viewer is not None
        sets = await variable_sets(url)
        platform.pool.observers.append(lambda sql, arguments: heard.append((sql, arguments)))
        for query in QUERIES:
            for variables in sets[query.name]:
                heard.clear()
                await platform.engine.execute(query.document, dict(variables), None, viewer)
                await asyncio.sleep(0)
                ((sql, arguments),) = heard
                if found.setdefault(query.name, (sql, []))[0] != sql:
                    raise AssertionError(f"{query.name} is not always the same statement")
                found[query.name][1].append(arguments)
    finally:
        await platform.close()
    return found


def _listen() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


async def _serve(server: uvicorn.Server, listening: socket.socket, *, token: str | None) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    threading.Thread(target=_end_with_input, daemon=True).start()
    _say({"port": listening.getsockname()[1], "token": token})
    await serving


def _end_with_input() -> None:
    """Ends this process when the one that started it is gone."""
    sys.stdin.read()
    os.kill(os.getpid(), SIGTERM)


def _say(what: Mapping[str, Any]) -> None:
    print(json.dumps(what), flush=True)


SERVE = {"serai": serve_serai, "bare": serve_bare, "conventional": serve_conventional}

if __name__ == "__main__":
    contestant, url, data_dir, core = sys.argv[1:]
    if core != "any":
        os.sched_setaffinity(0, {int(core)})
    uvloop.run(SERVE[contestant](url, Path(data_dir)))
