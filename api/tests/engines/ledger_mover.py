"""A process that moves money at random, keeps a journal of what it meant to do and what was done, and may be killed.

Each line of the journal is an id with what it is for: ``meant`` before anything is sent, ``done`` once it was
acknowledged, ``refused`` where the ledger would not. Started again with the same journal, it first repeats whatever was
meant and not heard of again, under the same ids, and then goes on to the number asked for.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.exceptions import BaseORMException

from serai.core.plugin import plugin as core
from serai.engines import Busy, Change, changing
from serai.engines.ledger.service import Ledger
from serai.errors import StorageError
from serai.storage import OrmApp, open_orm
from serai.storage.orm import Orm
from serai.viewers import Viewer
from serai_sdk.ledger import Posting

LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    BaseORMException,
    StorageError,
    OSError,
    Busy,
)
"""After one of these nobody knows whether it was done: it is sent again."""


class Mover:
    """Moves between accounts; ``hot`` takes part in every transfer if there is one."""

    def __init__(self, orm: Orm, journal: Path, accounts: list[UUID], hot: UUID | None, draw: Random) -> None:
        self.orm = orm
        self.accounts = accounts
        self.hot = hot
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
                else:
                    meant.pop(one["id"], None)
        return list(meant.values())

    def note(self, state: str, **facts: Any) -> None:
        # one write call a line: a kill leaves whole lines
        os.write(self.journal, (json.dumps({"state": state, **facts}) + "\n").encode())

    def meant(self) -> dict[str, Any]:
        """Something to do, noted down first."""
        source, target = self.draw.sample(self.accounts, 2)
        if self.hot is not None:
            source, target = (self.hot, target) if self.draw.random() < 0.5 else (source, self.hot)
        one = {
            "id": str(UUID(int=self.draw.getrandbits(128), version=4)),
            "source": str(source),
            "target": str(target),
            "amount": self.draw.randint(1, 50),
            "then": self.draw.choice(("post", "void", "part")) if self.draw.random() < 0.2 else None,
        }
        self.note("meant", **one)
        return one

    async def do(self, one: Mapping[str, Any]) -> None:
        """Until it is acknowledged or refused."""
        id = UUID(one["id"])
        again = UUID(int=id.int ^ 1)

        async def first(change: Change) -> Mapping[str, Any]:
            posting = Posting(UUID(one["source"]), UUID(one["target"]), one["amount"])
            await Ledger(change).transfer([posting], id=id, is_pending=one["then"] is not None)
            return {}

        async def second(change: Change) -> Mapping[str, Any]:
            ledger = Ledger(change)
            if one["then"] == "void":
                await ledger.void(id, id=again)
            else:
                part = [one["amount"] // 2] if one["then"] == "part" else None
                await ledger.post(id, id=again, amounts=part)
            return {}

        for body in (first, second) if one["then"] else (first,):
            codes = await self.sent(body)
            if codes:
                self.note("refused", id=one["id"], codes=codes)
                return
        self.note("done", id=one["id"])

    async def sent(self, body: Any) -> list[str]:
        while True:
            try:
                outcome = await changing(Viewer(kind="system"), body, mutation="move", input={})
            except LOST:
                await asyncio.sleep(0.05)
            else:
                return [error.code for error in outcome.user_errors]


async def main(url: str, journal: str, accounts: str, hot: str, seed: str, count: str, at_once: str) -> None:
    storage = core.storage()
    apps = {"core": OrmApp(list(storage.models), storage.migrations)}
    orm = await open_orm(url, apps, pool_size=int(at_once))
    ids = [UUID(one) for one in accounts.split(",")]
    with orm.active():
        mover = Mover(orm, Path(journal), ids, UUID(hot) if hot else None, Random(seed + str(os.getpid())))
        left = iter(mover.left)
        wanted = iter(range(mover.begun, int(count)))

        async def work() -> None:
            for one in left:
                await mover.do(one)
            for _ in wanted:
                await mover.do(mover.meant())

        await asyncio.gather(*(work() for _ in range(int(at_once))))
    await orm.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
