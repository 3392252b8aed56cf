"""The programs that come with PostgreSQL, run as children: pg_dump, pg_restore and psql."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from serai.errors import BackupError

from .postgres import program

__all__ = ["Address", "Tool", "run_tool", "running"]

STOP_S = 5.0
# What a program says beyond its errors may repeat rows: of the server's messages only the first line is kept.
SAID = ("error:", "ERROR:", "FATAL:", "fatal:")


@dataclass(frozen=True, slots=True)
class Address:
    """A database as programs of PostgreSQL are told of it: the password is in no command line, which all can read."""

    url: str
    environment: Mapping[str, str]

    @classmethod
    def of(cls, dsn: str) -> Address:
        """The address of a database URL."""
        parts = urlsplit(dsn)
        who, at, where = parts.netloc.rpartition("@")
        user, _, password = who.partition(":")
        options = parse_qsl(parts.query, keep_blank_values=True)
        secret = next((value for name, value in options if name == "password"), unquote(password))
        shown = urlencode([(name, value) for name, value in options if name != "password"])
        url = urlunsplit(parts._replace(netloc=f"{user}{at}{where}", query=shown))
        return cls(url, {"PGPASSWORD": secret} if secret else {})


@dataclass(slots=True)
class Tool:
    """A program that runs; `errors` are the last errors it told."""

    name: str
    process: asyncio.subprocess.Process
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=5))

    async def end(self) -> None:
        """Waits for its end; raises `BackupError` with what it said unless all went well."""
        code = await self.process.wait()
        if code != 0:
            raise self.failed()

    def failed(self) -> BackupError:
        """What it told, as an error."""
        said = "; ".join(dict.fromkeys(self.errors))
        if "No space left" in said:
            return BackupError(
                f"The disk is full: {self.name} could not go on",
                hint="Make room, or write to another disk, and start again: nothing half-done was left.",
            )
        code = self.process.returncode
        ended = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with {code}"
        return BackupError(
            f"{self.name} {ended}: {said or 'it did not say why'}", data={"program": self.name, "code": code}
        )


@asynccontextmanager
async def running(
    name: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.DEVNULL,
    keep_open: tuple[int, ...] = (),
    tell: Callable[[str], None] | None = None,
) -> AsyncIterator[Tool]:
    """A program of PostgreSQL, ended when the block is left before it is done; `tell` gets what it says."""
    process = await asyncio.create_subprocess_exec(
        str(program(name)),
        *arguments,
        env={**os.environ, "LC_ALL": "C", "PGAPPNAME": "serai-backup", **(environment or {})},
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=keep_open,
        # Ctrl-C is ours to handle.
        start_new_session=True,
    )
    tool = Tool(name, process)
    listening = asyncio.create_task(_listen(tool, tell))
    try:
        yield tool
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        await listening


async def run_tool(name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What a program of PostgreSQL writes; raises `BackupError` with what it said if it fails."""
    async with running(name, *arguments, environment=environment, stdout=asyncio.subprocess.PIPE) as tool:
        assert tool.process.stdout is not None
        written = await tool.process.stdout.read()
        await tool.process.wait()
    await tool.end()
    return written.decode("utf-8", "replace")


async def _listen(tool: Tool, tell: Callable[[str], None] | None) -> None:
    assert tool.process.stderr is not None
    async for line in tool.process.stderr:
        text = line.decode("utf-8", "replace").strip()
        if any(word in text for word in SAID):
            tool.errors.append(text.removeprefix(f"{tool.name}: ").removeprefix("error: "))
        elif tell is not None:
            tell(text)
