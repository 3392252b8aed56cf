"""Clients that repeat what they mean to do until they are told what became of it, and keep a journal of that."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx

READY_TIMEOUT_S = 60
LONGEST_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One thing to do once: a document with a key for each root field, by variable."""

    kind: str
    document: str
    variables: dict[str, Any]


@dataclass(slots=True)
class Journal:
    """What clients meant to do, and the answers of all who asked for it."""

    intents: list[Intent] = field(default_factory=list)
    told: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    cut_off: int = 0
    """Attempts that ended without an answer."""
    retriable: int = 0
    """Attempts that were told to try again."""

    def of(self, kind: str) -> list[tuple[Intent, list[dict[str, Any]]]]:
        """The intents of a kind, each with what was told of it."""
        return [
            (intent, self.told[number]) for number, intent in enumerate(self.intents) if intent.kind == kind
        ]


class ApiProcess:
    """A `serai run` on servers of its own, on an address that stays when it is killed and started again."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = 0
        self.in_flight = 0
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it, and waits until it answers."""
        log = self.folder / f"api-{id(self)}.log"
        with log.open("wb") as out:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "serai", "run", "--no-demo"),
                cwd=self.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    "SERAI_PORT": str(self.port),
                    **self._environment,
                },
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
            )
        async with asyncio.timeout(READY_TIMEOUT_S):
            while not (found := re.search(r"http://[^/]+:(\d+)/graphql", log.read_text())):
                assert self._process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        self.port = int(found[1])

    async def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class Client:
    """Sends intents to any of the processes, each until there is an answer that is not to be repeated."""

    def __init__(self, processes: Sequence[ApiProcess], token: str, journal: Journal, draw: Random) -> None:
        self._processes = processes
        self._token = token
        self._journal = journal
        self._draw = draw

    async def send(self, http: httpx.AsyncClient, number: int) -> None:
        """Sends an intent of the journal, and notes what was told."""
        intent = self._journal.intents[number]
        pause_s = 0.02
        while True:
            answer = await self._attempt(http, intent)
            if answer is not None:
                self._journal.told.setdefault(number, []).append(answer)
                return
            await asyncio.sleep(pause_s * self._draw.uniform(0.5, 1))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _attempt(self, http: httpx.AsyncClient, intent: Intent) -> dict[str, Any] | None:
        process = self._draw.choice(self._processes)
        process.in_flight += 1
        try:
            response = await http.post(
                f"http://127.0.0.1:{process.port}/graphql",
                json={"query": intent.document, "variables": intent.variables},
                headers={"authorization": f"Bearer {self._token}"},
            )
        except httpx.TransportError:
            self._journal.cut_off += 1
            return None
        finally:
            process.in_flight -= 1
        answer: dict[str, Any] = response.json()
        if any(one["extensions"].get("retriable") for one in answer.get("errors", ())):
            self._journal.retriable += 1
            return None
        return answer


def new_uuid(draw: Random) -> str:
    """A random key."""
    return str(UUID(int=draw.getrandbits(128), version=4))


def drawn(kinds: Sequence[Callable[[int], Intent]], count: int, draw: Random) -> list[Intent]:
    """As many intents, of all kinds, in an order by chance."""
    intents = [kinds[number % len(kinds)](number) for number in range(count)]
    draw.shuffle(intents)
    return intents
