"""A receiver of webhooks: notes all that comes, and answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A request as it came, and what was answered: ``None`` if nothing was."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return orjson.loads(self.body)


Answering = Callable[[Mapping[str, str], bytes], Awaitable[int | None]]


async def accept(headers: Mapping[str, str], body: bytes) -> int | None:
    """Take it."""
    return 204


@dataclass(slots=True)
class Receiver:
    """Listens on a port of this machine; ``answering`` says with which status, ``None`` hangs up without any.

    It is given the headers, the path as ``:path``, and the body.
    """

    answering: Answering = accept
    port: int = 0
    server: asyncio.Server | None = None
    came: list[Came] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hook"

    @property
    def taken(self) -> list[Came]:
        """What it has said it has."""
        return [one for one in self.came if one.status is not None and one.status < 300]

    async def until(self, count: int, *, within_s: float = 60) -> None:
        """Waits until so many requests have come."""
        async with asyncio.timeout(within_s):
            while len(self.came) < count:
                self.news.clear()
                await self.news.wait()

    async def open(self) -> None:
        """Listen, on the port it had if it had one."""
        self.server = await asyncio.start_server(self.take, "127.0.0.1", self.port, backlog=512)
        self.port = self.server.sockets[0].getsockname()[1]

    async def away(self, seconds: float) -> None:
        """Nobody listens for so long."""
        assert self.server is not None
        self.server.close()
        await asyncio.sleep(seconds)
        await self.open()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
            headers[":path"] = first.split()[1]
            body = await reader.readexactly(int(headers["content-length"]))
            status = await self.answering(headers, body)
            if status is not None:
                writer.write(f"HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
            self.came.append(Came(path=headers[":path"], headers=headers, body=body, status=status))
            self.news.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(answering: Answering = accept) -> AsyncIterator[Receiver]:
    """A receiver that listens within the block."""
    receiver = Receiver(answering)
    await receiver.open()
    try:
        yield receiver
    finally:
        if receiver.server is not None:
            receiver.server.close()
