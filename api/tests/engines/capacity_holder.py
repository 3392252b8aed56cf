"""A process that holds at random, keeps a journal of what it meant to do and what it was told, and may be killed.

Each line of the journal is a hold's id with what became of it: ``meant`` before anything is sent, then ``held``,
``extended``, ``confirmed``, ``released``, or ``refused`` with a code, each once it was acknowledged, and at the end
``over``. What was lost on the way is noted with what it looked like. Started again with the same journal, the process
first repeats what was meant and is not over, under the same ids.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.exceptions import BaseORMException

from serai.core.plugin import plugin as core
from serai.engines import Busy, Change, changing
from serai.engines.capacity.service import Capacity
from serai.engines.change import sqlstate
from serai.errors import DatabaseUnavailable
from serai.storage import OrmApp, open_orm
from serai.storage.orm import Orm
from serai.viewers import Viewer
from serai_sdk.capacity import Claim

LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    BaseORMException,
    OSError,
    Busy,
    DatabaseUnavailable,
)
"""After one of these nobody knows whether it was done: it is sent again."""
FIRST = date(2027, 3, 1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAYS = 30
ENDINGS = (
    *("expire",) * 8,
    *("release",) * 4,
    *("confirm release",) * 4,
    *("extend expire",) * 2,
    *("extend confirm release",) * 2,
    *("wait confirm release",) * 2,
    "confirm",
)

DONE = {"hold": "held", "extend": "extended", "confirm": "confirmed", "release": "released"}


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource to hold: its id and its sort."""

    id: UUID
    sort: str


class Holder:
    """Holds some of the things, again and again."""

    def __init__(self, journal: Path, things: list[Thing], draw: Random) -> None:
        self.things = things
        self.draw = draw
        self.begun = 0
        self.left = self._unheard(journal)
        self.journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _unheard(self, journal: Path) -> list[dict[str, Any]]:
        meant: dict[str, dict[str, Any]] = {}
        if journal.exists():
            for line in journal.read_text().splitlines():
                one = json.loads(line)
                if one["state"] == "meant":
                    self.begun += 1
                    meant[one["id"]] = one
                elif one["state"] == "over":
                    meant.pop(one["id"])
        return list(meant.values())

    def note(self, state: str, **facts: Any) -> None:
        # one write call a line: a kill leaves whole lines
        os.write(self.journal, (json.dumps({"state": state, **facts}) + "\n").encode())

    def meant(self) -> dict[str, Any]:
        """Something to hold, noted down first."""
        draw = self.draw
        several = draw.sample(self.things, draw.randint(2, 4) if draw.random() < 0.2 else 1)
        one = {
            "id": str(UUID(int=draw.getrandbits(128), version=4)),
            "claims": [self.claim(thing) for thing in several],
            "ttl_ms": draw.choice((20, 50, 100, 400, 5_000)),
            "then": draw.choice(ENDINGS),
        }
        self.note("meant", **one)
        return one

    def claim(self, thing: Thing) -> list[Any]:
        """A thing, its sort, where the range begins, how long it is, and how many."""
        draw = self.draw
        quantity = 1 if thing.sort in ("cabin", "expert") else draw.randint(1, 4)
        return [str(thing.id), thing.sort, draw.randrange(DAYS), draw.randint(1, 6), quantity]

    async def do(self, one: Mapping[str, Any]) -> None:
        """Until every step was acknowledged or refused."""
        id, ttl = UUID(one["id"]), timedelta(milliseconds=one["ttl_ms"])
        claims = [claimed(*claim) for claim in one["claims"]]
        steps = ["hold", *one["then"].split()]
        for step in steps:
            match step:
                case "expire":
                    break
                case "wait":
                    await asyncio.sleep(min(one["ttl_ms"], 400) / 1_000)
                    continue

            async def body(change: Change, step: str = step) -> Mapping[str, Any]:
                capacity = Capacity(change)
                match step:
                    case "hold":
                        await capacity.hold(claims, id=id, ttl=ttl)
                    case "extend":
                        await capacity.extend(id, ttl)
                    case "confirm":
                        await capacity.confirm(id)
                    case "release":
                        await capacity.release(id)
                return {}

            code = await self.sent(body)
            if code:
                self.note("refused", id=one["id"], step=step, code=code)
                break
            self.note(DONE[step], id=one["id"])
        self.note("over", id=one["id"])

    async def sent(self, body: Any) -> str | None:
        while True:
            try:
                outcome = await changing(Viewer(kind="system"), body, mutation="hold", input={})
            except LOST as error:
                self.note("lost", id=None, what=type(error).__name__, sqlstate=sqlstate(error))
                await asyncio.sleep(0.05)
            else:
                return outcome.user_errors[0].code if outcome.user_errors else None


def claimed(id: str, sort: str, first: int, length: int, quantity: int) -> Claim:
    """A claim of the journal."""
    match sort:
        case "stock":
            return Claim(UUID(id), quantity=quantity)
        case "cabin" | "dormitory":
            starts = FIRST + timedelta(days=first)
            return Claim(UUID(id), starts, starts + timedelta(days=length), quantity)
        case _:
            starts = NOON + timedelta(hours=first)
            return Claim(UUID(id), starts, starts + timedelta(hours=length), quantity)


async def main(url: str, journal: str, things: str, seed: str, count: str, at_once: str) -> None:
    storage = core.storage()
    apps = {"core": OrmApp(list(storage.models), storage.migrations)}
    orm: Orm = await open_orm(url, apps, pool_size=int(at_once), is_fallback=False)
    known = [Thing(UUID(id), sort) for id, sort in json.loads(things)]
    with orm.active():
        holder = Holder(Path(journal), known, Random(f"{seed} {os.getpid()}"))
        left = iter(holder.left)
        wanted = iter(range(holder.begun, int(count)))

        async def work() -> None:
            for one in left:
                await holder.do(one)
            for _ in wanted:
                await holder.do(holder.meant())

        await asyncio.gather(*(work() for _ in range(int(at_once))))
    await orm.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
