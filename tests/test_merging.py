"""Customers that are one: found, merged with all that refers to them, however many try at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest_asyncio

from serai.app import Platform
from serai.core.plugin import plugin as core
from serai.engines.ledger.service import Ledger
from serai.viewers import Viewer
from serai_sdk.ledger import Owner, Posting

from .conftest import OpenPlatform
from .test_forgetting import ask, change
from .town import Town

STAFF = Viewer(kind="staff", permissions=frozenset(one.name for one in core.permissions()))

REFERRING = """
select r.relname || '.' || a.attname
from pg_constraint c
join pg_class r on r.oid = c.conrelid
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f'
  and c.confrelid = 'core_customer'::regclass
order by 1
"""

SUMS = """
select count(*), sum(total_minor), string_agg(number || status || provider_id, ',' order by number)
from core_transaction
"""


@pytest_asyncio.fixture(loop_scope="session")
async def platform(open_here: OpenPlatform) -> Platform:
    return await open_here(orm_pool_size=40)


def cus(id: UUID) -> str:
    return f"cus_{id.hex}"


async def merge(platform: Platform, into: UUID, *gone: UUID, **more: Any) -> list[str]:
    """The codes of what was wrong with it."""
    input = {"into": cus(into), "from": [cus(one) for one in gone]} | more
    return [one["code"] for one in await change(platform, "customerMerge", STAFF, input)]


async def lived(town: Town, customer: UUID, *, day: int) -> None:
    """A row in every table that refers to customers."""
    provider, scenario = await town.provider(), await town.scenario()
    await town.customer(inviter_id=customer)
    await town.demand(customer, scenario)
    stay, first = await town.stay(provider), date(2026, 7, 1) + timedelta(days=day)
    await town.booking(customer, stay, first)
    await town.add(
        "booking_hold", customer_id=customer, stay_id=stay, check_in=first, check_out=first + timedelta(days=1),
        guests=1, status="RELEASED", expires_at=datetime.now(UTC),
    )  # fmt: skip
    for kind in ("HOME", "SHIPPING"):
        await town.add(
            "core_customer_address", customer_id=customer, kind=kind, is_default=True, place_city_code="DEBER"
        )
    at = datetime.now(UTC) - timedelta(days=day)
    await town.add(
        "core_customer_consent", customer_id=customer, purpose="news", text_version=str(day), granted=True, at=at,
        is_current=True,
    )  # fmt: skip
    tag = await town.connection.fetchval("select id from core_tag where name = 'vip'")
    tag = tag or await town.add("core_tag", name="vip")
    await town.add("core_customer_tag", customer_id=customer, tag_id=tag)
    await town.add(
        "core_customer_note", customer_id=customer, author_id=await town.operator(), text=f"Note {day}"
    )
    await town.add(
        "core_ledger_account", customer_id=customer, owner_kind="CUSTOMER", key=f"customer:{customer.hex}:wallet:EUR",
        kind="wallet", asset="EUR", exponent=2, may_overdraw=False,
    )  # fmt: skip
    await town.connection.execute(
        "insert into core_external_ref (entity, source, external_id, row_id) values ('cus', 'erp', $2, $1)",
        customer, f"E-{day:06}",
    )  # fmt: skip


async def test_all_that_referred_to_the_others_refers_to_the_survivor(platform: Platform, town: Town) -> None:
    into, gone, other = await town.customer(), await town.customer(), await town.customer()
    for day, one in enumerate((into, gone, other)):
        await lived(town, one, day=day * 10)
    referring = [row[0].split(".") for row in await town.connection.fetch(REFERRING)]
    counted = {}
    for table, column in referring:
        statement = f"select count(*) from {table} where {column} = any($1)"
        counted[table, column] = await town.connection.fetchval(statement, [into, gone])
    assert {table for table, _ in referring} >= {"booking_booking", "core_transaction", "core_demand"}
    assert all(count >= 2 for (table, _), count in counted.items() if not table.startswith("core_form"))
    sums = await town.connection.fetchrow(SUMS)

    assert await merge(platform, into, gone) == []

    for table, column in referring:
        of = f"select count(*) from {table} where {column} = $1"
        kept = counted[table, column] - (1 if table == "core_customer_tag" else 0)
        assert await town.connection.fetchval(of, into) == kept, table
        assert await town.connection.fetchval(of, gone) == 0, table
    assert await town.connection.fetchrow(SUMS) == sums
    assert await town.connection.fetchval("select count(*) from core_customer where id = $1", gone) == 0
    refs = await town.connection.fetch(
        "select external_id from core_external_ref where row_id = $1 order by 1", into
    )
    assert [row[0] for row in refs] == ["E-000000", "E-000010"]
    defaults = (
        "select kind, count(*) filter (where is_default) from core_customer_address "
        "where customer_id = $1 group by 1"
    )
    assert dict(await town.connection.fetch(defaults, into)) == {"HOME": 1, "SHIPPING": 1}
    current = "select text_version from core_customer_consent where customer_id = $1 and is_current"
    assert [row[0] for row in await town.connection.fetch(current, into)] == ["0"]
    event = "select payload->'fromIds' from core_outbox where event = 'customer.merged' and aggregate_id = $1"
    assert await town.connection.fetchval(event, into) == f'["{gone}"]'
    assert (
        await town.connection.fetchval("select count(*) from booking_booking where customer_id = $1", other)
        == 1
    )


async def test_what_the_survivor_lacks_it_takes_in_the_order_given(platform: Platform, town: Town) -> None:
    login = await town.principal()
    friend = await town.customer()
    into = await town.customer(name="Ada", email=None, attributes={"a": 1})
    first = await town.customer(email="ada@example.org", attributes={"a": 2, "b": 2}, inviter_id=into)
    second = await town.customer(
        email="late@example.org", phone="030 901820", phone_e164="+4930901820", attributes={"b": 3, "c": 3},
        principal_id=login, inviter_id=friend, source_channel="fair",
    )  # fmt: skip
    assert await merge(platform, into, first, second) == []
    row = await town.connection.fetchrow(
        "select *, attributes::text as known from core_customer where id = $1", into
    )
    assert row["known"] == '{"a": 1, "b": 2, "c": 3}'
    assert (row["name"], row["email"], row["phone"], row["phone_e164"], row["source_channel"], row["version"]) == (
        "Ada", "ada@example.org", "030 901820", "+4930901820", "fair", 2,
    )  # fmt: skip
    assert (row["principal_id"], row["inviter_id"]) == (login, friend)


async def test_what_cannot_be_merged_changes_nothing(platform: Platform, town: Town) -> None:
    one = await town.customer(principal_id=await town.principal())
    two = await town.customer(principal_id=await town.principal())
    gone = await town.customer(forgotten_at=datetime.now(UTC))
    three = await town.customer()
    assert await merge(platform, one, two) == ["SEVERAL_SIGN_IN"]
    assert await merge(platform, one, one) == ["INVALID"]
    assert await merge(platform, one) == ["INVALID"]
    assert await merge(platform, one, gone) == ["NOT_FOUND"]
    assert await merge(platform, gone, one) == ["NOT_FOUND"]
    assert await merge(platform, one, three, expectedVersion=2) == ["CONFLICT"]
    assert await town.connection.fetchval("select count(*) from core_customer") == 4
    assert await town.connection.fetchval("select max(version) from core_customer") == 1
    assert await town.connection.fetchval("select count(*) from core_outbox") == 0


async def test_a_plug_ins_table_that_does_not_allow_it_is_named(platform: Platform, town: Town) -> None:
    await town.connection.execute(
        "create table spa_card (customer_id uuid not null unique references core_customer (id), points integer)"
    )
    one, two = await town.customer(), await town.customer()
    for customer in (one, two):
        await town.connection.execute("insert into spa_card values ($1, 1)", customer)
    input = {"into": cus(one), "from": [cus(two)]}
    [error] = await change(platform, "customerMerge", STAFF, input)
    assert error["code"] == "CLASH"
    assert "spa_card" in error["message"]
    assert await town.connection.fetchval("select count(*) from core_customer") == 2
    await town.connection.execute("delete from spa_card where customer_id = $1", one)
    assert await merge(platform, one, two) == []
    assert await town.connection.fetchval("select customer_id from spa_card") == one


async def test_merges_both_ways_and_round_a_circle_leave_one(platform: Platform, town: Town) -> None:
    """A into B, B into A, B into C, C into A, at once, with demands being opened for all of them."""
    scenario = await town.scenario()
    for _ in range(12):
        people = [await town.customer() for _ in range(3)]
        a, b, c = people
        opened = [
            change(platform, "demandOpen", STAFF, {"customer": cus(one), "scenario": f"scn_{scenario.hex}"})
            for one in people
        ]
        merges = [merge(platform, x, y) for x, y in ((a, b), (b, a), (b, c), (c, a))]
        outcomes = await asyncio.gather(*merges, *opened)
        assert all(one in ([], ["NOT_FOUND"]) for one in outcomes[:4]), outcomes
        assert all(one == [] or [e["code"] for e in one] == ["NOT_FOUND"] for one in outcomes[4:]), outcomes
        left = "select count(*) from core_customer where id = any($1)"
        done = sum(one == [] for one in outcomes[:4])
        assert await town.connection.fetchval(left, people) == 3 - done
        assert done >= 1
        of_them = "select count(*) from core_demand where customer_id = any($1)"
        placed = sum(one == [] for one in outcomes[4:])
        assert await town.connection.fetchval(of_them, people) == placed
        await town.connection.execute("delete from core_demand_event")
        await town.connection.execute("delete from core_demand")


async def test_who_may_be_one_and_why(platform: Platform, town: Town) -> None:
    ada = await town.customer(email="Ada+shop@example.org", phone_e164="+4930901820")
    same_mailbox = await town.customer(email="ada@example.org")
    same_phone = await town.customer(phone_e164="+4930901820")
    same_number_elsewhere = await town.customer()
    await town.customer()
    refs = ((ada, "erp", "K-100200"), (same_number_elsewhere, "shop", "K-100200"), (same_phone, "shop", "77"),
            (same_mailbox, "erp", "77"))  # fmt: skip
    for row in refs:
        await town.connection.execute(
            "insert into core_external_ref (entity, row_id, source, external_id) values ('cus', $1, $2, $3)",
            *row,
        )
    document = """query($id: ID!) { customer(id: $id) {
      duplicates { id } email: duplicates(by: EMAIL) { id } phone: duplicates(by: PHONE) { id }
      externalId: duplicates(by: EXTERNAL_ID) { id }
    } }"""
    found = (await ask(platform, document, STAFF, id=cus(ada)))["customer"]
    assert {name: [one["id"] for one in several] for name, several in found.items()} == {
        "duplicates": [cus(one) for one in sorted((same_mailbox, same_phone, same_number_elsewhere))],
        "email": [cus(same_mailbox)],
        "phone": [cus(same_phone)],
        "externalId": [cus(same_number_elsewhere)],
    }
    pairs = """query($after: String) {
      p: customerDuplicates(by: PHONE, after: $after) { reason customer { id } other { id } cursor }
    }"""
    (pair,) = (await ask(platform, pairs, STAFF))["p"]
    assert pair == {
        "reason": "PHONE",
        "customer": {"id": cus(ada)},
        "other": {"id": cus(same_phone)},
        "cursor": pair["cursor"],
    }
    assert (await ask(platform, pairs, STAFF, after=pair["cursor"]))["p"] == []
    engine: Any = platform.engine
    result = await engine.execute(pairs, {"after": cus(ada)}, None, STAFF)
    assert [one["extensions"]["code"] for one in orjson.loads(result.body)["errors"]] == ["BAD_CURSOR"]


async def test_what_the_others_held_is_the_survivors_to_spend(platform: Platform, town: Town) -> None:
    people = [await town.customer() for _ in range(3)]
    into, *gone = people

    async def fund(change: Any) -> dict[str, Any]:
        ledger = Ledger(change)
        world = await ledger.account(Owner("PLATFORM"), "world", "EUR")
        for number, one in enumerate(gone):
            wallet = await ledger.account(Owner("CUSTOMER", one), "wallet", "EUR")
            await ledger.transfer([Posting(world, wallet, 100)], id=UUID(int=number))
            await ledger.transfer([Posting(wallet, world, 30)], id=UUID(int=9 + number), is_pending=True)
        return {}

    async def held(change: Any) -> dict[str, Any]:
        ledger = Ledger(change)
        own = await ledger.account(Owner("CUSTOMER", into), "wallet", "EUR")
        return {"available": (await ledger.balance(own)).available}

    await platform.change(lambda ctx: fund(ctx.change))
    assert await merge(platform, into, *gone) == []
    assert (await platform.change(lambda ctx: held(ctx.change))).payload == {"available": 140}
    left = """
      select b.posted, b.reserved
      from core_ledger_account a
      join core_ledger_balance b on b.account_id = a.id
      where a.customer_id = $1
      order by 1
    """
    assert [tuple(row) for row in await town.connection.fetch(left, into)] == [(30, 30), (30, 30), (140, 0)]


async def test_pages_of_duplicates_leave_no_pair_out(platform: Platform, town: Town) -> None:
    several = [await town.customer(phone_e164="+4930901820") for _ in range(5)]
    found: list[tuple[str, str]] = []
    after = None
    document = """query($after: String) {
      p: customerDuplicates(by: PHONE, first: 3, after: $after) { customer { id } other { id } cursor }
    }"""
    while page := (await ask(platform, document, STAFF, after=after))["p"]:
        found += [(one["customer"]["id"], one["other"]["id"]) for one in page]
        after = page[-1]["cursor"]
    ids = sorted(map(cus, several))
    assert found == [(a, b) for a in ids for b in ids if a < b]
