"""`python -m bench.ledger`: transfers through the ledger, against bare asyncpg making the same inserts.

Both write from 64 connections of one process to one server with its default commit settings, in turns. The bare one
inserts a transfer and its entries in a transaction, into tables with the same columns, checks, indexes and foreign
keys: it locks nothing, checks nothing, keeps no balances. One transfer in five is pending first, and then posted.
``hot`` is the ledger again with one account of the platform in every transfer.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import uvloop

from serai.core.customers.models import Customer
from serai.core.plugin import plugin as core
from serai.engines import Change, changing
from serai.engines.ledger.service import Ledger
from serai.storage import OrmApp, migrate, open_orm
from serai.storage.embedded import EmbeddedServers
from serai.storage.orm import Orm
from serai.storage.sessions import connection_arguments
from serai.viewers import SYSTEM
from serai_sdk.ledger import Owner, Posting

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "bench" / "results" / "ledger.md"
CONNECTIONS = 64
WALLETS = 2_000
FUNDS = 10**12
TWO_PHASE = 0.2
FLOORS = {"ledger": 0.5, "hot": 0.7}
"""Of the bare rate; of the ledger's own."""

TABLES = """
create table bench_transfer (like core_ledger_transfer including all);
create table bench_entry (like core_ledger_entry including all);
alter table bench_transfer
  add foreign key (resolves_id) references bench_transfer (id),
  add foreign key (reverses_id) references bench_transfer (id);
alter table bench_entry
  add foreign key (transfer_id) references bench_transfer (id),
  add foreign key (account_id) references core_ledger_account (id);
"""
TRANSFER = """
insert into bench_transfer (id, phase, resolves_id, content, actor, at) values ($1, $2, $3, $4, $5, $6)
"""
ENTRIES = """
insert into bench_entry (id, transfer_id, account_id, is_pending, amount, asset, exponent, at)
select uuidv7(), $1, account_id, is_pending, amount, 'EUR', 2, $2
from unnest($3::uuid[], $4::boolean[], $5::bigint[]) as e(account_id, is_pending, amount)
"""

Move = Callable[[UUID, UUID, int, bool], Awaitable[None]]
"""Source, target, amount, and whether in two phases."""


async def through_ledger(source: UUID, target: UUID, amount: int, is_pending: bool) -> None:
    """One transfer as a mutation would write it: a change, or two."""
    id = uuid4()

    async def first(change: Change) -> Mapping[str, Any]:
        await Ledger(change).transfer([Posting(source, target, amount)], id=id, is_pending=is_pending)
        return {}

    async def second(change: Change) -> Mapping[str, Any]:
        await Ledger(change).post(id, id=uuid4())
        return {}

    for body in (first, second) if is_pending else (first,):
        outcome = await changing(SYSTEM, body, mutation="bench", input={})
        assert not outcome.user_errors, outcome.user_errors


class Bare:
    """The same inserts, and nothing else."""

    def __init__(self, connections: list[asyncpg.Connection[asyncpg.Record]]) -> None:
        self._idle = connections

    async def __call__(self, source: UUID, target: UUID, amount: int, is_pending: bool) -> None:
        moved = [(source, is_pending, -amount), (target, is_pending, amount)]
        id = await self._write("PENDING" if is_pending else "POSTED", None, moved)
        if is_pending:
            back = [(account, True, -signed) for account, _, signed in moved]
            await self._write("POST", id, [*back, (source, False, -amount), (target, False, amount)])

    async def _write(self, phase: str, resolves: UUID | None, moved: list[tuple[UUID, bool, int]]) -> UUID:
        id, now = uuid4(), datetime.now(UTC)
        connection = self._idle.pop()
        try:
            async with connection.transaction():
                content = hashlib.sha256(id.bytes).digest()
                await connection.execute(TRANSFER, id, phase, resolves, content, "{}", now)
                await connection.execute(ENTRIES, id, now, *map(list, zip(*moved, strict=True)))
        finally:
            self._idle.append(connection)
        return id


async def rate(move: Move, wallets: list[UUID], hot: UUID | None, *, seconds: float) -> float:
    """Transfers a second, by as many at once as there are connections."""
    draw = Random(time.perf_counter_ns())
    done = 0
    started = time.perf_counter()

    async def work() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            source, target = draw.sample(wallets, 2)
            if hot is not None:
                source, target = (hot, target) if draw.random() < 0.5 else (source, hot)
            await move(source, target, draw.randint(1, 50), draw.random() < TWO_PHASE)
            done += 1

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return done / (time.perf_counter() - started)


