"""Mutations sent three times each under their keys, while processes are killed and Valkey is flushed: each once."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest
import redis.asyncio as redis

from serai.http import open_tokens
from serai.viewers import Acting
from serai_testkit.servers import ValkeyServer

from .retrying import ApiProcess, Client, Intent, Journal, drawn, new_uuid
from .town import Town

COPIES = 3
CUSTOMERS = 8
SEED = 20_261

NOTE = """
mutation ($key: String!, $input: CustomerNoteAddInput!) {
  customerNoteAdd(input: $input) @idempotent(key: $key) { note { id } userErrors { code } }
}
"""
UPDATE = """
mutation ($key: String!, $input: CustomerUpdateInput!) {
  customerUpdate(input: $input) @idempotent(key: $key) { customer { id } userErrors { code } }
}
"""
TAG = """
mutation ($key: String!, $input: TagCreateInput!) {
  tagCreate(input: $input) @idempotent(key: $key) { tag { id } userErrors { code field message } }
}
"""
PAIR = """
mutation ($key: String!, $first: CustomerRegisterInput!, $other: String!, $second: CustomerRegisterInput!) {
  first: customerRegister(input: $first) @idempotent(key: $key) { customer { id } userErrors { code } }
  second: customerRegister(input: $second) @idempotent(key: $other) { customer { id } userErrors { code } }
}
"""


@pytest.mark.parametrize(
    ("count", "least", "most"),
    [pytest.param(80, 1, 1, id="short"), pytest.param(1_000, 8, 100, id="long", marks=pytest.mark.slow)],
)
async def test_each_happens_once_and_all_who_ask_are_told_the_same(
    town: Town, database: str, valkey_server: ValkeyServer, tmp_path: Path, count: int, least: int, most: int
) -> None:
    draw = Random(SEED)
    staff = await town.operator()
    customers = [await town.customer() for _ in range(CUSTOMERS)]
    journal = Journal()
    token = open_tokens(tmp_path / "0", audience="serai").issue(
        Acting(
            kind="staff",
            id=staff,
            principal_id=await town.connection.fetchval(
                "select principal_id from core_staff where id = $1", staff
            ),
        )
    )

    # a folder is one run's; the key that tokens are signed with is the same
    shutil.copytree(tmp_path / "0", tmp_path / "1")
    processes = [
        ApiProcess(
            tmp_path / name,
            SERAI_DATABASE_URL=database,
            SERAI_REDIS_URL=valkey_server.url,
            SERAI_DATA_DIR=str(tmp_path / name),
        )
        for name in ("0", "1")
    ]

    def customer() -> str:
        return f"cus_{draw.choice(customers).hex}"

    def note(number: int) -> Intent:
        given = {"customer": customer(), "text": f"note {number}"}
        return Intent(kind="note", document=NOTE, variables={"key": new_uuid(draw), "input": given})

    def update(number: int) -> Intent:
        given = {"id": customer(), "name": f"name {number}"}
        return Intent(kind="update", document=UPDATE, variables={"key": new_uuid(draw), "input": given})

    def tag(number: int) -> Intent:
        # two intents want each name: one of them is refused, and so are all its repeats
        given = {"name": f"tag {number // 8}"}
        return Intent(kind="tag", document=TAG, variables={"key": new_uuid(draw), "input": given})

    def pair(number: int) -> Intent:
        given = {"first": {"name": f"first {number}"}, "second": {"name": f"second {number}"}}
        keys = {"key": new_uuid(draw), "other": new_uuid(draw)}
        return Intent(kind="pair", document=PAIR, variables=keys | given)

    journal.intents = drawn((note, update, tag, pair), count, draw)
    client = Client(processes, token, journal, draw)
    killed = flushed = 0

    async def storm(done: asyncio.Event) -> None:
        nonlocal killed
        while killed < most and not done.is_set():
            await asyncio.sleep(draw.uniform(0.1, 0.4))
            process = draw.choice(processes)
            if process.in_flight:
                await process.kill()
                killed += 1
                await process.start()

    async def flush(done: asyncio.Event) -> None:
        nonlocal flushed
        valkey = redis.from_url(valkey_server.url)
        while not done.is_set():
            await valkey.flushdb()
            flushed += 1
            await asyncio.sleep(0.2)
        await valkey.aclose()

    try:
        await asyncio.gather(*(one.start() for one in processes))
        began = time.perf_counter()
        done = asyncio.Event()
        storms = [asyncio.create_task(storm(done)), asyncio.create_task(flush(done))]
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
        async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as http:
            copies = [number for number in range(count) for _ in range(COPIES)]
            # repeats come close together or far apart, and most while a process is being killed or comes back
            copies.sort(key=lambda number: number + draw.uniform(0, 30))
            waiting = asyncio.Semaphore(24)

            async def send(number: int) -> None:
                async with waiting:
                    await asyncio.sleep(draw.uniform(0, 0.1))
                    await client.send(http, number)

            await asyncio.gather(*(send(number) for number in copies))
        took_s = time.perf_counter() - began
        done.set()
        await asyncio.gather(*storms)
    finally:
        await asyncio.gather(*(one.kill() for one in processes if one.port))

    hits = check_answers(journal)
    await check_rows(journal, town, customers)
    assert least <= killed <= most
    assert journal.cut_off >= killed
    print(
        f"\n{count:,} mutations sent {COPIES} times each in {took_s:.1f} s: {killed} processes killed, Valkey flushed "
        f"{flushed} times, {journal.cut_off} attempts cut off, {journal.retriable} told to try again, {hits} replays"
    )


def check_answers(journal: Journal) -> int:
    """All who asked for the same were told the same, at most one of them as the first; how many replays there were."""
    hits = 0
    for number in range(len(journal.intents)):
        answers = journal.told[number]
        assert len(answers) == COPIES
        assert [one for one in answers if "errors" in one] == []
        assert all(one["data"] == answers[0]["data"] for one in answers), answers
        replays = sum(one.get("extensions") == {"idempotencyHit": True} for one in answers)
        assert replays >= COPIES - 1
        hits += replays
    return hits


async def check_rows(journal: Journal, town: Town, customers: list[UUID]) -> None:
    """What the journal says was done is there, once, and nothing else."""
    noted = {
        answers[0]["data"]["customerNoteAdd"]["note"]["id"]: intent.variables["input"]["text"]
        for intent, answers in journal.of("note")
    }
    rows = await town.connection.fetch("select id, text from core_customer_note")
    assert sorted((f"not_{row['id'].hex}", row["text"]) for row in rows) == sorted(noted.items())

    updates = Counter(intent.variables["input"]["id"] for intent, _ in journal.of("update"))
    rows = await town.connection.fetch("select id, version from core_customer where id = any($1)", customers)
    assert {f"cus_{row['id'].hex}": row["version"] - 1 for row in rows if row["version"] > 1} == updates

    won, lost = dict[str, str](), Counter[str]()
    for intent, answers in journal.of("tag"):
        name, payload = intent.variables["input"]["name"], answers[0]["data"]["tagCreate"]
        if payload["userErrors"]:
            assert [one["code"] for one in payload["userErrors"]] == ["NAME_TAKEN"]
            lost[name] += 1
        else:
            assert name not in won
            won[name] = payload["tag"]["id"]
    rows = await town.connection.fetch("select id, name from core_tag")
    assert {row["name"]: f"tag_{row['id'].hex}" for row in rows} == won
    assert set(lost.values()) <= {1}

    pairs = {
        intent.variables[half]["name"]: answers[0]["data"][half]["customer"]["id"]
        for intent, answers in journal.of("pair")
        for half in ("first", "second")
    }
    rows = await town.connection.fetch("select id, name from core_customer where not id = any($1)", customers)
    assert len(rows) == len(pairs)
    assert {row["name"]: f"cus_{row['id'].hex}" for row in rows} == pairs

    events = await town.connection.fetch("select event, count(*) from core_outbox group by event")
    told = {row["event"]: row["count"] for row in events}
    assert told["customer.registered"] == len(pairs)
    assert told["customer.updated"] == updates.total()
    keys = await town.connection.fetchval("select count(*) from core_idempotency where outcome is not null")
    assert keys == len(noted) + updates.total() + len(journal.of("tag")) + len(pairs)
    assert await town.connection.fetchval("select count(*) from core_idempotency") == keys
