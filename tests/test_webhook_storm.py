"""Deliveries to a receiver that fails, hangs and is away, by workers that are killed: none is lost, none out of order.

Whoever makes things happen keeps a journal of what was acknowledged, and the receiver one of what it has taken. In the
end they are compared; the database is asked only whether there is anything left to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from serai.app import Platform

from . import webhook_worker
from .conftest import OpenPlatform
from .receiving import Receiver, receiving
from .test_feed import extend
from .test_webhooks import House
from .town import Town

PATIENCE_S = 900
PATHS = ("/one", "/two")
Start = Callable[[], AbstractAsyncContextManager[None]]
QUERY = """
query($event: ID!, $aggregate: ID!) {
  event(id: $event) { payload aggregateVersion }
  demands(where: {id: {eq: $aggregate}}) { nodes { id status version } }
}
"""
LEFT = """
select (select count(*) from core_webhook_delivery where state = 'WAITING')
     + (select count(*) from core_webhook webhook, core_feed_head head where webhook.position < head.position)
     + (select count(*) from core_outbox where not is_stamped)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """How much of everything."""

    events: int
    demands: int
    away_s: float
    workers: int
    lives_s: tuple[float, float] | None
    """How long a worker lives before it is killed; ``None``: one of two is killed once, in the midst of its work."""


