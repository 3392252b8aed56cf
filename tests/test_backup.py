"""A backup of a platform at work, put back elsewhere: the same ids, the same answers, byte for byte."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from serai.app import Platform
from serai.core.viewers import find_acting
from serai.storage.backup import back_up
from serai.storage.restore import read_archive, restore
from serai.viewers import SYSTEM
from serai_testkit.pytest_plugin import CloneDatabase

from .conftest import OpenPlatform
from .town import Town

PAGE = """{
  customers(first: 50, orderBy: [{name: DESC}]) {
    totalCount
    nodes {
      id name version updatedAt email
      transactions(first: 5) { totalCount nodes { id number total { amount currency } lines { nodes { id title } } } }
      bookings(first: 5) { nodes { id checkIn nights stay { id title capacity provider { id name } } } }
    }
  }
  scenarios(first: 5) { nodes { id slug } }
}"""

UPDATE = """mutation Update($id: ID!, $name: String!) {
  customerUpdate(input: {id: $id, name: $name}) { customer { version } userErrors { code } }
}"""

PLACE = """mutation Place($customer: ID!, $provider: ID!) {
  transactionPlace(input: {
    customer: $customer, provider: $provider, channel: "web",
    lines: [{title: "One", quantity: 1, unitPrice: {amount: "10", currency: "EUR"}}]
  }) { transaction { number } userErrors { code } }
}"""

TABLES = """
select relname
from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r'
order by relname
"""


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def digests(dsn: str) -> dict[str, str]:
    """A digest of the rows of each table, and where each sequence stands."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = [row["relname"] for row in await connection.fetch(TABLES)]
        found = {
            table: await connection.fetchval(
                f"select md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            )
            for table in tables
        }
        rows = await connection.fetch("select sequencename, last_value from pg_sequences order by 1")
        return found | {row["sequencename"]: str(row["last_value"]) for row in rows}
    finally:
        await connection.close()


async def ask(platform: Platform, document: str, **variables: Any) -> bytes:
    acting = await find_acting(platform.pool, "staff:operator")
    viewer = await platform.load_viewer(acting.kind, acting.id)
    result = await platform.engine.execute(document, variables, None, viewer or SYSTEM, request_id="test")
    assert not result.errors, result.body
    return bytes(result.body)


async def test_a_backup_of_a_running_platform_is_the_platform_elsewhere(
    open_here: OpenPlatform, town: Town, clone_database: CloneDatabase, tmp_path: Path
) -> None:
    await town.operator()
    customers = [await town.customer(name=f"Käthe {number} 王") for number in range(20)]
    provider = await town.provider()
    await town.scenario()
    stay = await town.stay(provider)
    for number, customer in enumerate(customers):
        await town.transaction(customer, provider, lines=2)
        await town.booking(customer, stay, date(2026, 1 + number % 12, 1 + number))
    source = await open_here()
    file = tmp_path / "serai.backup"

    changed = 0
    has_begun, is_over = asyncio.Event(), asyncio.Event()

    async def go_on() -> None:
        nonlocal changed
        while not is_over.is_set():
            customer = f"cus_{customers[changed % 20].hex}"
            await ask(source, UPDATE, id=customer, name=f"Name {changed}")
            await ask(source, PLACE, customer=customer, provider=f"prv_{provider.hex}")
            changed += 1
            has_begun.set()

    changing = asyncio.create_task(go_on())
    beginning = asyncio.create_task(has_begun.wait())
    await asyncio.wait({changing, beginning}, return_when=asyncio.FIRST_COMPLETED)
    assert beginning.done(), changing
    before = changed
    await back_up(town.dsn, file)
    after = changed
    is_over.set()
    await changing
    assert after > before, "Serai went on while it was copied"
    assert [(one.name, stat.filemode(one.stat().st_mode)) for one in files(tmp_path)] == [
        ("serai.backup", "-rw-------")
    ]

    elsewhere = await clone_database()
    archive = await read_archive(file)
    await restore(elsewhere, archive)
    connection = await asyncpg.connect(elsewhere)
    updates, events, placed, torn = await connection.fetchrow("""
        select (select sum(version - 1) from core_customer),
               (select count(*) from core_outbox where event = 'customer.updated'),
               (select count(*) from core_outbox where event = 'transaction.placed'),
               (select count(*) from core_transaction t
                where total_minor <> (select sum(amount_minor) from core_transaction_line l
                                      where l.transaction_id = t.id))
    """)
    assert updates == events, "a change is in the file with its event, or not at all"
    assert before <= updates <= after + 1
    assert placed in (updates, updates - 1)
    assert torn == 0
    await connection.close()

    # Now that nothing changes, the copy is the original.
    await back_up(town.dsn, file)
    await restore(elsewhere, await read_archive(file), is_replacing=True)
    assert await digests(elsewhere) == await digests(town.dsn)
    copy = await open_here(database_url=elsewhere)
    assert await copy.pending() == []
    answer = await ask(source, PAGE)
    assert await ask(copy, PAGE) == answer
    assert json.loads(answer)["data"]["customers"]["totalCount"] == 20

    number = json.loads(
        await ask(copy, PLACE, customer=f"cus_{customers[0].hex}", provider=f"prv_{provider.hex}")
    )
    again = json.loads(
        await ask(source, PLACE, customer=f"cus_{customers[0].hex}", provider=f"prv_{provider.hex}")
    )
    assert number == again, "it goes on with the number that comes next"
