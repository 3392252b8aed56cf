"""Customers' timelines: complete, in order, paged exactly, and silent about what may not be seen."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from serai.app import Platform
from serai.core.customers.timeline import LOOK, _branch, timelines
from serai.viewers import ANONYMOUS, Viewer
from serai_sdk.orm import new_id

PAGE = """
query ($first: Int!, $after: String, $kinds: [String!], $before: DateTime) {
  customers(first: 100, orderBy: [{name: ASC}]) {
    nodes {
      name
      timeline(first: $first, after: $after, kinds: $kinds, before: $before) {
        entries { at kind title plugin cursor subject { id __typename } }
        hasNextPage
        endCursor
      }
    }
  }
}
"""


def staff(*permissions: str) -> Viewer:
    return Viewer(kind="staff", staff_id=new_id(), permissions=frozenset(permissions))


EVERYTHING = staff("customers:read", "demands:read", "transactions:read", "booking:read")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sent(platform: Platform) -> Iterator[list[str]]:
    """The statements that were sent."""
    statements: list[str] = []

    def seen(sql: str, _: object) -> None:
        statements.append(sql)

    platform.pool.observers.append(seen)
    yield statements
    platform.pool.observers.remove(seen)


async def life(rows: Any, name: str, *, at: datetime = START) -> UUID:
    """A customer with a demand and two transactions, the later of them cancelled."""
    customer = await rows.customer(name=name, created_at=at)
    provider, scenario = await rows.provider(), await rows.scenario()
    await rows.demand(customer, scenario, created_at=at + timedelta(days=1))
    await rows.transaction(
        customer,
        provider,
        status="FULFILLED",
        placed_at=at + timedelta(days=2),
        confirmed_at=at + timedelta(days=3),
        fulfilled_at=at + timedelta(days=5),
    )
    await rows.transaction(
        customer,
        provider,
        status="CANCELLED",
        placed_at=at + timedelta(days=4),
        cancelled_at=at + timedelta(days=5),
    )
    return customer


async def ask(graph: Any, viewer: Viewer, **variables: Any) -> dict[str, Any]:
    """The timelines by customer's name."""
    data = await graph.ask(PAGE, viewer, **{"first": 20} | variables)
    return {one["name"]: one["timeline"] for one in data["customers"]["nodes"]}


async def test_a_life_is_told_backwards(graph: Any, rows: Any) -> None:
    customer = await life(rows, "Ada")
    found = (await ask(graph, EVERYTHING))["Ada"]
    assert [(one["at"][:10], one["kind"], one["subject"]["__typename"]) for one in found["entries"]] == [
        ("2026-01-06", "transaction.fulfilled", "Transaction"),
        ("2026-01-06", "transaction.cancelled", "Transaction"),
        ("2026-01-05", "transaction.placed", "Transaction"),
        ("2026-01-04", "transaction.confirmed", "Transaction"),
        ("2026-01-03", "transaction.placed", "Transaction"),
        ("2026-01-02", "demand.opened", "Demand"),
        ("2026-01-01", "customer.registered", "Customer"),
    ]
    assert found["hasNextPage"] is False
    assert found["endCursor"] == found["entries"][-1]["cursor"]
    last = found["entries"][-1]
    assert last["title"] == "Was registered"
    assert last["plugin"] == "core"
    assert last["subject"]["id"] == f"cus_{customer.hex}"


async def test_kinds_and_before_leave_a_part_of_it(graph: Any, rows: Any) -> None:
    await life(rows, "Ada")
    placed = await ask(graph, EVERYTHING, kinds=["transaction.placed", "gone.happened"])
    assert [one["kind"] for one in placed["Ada"]["entries"]] == ["transaction.placed"] * 2
    early = await ask(graph, EVERYTHING, before="2026-01-03T00:00:00Z")
    assert [one["kind"] for one in early["Ada"]["entries"]] == ["demand.opened", "customer.registered"]
    none = await ask(graph, EVERYTHING, kinds=[])
    assert none["Ada"] == {"entries": [], "hasNextPage": False, "endCursor": None}


async def test_pages_are_exact_whatever_stands_at_the_same_instant(graph: Any, rows: Any) -> None:
    customer, provider = await rows.customer(name="Ada", created_at=START), await rows.provider()
    draw = random.Random(7)
    for _ in range(30):
        placed = START + timedelta(days=draw.randrange(3))
        await rows.transaction(
            customer,
            provider,
            status="FULFILLED",
            placed_at=placed,
            confirmed_at=placed + timedelta(days=draw.randrange(2)),
            fulfilled_at=placed + timedelta(days=draw.randrange(2)),
        )
    whole = (await ask(graph, EVERYTHING, first=100))["Ada"]["entries"]
    assert len(whole) == 91
    keys = [(one["at"], one["kind"], one["subject"]["id"]) for one in whole]
    assert keys == sorted(keys, reverse=True)
    assert len(set(keys)) == 91
    for size in (1, 7, 90, 91):
        walked: list[Any] = []
        after, has_next = None, True
        while has_next:
            page = (await ask(graph, EVERYTHING, first=size, after=after))["Ada"]
            walked += page["entries"]
            after, has_next = page["endCursor"], page["hasNextPage"]
        assert walked == whole, size


