"""Over real connections: slow callers, kept connections, and a stop while somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from serai.http import Authenticator, Tokens, create_http_app, create_server

from .conftest import EchoEngine, load_viewer

HEAD = b"POST /graphql HTTP/1.1\r\nhost: serai\r\ncontent-type: application/json\r\n"


async def half(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("the secret")

    return StreamingResponse(parts())


class Lifespan:
    """Notes what happened in which order."""

    def __init__(self) -> None:
        self.events: list[str] = []

    @asynccontextmanager
    async def __call__(self, _app: Starlette) -> AsyncIterator[None]:
        self.events.append("opened")
        yield
        self.events.append("closed")


class Running:
    """A server on a port of its own."""

    def __init__(self, server: uvicorn.Server, lifespan: Lifespan) -> None:
        self.server = server
        self.lifespan = lifespan
        self.task = asyncio.create_task(server.serve())

    async def start(self) -> None:
        while not self.server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.005)
        self.port: int = self.server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task

    async def refuses_connections(self) -> bool:
        for _ in range(100):
            try:
                (await self.connect())[1].close()
            except OSError:
                return True
            await asyncio.sleep(0.02)
        return False

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@pytest.fixture
async def running(engine: EchoEngine, tokens: Tokens, is_fast: bool) -> AsyncIterator[Running]:
    lifespan = Lifespan()
    app = create_http_app(
        engine,
        Authenticator(tokens, load_viewer),
        lifespan=lifespan,
        routes=[Route("/half", half)],
        body_limit=64 * 1024,
        body_deadline_s=0.3,
        is_fast=is_fast,
    )
    running = Running(create_server(app, host="127.0.0.1", port=0, shutdown_grace_s=2), lifespan)
    await running.start()
    yield running
    await running.stop()


async def test_one_connection_serves_many_requests(running: Running) -> None:
    reader, writer = await running.connect()
    body = b'{"query": "{ a }"}'
    for _ in range(3):
        writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"server:" not in head.lower()
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()


async def test_a_refused_request_leaves_the_connection_usable(running: Running) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as client:
        for content in (b"null", b"{", b"\xff", b'{"query": "{ a }"}'):
            response = await client.post(
                "/graphql", content=content, headers={"content-type": "application/json"}
            )
        assert response.status_code == 200


async def test_a_slow_body_is_cut(running: Running) -> None:
    reader, writer = await running.connect()
    writer.write(HEAD + b"content-length: 1000\r\n\r\n")

    async def drip() -> None:
        for _ in range(100):
            writer.write(b" ")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    answer = b""
    # What drips in after the cut is answered by a reset; what came before it is still there to be read.
    with suppress(ConnectionResetError):
        while part := await reader.read(1024):
            answer += part
    assert not dripping.done()
    dripping.cancel()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"REQUEST_TIMEOUT" in answer
    writer.close()


async def test_an_endless_body_is_cut(running: Running) -> None:
    _, writer = await running.connect()
    writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    sent = 0
    try:
        for _ in range(1000):
            writer.write(chunk)
            await writer.drain()
            sent += 1
    except ConnectionError:
        pass
    assert sent < 1000
    writer.close()


async def test_a_caller_who_leaves_half_way_harms_nobody(running: Running, engine: EchoEngine) -> None:
    _, writer = await running.connect()
    writer.write(HEAD + b'content-length: 1000\r\n\r\n{"query"')
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as client:
        assert (await client.post("/graphql", json={"query": "{ a }"})).status_code == 200
    assert len(engine.asked) == 1


async def test_an_answer_that_breaks_half_way_is_cut(running: Running) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/half")
    reader, writer = await running.connect()
    writer.write(b"GET /half HTTP/1.1\r\nhost: serai\r\n\r\n")
    assert b"secret" not in await reader.read()
    writer.close()


async def test_a_stop_finishes_what_was_begun_and_takes_nothing_new(
    running: Running, engine: EchoEngine
) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as client:
        waiting = asyncio.create_task(client.post("/graphql", json={"query": "wait"}))
        await engine.is_working.wait()
        stopping = asyncio.create_task(running.stop())
        assert await running.refuses_connections()
        assert not stopping.done()
        assert running.lifespan.events == ["opened"]
        engine.may_finish.set()
        assert (await waiting).status_code == 200
    await stopping
    assert running.lifespan.events == ["opened", "closed"]


async def test_a_stop_does_not_wait_for_ever(running: Running, engine: EchoEngine) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=10) as client:
        waiting = asyncio.create_task(client.post("/graphql", json={"query": "wait"}))
        await engine.is_working.wait()
        await running.stop()
        answer = await waiting
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"] == {"code": "STOPPING"}
    assert running.lifespan.events == ["opened", "closed"]
