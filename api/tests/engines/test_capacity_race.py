"""Many hold the same at once, processes and connections are killed: at no instant is more held than there is."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from serai.engines import Change, changing
from serai.engines.capacity import statements
from serai.engines.capacity.service import Capacity
from serai.viewers import Viewer
from serai_sdk.capacity import Claim, Measure

from .capacity_checker import Step, Taken, check
from .capacity_holder import FIRST, claimed

pytestmark = pytest.mark.usefixtures("orm")

SORTS: Final[Mapping[str, dict[str, Any]]] = {
    "cabin": {"measure": Measure.DATE},
    "expert": {"measure": Measure.SLOT},
    "dormitory": {"measure": Measure.DATE, "capacity": 8},
    "tour": {"measure": Measure.SLOT, "capacity": 8, "slot": timedelta(hours=1)},
    "stock": {"measure": Measure.TOTAL, "capacity": 30},
}
PROCESSES: Final = 3
CUT: Final = ("57P01", "08003", "08006", None)
"""What a connection that was cut looks like, by SQLSTATE; without one the driver says so itself."""

UNEVEN = """
select count(*)
from core_capacity_counter c
join core_capacity_resource r on r.id = c.resource_id
where c.used <> coalesce((
  select sum(k.quantity)
  from core_capacity_claim k
  where k.resource_id = c.resource_id
    and k.is_live
    and tstzrange(k.starts_at, k.ends_at) @> c.starts_at
), 0)
"""
DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


async def resources(count: int) -> list[tuple[UUID, str]]:
    """As many resources, of all sorts in turn."""
    things = [(uuid4(), list(SORTS)[number % len(SORTS)]) for number in range(count)]

    async def body(change: Change) -> Mapping[str, Any]:
        for id, sort in things:
            await Capacity(change).open(id, kind=f"test.{sort}", **SORTS[sort])
        return {}

    await changing(Viewer(kind="system"), body, mutation="test", input={})
    return things


async def found(connection: Any) -> tuple[list[str], dict[UUID, int], dict[UUID, list[Taken]]]:
    """What the checker says of the log as it stands, and what is claimed by each hold."""
    steps = [
        Step(UUID(bytes=row["hold_id"].bytes), row["state"], row["expires_at"], row["at"])
        for row in await connection.fetch("select * from core_capacity_log order by seq")
    ]
    claims: dict[UUID, list[Taken]] = {}
    for row in await connection.fetch("select * from core_capacity_claim order by hold_id, number"):
        hold, resource = UUID(bytes=row["hold_id"].bytes), UUID(bytes=row["resource_id"].bytes)
        one = Taken(hold, resource, row["starts_at"], row["ends_at"], row["quantity"])
        claims.setdefault(hold, []).append(one)
    capacities = {
        UUID(bytes=row["id"].bytes): row["capacity"]
        for row in await connection.fetch("select id, capacity from core_capacity_resource")
    }
    wrong, most = check(steps, [one for some in claims.values() for one in some], capacities)
    return wrong, most, claims


def told(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, set[str]], Counter[Any], Counter[Any]]:
    """The journals: what was meant and what was heard of it by id, codes of refusals, and what was lost."""
    meant: dict[str, dict[str, Any]] = {}
    heard: dict[str, set[str]] = {}
    refused: Counter[Any] = Counter()
    lost: Counter[Any] = Counter()
    for journal in folder.glob("journal-*"):
        for line in journal.read_text().splitlines():
            one = json.loads(line)
            match one["state"]:
                case "meant":
                    meant[one["id"]] = one
                case "lost":
                    lost[one["what"], one["sqlstate"]] += 1
                case "refused":
                    refused[one["step"], one["code"]] += 1
                    heard.setdefault(one["id"], set()).add(f"refused {one['step']}")
                case state:
                    heard.setdefault(one["id"], set()).add(state)
    return meant, heard, refused, lost


async def run(database: str, folder: Path, things: list[tuple[UUID, str]], *, count: int, kills: int) -> None:
    """Several processes that hold, killed and started again; connections cut meanwhile."""
    draw = Random(5)
    killed = 0
    known = json.dumps([(str(id), sort) for id, sort in things])

    def length(journal: Path) -> int:
        return journal.stat().st_size if journal.exists() else 0

    async def keep(number: int) -> None:
        nonlocal killed
        journal = folder / f"journal-{number}"
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("capacity_holder.py")),
                *(database, str(journal), known, str(number)),
                *(str(count // PROCESSES), "16"),
                env=dict(os.environ),
            )
            enough = length(journal) + draw.randint(300, 500) * count // PROCESSES // max(kills, 1)
            while killed < kills and process.returncode is None:
                if length(journal) > enough:
                    process.kill()
                    await process.wait()
                    killed += 1
                await asyncio.sleep(0.02)
            code = await process.wait()
            if code == 0:
                return
            assert code == -9

    async def cut() -> None:
        watcher = await asyncpg.connect(database)
        try:
            while True:
                await asyncio.sleep(draw.uniform(0.2, 0.6))
                await watcher.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name = 'serai-orm' and datname = current_database() and state <> 'idle' "
                    "order by random() limit 1"
                )
        finally:
            watcher.terminate()

    async def sweep() -> None:
        async def body(change: Change) -> Mapping[str, Any]:
            return {"expired": await Capacity(change).expire()}

        while True:
            await asyncio.sleep(0.3)
            await changing(Viewer(kind="system"), body, mutation="test", input={})

    beside = [asyncio.create_task(cut())] if kills else [asyncio.create_task(sweep())]
    try:
        await asyncio.gather(*(keep(number) for number in range(PROCESSES)))
    finally:
        for task in beside:
            task.cancel()
        ends = await asyncio.gather(*beside, return_exceptions=True)
    assert [type(one) for one in ends] == [asyncio.CancelledError]
    assert killed == kills


@pytest.mark.parametrize(
    ("count", "over", "kills"),
    [
        pytest.param(900, 12, 0, id="short"),
        pytest.param(900, 12, 2, id="killed", marks=pytest.mark.slow),
        pytest.param(99_999, 200, 0, id="long", marks=pytest.mark.slow),
        pytest.param(12_000, 60, 10, id="long-killed", marks=pytest.mark.slow),
    ],
)
async def test_at_no_instant_is_more_held_than_there_is(
    database: str, tmp_path: Path, count: int, over: int, kills: int
) -> None:
    things = await resources(over)
    started = time.perf_counter()
    await run(database, tmp_path, things, count=count, kills=kills)
    took = time.perf_counter() - started

    connection = await asyncpg.connect(database)
    wrong, most, claims = await found(connection)
    assert wrong == []
    assert await connection.fetchval(UNEVEN) == 0
    await connection.execute("select pg_stat_clear_snapshot()")
    assert await connection.fetchval(DEADLOCKS) == 0

    meant, heard, refused, lost = told(tmp_path)
    assert len(meant) == count
    assert all("over" in heard[id] for id in meant)
    # without kills nothing is lost; with them only connections are
    assert not lost if not kills else {state for _, state in lost} <= set(CUT), lost
    held = {id for id, states in heard.items() if "held" in states}
    assert {UUID(id) for id in held} == set(claims)
    logged: dict[str, set[str]] = {}
    for row in await connection.fetch("select hold_id::text as id, state from core_capacity_log"):
        logged.setdefault(row["id"], set()).add(row["state"])
    for id in held:
        wanted = [claimed(*claim) for claim in meant[id]["claims"]]
        had = claims[UUID(id)]
        assert [(one.resource, one.quantity) for one in had] == [
            (one.resource, one.quantity) for one in wanted
        ]
        assert ("CONFIRMED" in logged[id]) is ("confirmed" in heard[id]) or "refused confirm" in heard[id]
        if "released" in heard[id]:
            assert logged[id] & {"RELEASED", "EXPIRED"}
    await connection.close()

    full = sum(most[id] == SORTS[sort].get("capacity", 1) for id, sort in things)
    assert full > over / 2, "there was no race for most of them"
    assert {code for _, code in refused} <= {"CAPACITY_TAKEN", "HOLD_EXPIRED"}
    assert refused["hold", "CAPACITY_TAKEN"] > count / 20
    print(
        f"\n{count:,} holds over {over} resources: {len(held):,} held, {dict(refused)} refused, "
        f"{full} were full at some instant, {sum(lost.values())} connections lost; "
        f"{took:.1f} s: {count / took:,.0f} a second"
    )


# -- the checker can fail


NOW = datetime(2027, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
EVENING = NOW + timedelta(hours=8)


def one(hold: int, *, at: datetime = NOW, until: datetime = LATER) -> Step:
    return Step(UUID(int=hold), "HELD", until, at)


def claim(hold: int, first: int, last: int, quantity: int = 1) -> Taken:
    return Taken(
        UUID(int=hold), UUID(int=0), NOW + timedelta(days=first), NOW + timedelta(days=last), quantity
    )


@pytest.mark.parametrize(
    ("steps", "claims", "capacity", "most"),
    [
        ([one(1), one(2)], [claim(1, 0, 3), claim(2, 2, 4)], 1, 2),
        ([one(1), one(2)], [claim(1, 0, 2), claim(2, 2, 4)], 1, 1),
        ([one(1), one(2, at=LATER, until=EVENING)], [claim(1, 0, 3), claim(2, 2, 4)], 1, 1),
        ([one(1), one(2), one(3)], [claim(1, 0, 3, 2), claim(2, 1, 4, 2), claim(3, 0, 1, 2)], 4, 4),
        ([one(1), one(2), one(3)], [claim(1, 0, 3, 2), claim(2, 1, 4, 2), claim(3, 2, 3, 1)], 4, 5),
    ],
)
def test_the_checker_counts_what_is_held_at_one_instant(
    steps: list[Step], claims: list[Taken], capacity: int, most: int
) -> None:
    wrong, held = check(steps, claims, {UUID(int=0): capacity})
    assert held == {UUID(int=0): most}
    assert bool(wrong) is (most > capacity)


@pytest.mark.parametrize(
    ("state", "at", "said"),
    [
        ("CONFIRMED", LATER, "after it had expired"),
        ("CONFIRMED", NOW, None),
        ("EXPIRED", NOW, "before its time"),
        ("EXPIRED", LATER, None),
    ],
)
def test_the_checker_sees_steps_that_come_too_late_or_too_early(
    state: str, at: datetime, said: str | None
) -> None:
    steps = [one(1), Step(UUID(int=1), state, None, at)]
    wrong, _ = check(steps, [claim(1, 0, 1)], {UUID(int=0): 1})
    assert (said is None) if not wrong else (said is not None and said in wrong[0])


async def test_without_the_lock_and_the_constraint_the_checker_finds_too_much(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("alter table core_capacity_claim drop constraint core_capacity_claim_alone")
    monkeypatch.setattr(statements, "LOCK", statements.RESOURCES)
    [(cabin, _)] = await resources(1)

    async def race(number: int) -> None:
        async def body(change: Change) -> Mapping[str, Any]:
            night = FIRST + timedelta(days=number // 16)
            wanted = Claim(cabin, night, night + timedelta(days=1))
            await Capacity(change).hold([wanted], id=uuid4(), ttl=timedelta(hours=1))
            return {}

        await changing(Viewer(kind="system"), body, mutation="test", input={})

    await asyncio.gather(*(race(number) for number in range(160)))
    wrong, most, _ = await found(connection)
    assert most[cabin] > 1
    assert wrong == [f"{cabin} had {most[cabin]} of 1 held"]
    await connection.close()