async def test_what_comes_in_between_moves_nothing(graph: Any, rows: Any) -> None:
    customer = await life(rows, "Ada")
    whole = (await ask(graph, EVERYTHING))["Ada"]["entries"]
    first = (await ask(graph, EVERYTHING, first=3))["Ada"]
    await rows.transaction(customer, await rows.provider(), placed_at=datetime.now(UTC))
    second = (await ask(graph, EVERYTHING, first=20, after=first["endCursor"]))["Ada"]
    assert first["entries"] + second["entries"] == whole


async def test_a_statement_for_all_customers_and_one_for_each_kind_of_row(
    graph: Any, rows: Any, sent: list[str]
) -> None:
    for number in range(12):
        await life(rows, f"Customer {number:02}", at=START + timedelta(days=number))
    await ask(graph, EVERYTHING)
    await asyncio.sleep(0)
    sent.clear()
    found = await ask(graph, EVERYTHING)
    await asyncio.sleep(0)
    assert {len(one["entries"]) for one in found.values()} == {7}
    # the customers; all timelines; who of customers, demands, transactions may be seen; what the entries are about
    assert len(sent) == 1 + 1 + 3 + 1, sent


@pytest.mark.parametrize(
    ("permissions", "kinds"),
    [
        (("customers:read",), {"customer.registered"}),
        (("customers:read", "demands:read"), {"customer.registered", "demand.opened"}),
        (
            ("customers:read", "transactions:read"),
            {"customer.registered", "transaction.placed", "transaction.confirmed", "transaction.fulfilled",
             "transaction.cancelled"},
        ),
    ],
)  # fmt: skip
async def test_nothing_is_told_of_rows_one_may_not_see(
    graph: Any, rows: Any, permissions: tuple[str, ...], kinds: set[str]
) -> None:
    await life(rows, "Ada")
    for size in (1, 2, 20):
        found: set[str] = set()
        after, has_next = None, True
        while has_next:
            page = (await ask(graph, staff(*permissions), first=size, after=after))["Ada"]
            assert len(page["entries"]) == size or not page["hasNextPage"]
            found |= {one["kind"] for one in page["entries"]}
            assert all(one["subject"] for one in page["entries"])
            after, has_next = page["endCursor"], page["hasNextPage"]
        assert found == kinds


async def test_a_customer_sees_its_own_and_who_deals_with_it_nothing(graph: Any, rows: Any) -> None:
    customer, other = await life(rows, "Ada"), await life(rows, "Bob")
    provider = await rows.provider()
    await rows.transaction(customer, provider, placed_at=START)
    own = await ask(graph, Viewer(kind="customer", customer_id=customer))
    assert len(own["Ada"]["entries"]) == 8
    assert set(own) == {"Ada"}
    dealing = await ask(graph, Viewer(kind="provider", provider_id=provider))
    assert dealing == {"Ada": None}
    assert await ask(graph, ANONYMOUS) == {}
    assert other