async def accounts() -> tuple[list[UUID], UUID]:
    """Wallets with funds, and the platform's clearing account."""
    wallets: list[UUID] = []
    clearing: list[UUID] = []

    async def body(change: Change) -> Mapping[str, Any]:
        ledger = Ledger(change)
        world = await ledger.account(Owner("PLATFORM"), "world", "EUR")
        clearing.append(await ledger.account(Owner("PLATFORM"), "clearing", "EUR"))
        for number in range(WALLETS):
            customer = Customer(name=str(number))
            await change.add(customer)
            wallets.append(await ledger.account(Owner("CUSTOMER", customer.id), "wallet", "EUR"))
            await ledger.transfer([Posting(world, wallets[-1], FUNDS)], id=uuid4())
        return {}

    await changing(SYSTEM, body, mutation="bench", input={})
    return wallets, clearing[0]


async def compare(url: str, orm: Orm, *, rounds: int, seconds: float) -> dict[str, list[float]]:
    """By contestant its rates, round by round."""
    found: dict[str, list[float]] = {"bare": [], "ledger": [], "hot": []}
    async with AsyncExitStack() as stack:
        connections = []
        for _ in range(CONNECTIONS):
            one = await asyncpg.connect(url, **connection_arguments(application_name="bench"))
            stack.callback(one.terminate)
            connections.append(one)
        await connections[0].execute(TABLES)
        bare = Bare(connections)
        with orm.active():
            wallets, clearing = await accounts()
            for number in range(rounds + 1):
                for name, move, hot in (
                    ("bare", bare, None),
                    ("ledger", through_ledger, None),
                    ("hot", through_ledger, clearing),
                ):
                    one_rate = await rate(move, wallets, hot, seconds=seconds)
                    if number:  # the first round warms up
                        found[name].append(one_rate)
    return found


async def measure(url: str, *, rounds: int, seconds: float) -> dict[str, list[float]]:
    storage = core.storage()
    apps = {"core": OrmApp(list(storage.models), storage.migrations)}
    orm = await open_orm(url, apps, pool_size=CONNECTIONS)
    try:
        await migrate(url, apps)
        return await compare(url, orm, rounds=rounds, seconds=seconds)
    finally:
        await orm.close()


def told(found: Mapping[str, list[float]]) -> tuple[str, bool]:
    """The table, and whether the floors hold."""
    medians = {name: median(rates) for name, rates in found.items()}
    ratios = {
        "ledger": [one / bare for one, bare in zip(found["ledger"], found["bare"], strict=True)],
        "hot": [one / own for one, own in zip(found["hot"], found["ledger"], strict=True)],
    }
    lines = ["| contestant | transfers a second | ratio (least to most) | to |", "|---|---|---|---|"]
    for name, to in (("bare", ""), ("ledger", "bare"), ("hot", "ledger")):
        shown = ""
        if to:
            shown = f"{median(ratios[name]):.2f} ({min(ratios[name]):.2f} to {max(ratios[name]):.2f})"
        lines.append(f"| {name} | {medians[name]:,.0f} | {shown} | {to} |")
    return "\n".join(lines), all(median(ratios[name]) >= floor for name, floor in FLOORS.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long a turn lasts")
    parser.add_argument("--page", action="store_true", help="write bench/results/ledger.md")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".serai" / "bench-ledger")
    arguments = parser.parse_args()
    with EmbeddedServers(arguments.data_dir, with_valkey=False) as servers:
        assert servers.database_url is not None
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            url = runner.run(_fresh(servers.database_url))
            found = runner.run(measure(url, rounds=arguments.rounds, seconds=arguments.seconds))
    table, holds = told(found)
    print(table)
    if arguments.page:
        assert __doc__ is not None
        PAGE.write_text(f"# The ledger against bare inserts\n\n{__doc__.strip()}\n\n{table}\n")
    return 0 if holds else 1


async def _fresh(url: str) -> str:
    """A database of its own, made anew."""
    connection = await asyncpg.connect(url)
    await connection.execute("drop database if exists bench_ledger with (force)")
    await connection.execute("create database bench_ledger")
    await connection.close()
    return urlunsplit(urlsplit(url)._replace(path="/bench_ledger"))


if __name__ == "__main__":
    raise SystemExit(main())
