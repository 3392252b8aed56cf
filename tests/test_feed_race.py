"""A storm of commits and pollers of `events(after:)`, while stampers are killed; held against the writers' journals."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from serai.app import Platform
from serai.core.customers.models import Customer
from serai.engines.change import Change
from serai.engines.feed import Stamper
from serai.viewers import Viewer
from serai_sdk import UserError

from .conftest import OpenPlatform
from .town import Town

READER = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset({"events:read"}))
PAGE = """
query($after: String) {
  events(first: 100, after: $after, types: ["customer.registered"]) {
    pageInfo { endCursor }
    nodes { position aggregateId aggregateVersion payload }
  }
}
"""
STAMPER = """
import asyncio, json, sys
from serai.engines.feed import Stamper

async def main():
    Stamper(sys.argv[1], json.loads(sys.argv[2]), batch=20, poll_s=0.05, pause_s=0).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass(slots=True)
class Storm:
    """Writers with their journal, pollers with what they were told, stampers and who kills them."""

    platform: Platform
    customers: list[UUID]
    random: random.Random
    journal: dict[str, list[tuple[int, list[str]]]] = field(default_factory=lambda: defaultdict(list))
    written: int = 0
    kills: int = 0
    is_over: bool = False

    async def write(self, writer: int, changes: int, until: float) -> None:
        """Changes of random customers: one in five is slow to commit, one in five is rolled back after it emitted."""
        for number in range(changes):
            if perf_counter() > until:
                return
            id = self.random.choice(self.customers)
            fate = self.random.random()
            tokens = [f"{writer}.{number}.{part}" for part in range(self.random.choice((1, 1, 3)))]
            version = 0

            async def body(
                ctx: Any, id: UUID = id, tokens: list[str] = tokens, fate: float = fate
            ) -> Mapping[str, Any]:
                nonlocal version
                change: Change = ctx.change
                customer = await change.get(Customer, id)
                assert customer is not None
                await change.save(customer)
                version = customer.version
                for token in tokens:
                    await change.emit("customer.registered", customer, {"sourceChannel": token})
                await change.finish()
                if fate < 0.4:
                    await asyncio.sleep(fate / 10)
                if fate < 0.2:
                    raise UserError("ROLLED_BACK", "as some are")
                return {}

            outcome = await self.platform.change(body, lock_timeout_s=60)
            if not outcome.user_errors:
                self.journal[f"cus_{id.hex}"].append((version, tokens))
                self.written += len(tokens)

    async def poll(self) -> list[dict[str, Any]]:
        """All that is told, page by page from the beginning, until the storm is over and nothing more comes."""
        told: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            was_over = self.is_over
            result = await self.platform.engine.execute(PAGE, {"after": cursor}, None, READER)
            answer = orjson.loads(result.body)
            assert "errors" not in answer, answer
            page = answer["data"]["events"]
            told += page["nodes"]
            cursor = page["pageInfo"]["endCursor"] or cursor
            if not page["nodes"]:
                if was_over and len(told) >= self.written:
                    return told
                await asyncio.sleep(0.005)

    async def kill_sessions(self, connection: Any) -> None:
        """End a random session of a stamper again and again."""
        while not self.is_over:
            await asyncio.sleep(self.random.uniform(0, 0.04))
            ended = await connection.fetch(
                """
                select pg_terminate_backend(pid)
                from pg_stat_activity
                where application_name = 'serai-feed' and datname = current_database()
                order by random()
                limit 1
                """
            )
            self.kills += len(ended)

    async def run(
        self, *, writers: int, changes: int, pollers: int, connection: Any, most_s: float = 240
    ) -> list[list[dict[str, Any]]]:
        """Each writer makes so many changes, or as many as it can in that time on a slow machine."""
        until = perf_counter() + most_s
        polling = [asyncio.create_task(self.poll()) for _ in range(pollers)]
        killing = asyncio.create_task(self.kill_sessions(connection))
        await asyncio.gather(*(self.write(number, changes, until) for number in range(writers)))
        self.is_over = True
        await killing
        async with asyncio.timeout(120):
            return await asyncio.gather(*polling)

    def check(self, told: list[dict[str, Any]]) -> None:
        """Nothing missed, nothing twice, each aggregate in its order, positions 1, 2, 3."""
        assert [int(one["position"]) for one in told] == list(range(1, self.written + 1))
        of: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for one in told:
            of[one["aggregateId"]].append((one["aggregateVersion"], one["payload"]["sourceChannel"]))
        assert of == {
            id: [(version, token) for version, tokens in sorted(changes) for token in tokens]
            for id, changes in self.journal.items()
        }


async def storm_of(open_here: OpenPlatform, town: Town, *, customers: int) -> Storm:
    platform = await open_here(orm_pool_size=20)
    ids = [await town.customer() for _ in range(customers)]
    return Storm(platform, ids, random.Random(20_267))


async def test_whatever_happens_to_stampers_every_event_is_told_once_and_in_order(
    open_here: OpenPlatform, town: Town
) -> None:
    storm = await storm_of(open_here, town, customers=12)
    stampers = [
        Stamper(town.dsn, {"core.Customer": "cus"}, batch=20, poll_s=0.05, pause_s=0) for _ in range(3)
    ]
    for one in stampers:
        one.start()
    try:
        all_told = await storm.run(writers=16, changes=25, pollers=3, connection=town.connection)
    finally:
        for one in stampers:
            await one.stop()
    for told in all_told:
        storm.check(told)
    assert storm.kills > 3


@pytest.mark.slow
async def test_processes_that_stamp_are_killed_in_a_long_storm(
    open_here: OpenPlatform, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    storm = await storm_of(open_here, town, customers=40)
    stampers: list[asyncio.subprocess.Process] = []
    killed = 0

    async def begin() -> asyncio.subprocess.Process:
        prefixes = orjson.dumps({"core.Customer": "cus"}).decode()
        return await asyncio.create_subprocess_exec(sys.executable, "-c", STAMPER, town.dsn, prefixes)

    async def kill_processes() -> None:
        nonlocal killed
        while True:
            await asyncio.sleep(storm.random.uniform(0.3, 1.5))
            place = storm.random.randrange(len(stampers))
            stampers[place].send_signal(signal.SIGKILL)
            await stampers[place].wait()
            killed += 1
            stampers[place] = await begin()

    stampers += [await begin() for _ in range(3)]
    killing = asyncio.create_task(kill_processes())
    began = perf_counter()
    killer = await asyncpg.connect(town.dsn)
    try:
        all_told = await storm.run(writers=16, changes=400, pollers=4, connection=killer)
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)
        for one in stampers:
            one.kill()
            await one.wait()
        await killer.close()
    for told in all_told:
        storm.check(told)
    assert storm.written > 1_000
    assert killed > 3
    assert storm.kills > 10
    with capsys.disabled():
        print(
            f"\n{storm.written} events of {len(storm.journal)} aggregates, {len(all_told)} pollers, "
            f"{killed} processes and {storm.kills} sessions killed, {perf_counter() - began:.0f} s"
        )
