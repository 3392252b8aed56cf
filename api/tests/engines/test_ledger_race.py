"""Many move money at once, processes and connections are killed: what was acknowledged is there, once; no more is."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from serai.core.customers.models import Customer
from serai.engines import Change, changing
from serai.engines.ledger.service import Ledger
from serai.viewers import Viewer
from serai_sdk.ledger import Owner, Posting

pytestmark = pytest.mark.usefixtures("orm")

WALLETS = 40
FUNDS = 100

WRONG = """
select 'a transfer is unbalanced' as what, count(*)
from (select transfer_id from core_ledger_entry group by transfer_id, is_pending, asset having sum(amount) <> 0) t
union all
select 'a balance is not the sum of its entries', count(*)
from (
  select e.account_id,
         sum(e.amount) filter (where not e.is_pending) as posted,
         sum(case when t.resolves_id is null then greatest(-e.amount, 0) else -greatest(e.amount, 0) end)
           filter (where e.is_pending) as reserved
  from core_ledger_entry e
  join core_ledger_transfer t on t.id = e.transfer_id
  group by e.account_id
) e
full join (
  select account_id, sum(posted) as posted, sum(reserved) as reserved from core_ledger_balance group by account_id
) b using (account_id)
where coalesce(e.posted, 0) <> coalesce(b.posted, 0) or coalesce(e.reserved, 0) <> coalesce(b.reserved, 0)
union all
select 'a wallet is overdrawn', count(*)
from core_ledger_balance
where not may_overdraw and posted - reserved < 0
"""

DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"


async def accounts() -> tuple[list[UUID], UUID]:
    """Wallets with funds, and the platform's clearing account."""
    found: list[UUID] = []

    async def body(change: Change) -> Mapping[str, Any]:
        ledger = Ledger(change)
        world = await ledger.account(Owner("PLATFORM"), "world", "EUR")
        found.append(await ledger.account(Owner("PLATFORM"), "clearing", "EUR"))
        for number in range(WALLETS):
            customer = Customer(name=str(number))
            await change.add(customer)
            wallet = await ledger.account(Owner("CUSTOMER", customer.id), "wallet", "EUR")
            await ledger.transfer([Posting(world, wallet, FUNDS)], id=UUID(int=number + 1))
            found.append(wallet)
        return {}

    await changing(Viewer(kind="system"), body, mutation="test", input={})
    return found[1:], found[0]


def told(folder: Path) -> dict[str, str]:
    """What the journals say of each transfer, by id."""
    lines = (json.loads(line) for one in folder.glob("journal-*") for line in one.read_text().splitlines())
    return {one["id"]: one["state"] for one in lines}


def length(journal: Path) -> int:
    """How many bytes the journal has; a transfer takes about 300."""
    return journal.stat().st_size if journal.exists() else 0


async def run(
    database: str, folder: Path, wallets: list[UUID], hot: UUID | None, *, count: int, kills: int
) -> tuple[int, int]:
    """Two processes that move, killed and started again; how many transfers were done, and refused."""
    draw = Random(7)
    watcher = await asyncpg.connect(database)
    killed = 0

    async def keep(number: int) -> None:
        nonlocal killed
        journal = folder / f"journal-{number}"
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("ledger_mover.py")),
                *(database, str(journal), ",".join(map(str, wallets)), str(hot or ""), str(number)),
                *(str(count // 2), "32"),
                env=dict(os.environ),
            )
            enough = length(journal) + draw.randint(40_000, 60_000) * count // 2_000 // max(kills, 1)
            while killed < kills and process.returncode is None:
                if length(journal) > enough:
                    process.kill()
                    await process.wait()
                    killed += 1
                await asyncio.sleep(0.02)
            if await process.wait() == 0:
                return

    async def cut() -> None:
        while True:
            await asyncio.sleep(draw.uniform(0.2, 0.6))
            await watcher.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'serai-orm' and datname = current_database() and state <> 'idle' "
                "order by random() limit 1"
            )

    cutting = asyncio.create_task(cut()) if kills else None
    try:
        await asyncio.gather(keep(0), keep(1))
    finally:
        if cutting is not None:
            cutting.cancel()
            await asyncio.wait([cutting])
        await watcher.close()
    assert killed == kills
    states = told(folder)
    assert "meant" not in states.values(), "something was never heard of again"
    done = {UUID(id) for id, state in states.items() if state == "done"}
    connection = await asyncpg.connect(database)
    there = {
        UUID(bytes=row["id"].bytes)
        for row in await connection.fetch(
            "select id from core_ledger_transfer where phase in ('POSTED', 'PENDING') and id >= $1",
            UUID(int=2**64),
        )
    }
    assert there == done
    unresolved = """
      select count(*)
      from core_ledger_transfer t
      where t.phase = 'PENDING'
        and not exists (select from core_ledger_transfer r where r.resolves_id = t.id)
    """
    assert await connection.fetchval(unresolved) == 0
    assert {row["what"]: row["count"] for row in await connection.fetch(WRONG)} == {
        "a transfer is unbalanced": 0,
        "a balance is not the sum of its entries": 0,
        "a wallet is overdrawn": 0,
    }
    assert await connection.fetchval(DEADLOCKS) == 0
    await connection.close()
    return len(done), len(states) - len(done)


@pytest.mark.parametrize(
    ("count", "kills", "is_hot"),
    [
        pytest.param(1_000, 3, False, id="short"),
        pytest.param(100_000, 12, False, id="long", marks=pytest.mark.slow),
        pytest.param(50_000, 4, True, id="hot", marks=pytest.mark.slow),
    ],
)
async def test_what_was_acknowledged_is_there_once_whatever_is_killed(
    database: str, tmp_path: Path, count: int, kills: int, is_hot: bool
) -> None:
    wallets, clearing = await accounts()
    started = time.perf_counter()
    done, refused = await run(
        database, tmp_path, wallets, clearing if is_hot else None, count=count, kills=kills
    )
    took = time.perf_counter() - started
    assert done > refused
    print(f"\n{done:,} transfers done, {refused:,} refused, {took:.1f} s: {done / took:,.0f} a second")
