"""PostgreSQL and Valkey are stopped and started under load: what was acknowledged stays, failures may be repeated."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from random import Random

import asyncpg
import httpx
import pytest

from serai.http import open_tokens
from serai.storage.postgres import start_postgres, stop_postgres
from serai.storage.processes import recorded_pid
from serai.storage.valkey import start_valkey, stop_valkey
from serai.viewers import Acting

from .retrying import ApiProcess, Client, Intent, Journal, new_uuid
from .town import Town

CLIENTS = 8
SEED = 20_262
REGISTER = """
mutation ($key: String!, $input: CustomerRegisterInput!) {
  customerRegister(input: $input) @idempotent(key: $key) { customer { id } userErrors { code } }
}
"""
STAMPED = "select count(*) from core_outbox where position is not null"
READ = "query ($id: ID!) { customer(id: $id) { id name } }"


@pytest.mark.parametrize(
    ("rounds", "others"),
    [pytest.param(1, 0, id="short"), pytest.param(12, 1, id="long", marks=pytest.mark.slow)],
)
async def test_servers_come_and_go_and_nothing_acknowledged_is_lost(
    tmp_path: Path, rounds: int, others: int
) -> None:
    draw = Random(SEED)
    # not below pytest's own folder: every session of pytest that begins closes that to the servers' user
    servers = Path(tempfile.mkdtemp(prefix="serai-restarts-"))
    database = await asyncio.to_thread(start_postgres, servers)
    valkey = await asyncio.to_thread(start_valkey, servers)
    (tmp_path / "0").mkdir()
    processes: list[ApiProcess] = []
    journal = Journal()
    try:
        processes.append(serving(tmp_path / "0", database, valkey))
        await processes[0].start()
        town = await Town.open(database)
        staff = await town.operator()
        principal = await town.connection.fetchval("select principal_id from core_staff where id = $1", staff)
        await town.close()
        token = open_tokens(tmp_path / "0", audience="serai").issue(
            Acting(kind="staff", id=staff, principal_id=principal)
        )
        for number in range(1, 1 + others):
            folder = tmp_path / f"{number}"
            shutil.copytree(tmp_path / "0", folder)
            processes.append(serving(folder, database, valkey))
            await processes[-1].start()

        client = Client(processes, token, journal, draw)
        done = asyncio.Event()
        began = time.perf_counter()
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            load = [
                asyncio.create_task(register_and_read(client, journal, http, draw, done))
                for _ in range(CLIENTS)
            ]
            for _ in range(rounds):
                await restart_all(servers, journal)
            await answered(journal, CLIENTS * 4)
            done.set()
            await asyncio.gather(*load)
        took_s = time.perf_counter() - began
        await check(database, journal)
    finally:
        await asyncio.gather(*(one.kill() for one in processes if one.port))
        stop_valkey(servers)
        stop_postgres(servers)
        shutil.rmtree(servers, ignore_errors=True)
    print(
        f"\n{rounds * 2} restarts of PostgreSQL, {rounds} of Valkey in {took_s:.1f} s: {len(journal.told):,} answers "
        f"noted, {journal.retriable} attempts told to try again, {journal.cut_off} without an answer"
    )


def serving(folder: Path, database: str, valkey: str) -> ApiProcess:
    return ApiProcess(folder, SERAI_DATABASE_URL=database, SERAI_REDIS_URL=valkey, SERAI_DATA_DIR=str(folder))


async def register_and_read(
    client: Client, journal: Journal, http: httpx.AsyncClient, draw: Random, done: asyncio.Event
) -> None:
    """Registers customers one after another, and reads each as soon as it is acknowledged, by whichever process."""
    while not done.is_set():
        number = len(journal.intents)
        variables = {"key": new_uuid(draw), "input": {"name": f"customer {number}"}}
        journal.intents.append(Intent(kind="register", document=REGISTER, variables=variables))
        await client.send(http, number)
        answer = journal.told[number][0]
        assert "errors" not in answer, answer
        id = answer["data"]["customerRegister"]["customer"]["id"]
        reading = len(journal.intents)
        journal.intents.append(Intent(kind="read", document=READ, variables={"id": id}))
        await client.send(http, reading)
        expected = {"data": {"customer": {"id": id, "name": f"customer {number}"}}}
        assert journal.told[reading] == [expected]


async def restart_all(servers: Path, journal: Journal) -> None:
    """PostgreSQL by fast and by immediate shutdown, and Valkey, each while requests are being answered."""
    for how in (signal.SIGINT, signal.SIGQUIT):
        await answered(journal, CLIENTS)
        server = recorded_pid(servers / "postgres" / "postmaster.pid")
        assert server is not None
        os.kill(server, how)
        await asyncio.to_thread(start_postgres, servers)
    await asyncio.to_thread(stop_valkey, servers)
    await answered(journal, CLIENTS)
    await asyncio.to_thread(start_valkey, servers)


async def answered(journal: Journal, more: int) -> None:
    """Until so many more requests have been answered."""
    wanted = len(journal.told) + more
    async with asyncio.timeout(60):
        while len(journal.told) < wanted:  # noqa: ASYNC110 -- the journal tells nobody
            await asyncio.sleep(0.02)


async def check(database: str, journal: Journal) -> None:
    """What was acknowledged is there, once, and nothing else; and the feed has told of each of them."""
    told = {
        answers[0]["data"]["customerRegister"]["customer"]["id"]: intent.variables["input"]["name"]
        for intent, answers in journal.of("register")
    }
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch("select id, name from core_customer")
        assert {f"cus_{row['id'].hex}": row["name"] for row in rows} == told
        assert len(told) == len(journal.of("register"))
        async with asyncio.timeout(30):
            while await connection.fetchval(STAMPED) < len(rows):  # noqa: ASYNC110 -- in another process
                await asyncio.sleep(0.05)
        assert await connection.fetchval("select count(*) from core_outbox") == len(rows)
    finally:
        await connection.close()