@dataclass(slots=True)
class Journal:
    """What was acknowledged to whom made it happen, and what the receiver has taken, by aggregate."""

    secrets: dict[str, str] = field(default_factory=dict)
    happened: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    bodies: dict[tuple[str, str], set[bytes]] = field(default_factory=lambda: defaultdict(set))
    attempts: int = 0
    failed: int = 0
    hung: int = 0
    kills: int = 0
    forged: int = 0
    are_at_work: asyncio.Event = field(default_factory=asyncio.Event)
    random: Random = field(default_factory=lambda: Random("storm"))

    async def answer(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """Verify, and take it, refuse it, hang up on it, or keep it waiting for too long."""
        self.attempts += 1
        whose = headers[":path"]
        try:
            Webhook(self.secrets[whose]).verify(body, dict(headers))
        except WebhookVerificationError:
            self.forged += 1
        self.bodies[whose, headers["webhook-id"]].add(body)
        draw = self.random.random()
        if draw < 0.02:
            self.hung += 1
            await asyncio.sleep(webhook_worker.TIMEOUT_S + 0.5)
            return None
        if draw < 0.22:
            self.failed += 1
            return self.random.choice((500, 503, 429, 302, None))
        return 204


def told_in_order(receiver: Receiver, path: str) -> dict[str, list[str]]:
    """What was first taken, by aggregate, in the order in which it was."""
    seen: set[str] = set()
    order: dict[str, list[str]] = defaultdict(list)
    for one in receiver.taken:
        if one.path == path and one.id not in seen:
            seen.add(one.id)
            [demand] = one.told["data"]["demands"]["nodes"]
            order[demand["id"]].append(one.told["data"]["event"]["payload"]["windowEnd"])
    return order


async def happen(
    platform: Platform, demands: list[UUID], journal: Journal, events: int, random: Random
) -> None:
    """Changes of these demands, one to five events each."""
    made = 0
    while made < events:
        demand = random.choice(demands)
        ends = [str(made + number) for number in range(min(random.randint(1, 5), events - made))]
        await extend(platform, demand, *ends)
        journal.happened[f"dem_{demand.hex}"] += ends
        made += len(ends)
        await asyncio.sleep(random.uniform(0, 0.02))


@asynccontextmanager
async def worker(database: str, folder: Path, place: str) -> AsyncIterator[None]:
    """A worker in a process of its own, at work when the block begins; killed at its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.webhook_worker", database, str(folder), place),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def killed_again_and_again(start: Start, lives_s: tuple[float, float], journal: Journal) -> None:
    while True:
        async with start():
            journal.are_at_work.set()
            await asyncio.sleep(journal.random.uniform(*lives_s))
        journal.kills += 1


async def killed_at_work(start: Start, receiver: Receiver, journal: Journal) -> None:
    """One that is killed while it is at work, and another that does the rest."""
    async with start():
        async with start():
            journal.are_at_work.set()
            await receiver.until(30)
        journal.kills += 1
        await asyncio.Event().wait()


async def weather(storm: Storm, platform: Platform, town: Town, receiver: Receiver, journal: Journal) -> None:
    """Let it happen, until everything is delivered."""
    customer, scenario, random = await town.customer(), await town.scenario(), Random("events")
    demands = [await town.demand(customer, scenario) for _ in range(storm.demands)]
    here = House(platform, town, await town.operator(), demands)
    for path in PATHS:
        made = await here.register(receiver, address=f"http://{receiver.place}{path}", query=QUERY)
        [journal.secrets[path]] = made["secrets"]

    def start() -> AbstractAsyncContextManager[None]:
        return worker(platform.dsn, platform.settings.data_dir.parent, receiver.place)

    async def be_away() -> None:
        await receiver.until(storm.events // 4, within_s=PATIENCE_S)
        await receiver.away(storm.away_s)

    platform.stamper.start()
    if storm.lives_s is None:
        working = [asyncio.create_task(killed_at_work(start, receiver, journal))]
    else:
        lives = storm.lives_s
        working = [
            asyncio.create_task(killed_again_and_again(start, lives, journal)) for _ in range(storm.workers)
        ]
    try:
        async with asyncio.timeout(PATIENCE_S):
            await journal.are_at_work.wait()
            async with asyncio.TaskGroup() as group:
                group.create_task(be_away())
                group.create_task(happen(platform, demands, journal, storm.events, random))
            while await town.connection.fetchval(LEFT):
                assert not any(one.done() for one in working)
                await asyncio.sleep(0.1)
    finally:
        for one in working:
            one.cancel()
        await asyncio.gather(*working, return_exceptions=True)


@pytest.mark.parametrize(
    "storm",
    [
        pytest.param(Storm(events=100, demands=5, away_s=0.5, workers=1, lives_s=None), id="short"),
        pytest.param(
            Storm(events=5_000, demands=40, away_s=60.0, workers=3, lives_s=(2.0, 8.0)),
            id="long",
            marks=pytest.mark.slow,
        ),
    ],
)
async def test_none_is_lost_and_none_out_of_order_whatever_happens_to_receiver_and_workers(
    open_here: OpenPlatform, town: Town, storm: Storm, capfd: pytest.CaptureFixture[str]
) -> None:
    journal, began = Journal(), time.monotonic()
    async with receiving(journal.answer) as receiver:
        platform = await open_here(webhook_allowed=(receiver.place,))
        await weather(storm, platform, town, receiver, journal)
    expected = storm.events * len(PATHS)
    for path in PATHS:
        assert told_in_order(receiver, path) == journal.happened
        assert {one.id for one in receiver.taken if one.path == path} == await ids(town)
    assert [len(one) for one in journal.bodies.values()] == [1] * expected
    states = await town.connection.fetch(
        "select state, count(*) from core_webhook_delivery group by state order by state"
    )
    assert [tuple(one) for one in states] == [("DELIVERED", expected)]
    assert journal.forged == 0
    assert journal.kills >= 1
    with capfd.disabled():
        print(
            f"\n{expected} deliveries, {journal.attempts} attempts, {journal.failed} failed, {journal.hung} hung, "
            f"{len(receiver.taken) - expected} taken twice, away for {storm.away_s:g} s, {journal.kills} workers "
            f"killed, {time.monotonic() - began:.1f} s",
            file=sys.stderr,
        )


async def ids(town: Town) -> set[str]:
    return {f"evt_{row['id'].hex}" for row in await town.connection.fetch("select id from core_event")}