async def test_a_page_is_filled_up_past_rows_one_may_not_see(
    graph: Any, rows: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows of an entity hidden and some not: as a customer with demands that are not all its own to see."""
    customer, provider = await rows.customer(name="Ada", created_at=START), await rows.provider()
    ids = [
        await rows.transaction(customer, provider, placed_at=START + timedelta(minutes=number))
        for number in range(60)
    ]
    shown = {id for number, id in enumerate(ids) if number % 20 == 3}
    engine = platform.engine
    visible = engine.visible

    async def some(viewer: Any, entity: str, keys: Any, where: Any = None) -> set[UUID]:
        seen = await visible(viewer, entity, keys, where)
        return seen & shown if entity == "Transaction" else seen

    monkeypatch.setattr(engine, "visible", some)
    page = (await ask(graph, EVERYTHING, first=3))["Ada"]
    wanted = [f"trx_{one.hex}" for one in reversed(ids) if one in shown]
    assert [one["subject"]["id"] for one in page["entries"]] == wanted
    assert page["hasNextPage"] is True
    rest = (await ask(graph, EVERYTHING, first=3, after=page["endCursor"]))["Ada"]
    assert [one["kind"] for one in rest["entries"]] == ["customer.registered"]
    assert rest["hasNextPage"] is False
    shown.clear()
    alone = (await ask(graph, EVERYTHING, first=1))["Ada"]
    assert [one["kind"] for one in alone["entries"]] == ["customer.registered"]
    assert alone["hasNextPage"] is False


async def test_a_link_one_may_not_see_puts_nothing_on_a_timeline(platform: Platform, rows: Any) -> None:
    """A provider may see an open demand, and not whose it is."""
    provider, scenario = await rows.provider(), await rows.scenario()
    await rows.add("core_scenario_provider", provider_id=provider, scenario_id=scenario)
    customer = await rows.customer()
    demand = await rows.demand(customer, scenario)
    ctx = platform._context(Viewer(kind="provider", provider_id=provider))
    assert await ctx.visible("Demand", [demand]) == {demand}
    [source] = [one for one in ctx.timelines() if one.kind == "demand.opened"]
    assert await ctx.visible("Demand", [demand], where=source.where) == set()
    [page] = await timelines(ctx, [customer], first=20, after=None, kinds=["demand.opened"], before=None)
    assert page.entries == []


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "", "!", "é", forged(), forged("timeline", "yesterday", "a.b", "0" * 32),
        forged("timeline", 5, "a.b", "0" * 32),
        forged("timeline", "2026-01-01T00:00:00+00:00", "a.b", "x"), forged("timeline", "2026-01-01", 3, "0" * 32),
        forged("other", "2026-01-01T00:00:00+00:00", "a.b", "0" * 32),
        forged("timeline", "2026-01-01T00:00:00+00:00", "a\x00b", "0" * 32),
        forged("timeline", "0001-01-01T00:00:00+14:00", "a.b", "0" * 32),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)  # fmt: skip
async def test_a_forged_cursor_is_named_as_one(graph: Any, rows: Any, cursor: str) -> None:
    await rows.customer(name="Ada")
    answer = await graph.answer(PAGE, EVERYTHING, first=5, after=cursor)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert answer["data"]["customers"]["nodes"][0]["timeline"] is None


async def test_a_cursor_of_a_connection_is_none_of_a_timeline(graph: Any, rows: Any) -> None:
    await rows.customer(name="Ada")
    data = await graph.ask("{ customers { edges { cursor } } }", EVERYTHING)
    cursor = data["customers"]["edges"][0]["cursor"]
    answer = await graph.answer(PAGE, EVERYTHING, first=5, after=cursor)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_CURSOR"


@pytest.mark.parametrize("first", [0, 101])
async def test_a_page_of_none_or_too_many_is_refused(graph: Any, rows: Any, first: int) -> None:
    await rows.customer(name="Ada")
    answer = await graph.answer(PAGE, EVERYTHING, first=first)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_more_entries_than_an_answer_holds_are_refused(platform: Platform) -> None:
    ctx = platform._context(EVERYTHING)
    with pytest.raises(Exception, match="The timelines of 101 customers with 100 entries each"):
        await timelines(ctx, [new_id() for _ in range(101)], first=100, after=None, kinds=None, before=None)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_every_look_into_a_source_is_by_an_index(platform: Platform, rows: Any, mode: str) -> None:
    """Not how fast, but how: rows of one customer are found by an index that begins with it."""
    provider = await rows.provider()
    await rows.connection.execute(MANY_CUSTOMERS)
    await rows.connection.execute(MANY_TRANSACTIONS, provider)
    await rows.connection.execute("analyze core_customer, core_transaction")
    sources = list(platform._context(EVERYTHING).timelines())
    statement = LOOK.format(branches="    union all".join(map(_branch, range(len(sources)), sources)))
    await rows.connection.execute(f"set plan_cache_mode = {mode}")
    await rows.connection.execute(f"prepare look as {statement}")
    plan = await rows.connection.fetch(
        "explain execute look(array[gen_random_uuid()], array[now()], array[''], array[gen_random_uuid()], 21)"
    )
    scans = [row[0].strip().removeprefix("->  ") for row in plan if " on core_" in row[0]]
    ways = {scan.partition("  (cost")[0] for scan in scans}
    for table, index in (
        ("core_customer", "core_customer_pkey"),
        ("core_transaction", "core_transaction_customer"),
    ):
        found = [way for way in ways if f" on {table} " in way]
        assert found, ways
        assert all(index in way or way.startswith("Bitmap Heap Scan") for way in found), ways
    assert not any(way.startswith("Seq Scan on core_transaction") for way in ways)


MANY_CUSTOMERS = """
insert into core_customer (id, name, kind, attributes, locale, created_at, updated_at, version)
select gen_random_uuid(), 'Somebody', 'PERSON', '{}', 'en', now() - random() * interval '1 year', now(), 1
from generate_series(1, 20000)
"""
MANY_TRANSACTIONS = """
insert into core_transaction (
  id, customer_id, provider_id, number, status, total_minor, total_currency, channel, placed_at, created_at, updated_at,
  version
)
select gen_random_uuid(), id, $1, left(id::text, 32), 'PLACED', 1, 'EUR', 'test', created_at, now(), now(), 1
from core_customer
"""
