"""How many statements an answer costs, counted at the driver: one for a read, however deep and however many rows."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from serai.app import Platform, create_app
from serai.core.viewers import VIEWERS, find_acting
from serai.graph.registry import BatchedField
from serai.http import create_server, open_tokens
from serai.viewers import Viewer

from .conftest import OpenPlatform
from .town import Town

CUSTOMERS = 25
TRANSACTIONS = 7
LINES = 2
BOOKINGS = 2

PAGE = """
query Page($customers: Int!, $transactions: Int!) {
  customers(first: $customers, orderBy: [{createdAt: ASC}]) {
    totalCount
    nodes {
      id
      name
      transactions(first: $transactions, orderBy: [{placedAt: DESC}]) {
        totalCount
        nodes {
          number
          status
          placedAt
          total { amount currency }
          scenario { name }
          lines { nodes { title quantity amount { amount currency } } }
        }
      }
      bookings(first: 5) {
        totalCount
        nodes { checkIn nights stay { title capacity provider { name } } }
      }
    }
  }
}
"""

STAYS = """
query Stays($first: Int!, $from: Date!, $to: Date!) {
  stays(first: $first) {
    nodes {
      title
      quote(checkIn: $from, checkOut: $to) { total { amount } isAvailable }
      again: quote(checkIn: $from, checkOut: $to) { nights { night } }
      forThree: quote(checkIn: $from, checkOut: $to, guests: 3) { total { currency } }
      alternatives(first: 2) { title provider { name } quote(checkIn: $from, checkOut: $to) { isAvailable } }
    }
  }
}
"""

CONFIRM = """
mutation Confirm($id: ID!) {
  transactionConfirm(input: {id: $id}) {
    transaction {
      number
      status
      customer { name bookings(first: 5) { totalCount nodes { stay { title } } } }
      lines { totalCount nodes { title offer { title } } }
    }
    userErrors { code message }
  }
}
"""


class Sent(list[str]):
    """The statements that one of the two pools sent."""

    def __call__(self, sql: str, _: Sequence[Any]) -> None:
        self.append(sql)

    @property
    def lookups_of_viewers(self) -> int:
        """How many asked who it is that asks."""
        return sum(sql in VIEWERS.values() for sql in self)


class Counted:
    """A platform, a caller over real HTTP, and all that was sent to the database meanwhile."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient) -> None:
        self.platform = platform
        self.client = client
        self.reads = Sent()
        self.changes = Sent()
        platform.pool.observers.append(self.reads)
        platform.orm.observers.append(self.changes)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors; `reads` and `changes` then hold what it cost."""
        await self.forget()
        answer = await self.client.post("/graphql", json={"query": document, "variables": variables})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        assert "errors" not in body, body["errors"]
        await asyncio.sleep(0)
        data: dict[str, Any] = body["data"]
        return data

    async def forget(self) -> None:
        await asyncio.sleep(0)
        self.reads.clear()
        self.changes.clear()


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[str]:
    """The platform on a port of its own, as `serai run` serves it."""
    server = create_server(create_app(platform), host="127.0.0.1", port=0, shutdown_grace_s=5)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="session")
async def counted(town: Town, open_here: OpenPlatform) -> AsyncIterator[Counted]:
    await town.operator()
    platform = await open_here()
    settings = platform.settings
    tokens = open_tokens(settings.data_dir, audience=settings.token_audience)
    token = tokens.issue(await find_acting(platform.pool, "staff:operator"))
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        served(platform) as address,
        httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=60) as client,
    ):
        yield Counted(platform, client)


async def people(town: Town, customers: int) -> None:
    scenario = await town.scenario(name="A weekend away")
    providers = [await town.provider(name=f"Campsite {number}") for number in range(3)]
    stays = [await town.stay(provider, title=f"Cabin {number}") for number, provider in enumerate(providers)]
    for number in range(customers):
        customer = await town.customer(name=f"Guest {number:03}")
        for _ in range(TRANSACTIONS):
            await town.transaction(customer, providers[number % 3], scenario_id=scenario, lines=LINES)
        for turn in range(BOOKINGS):
            await town.booking(
                customer, stays[number % 3], date(2031, 1, 1) + timedelta(10 * number + 3 * turn)
            )


async def test_a_page_over_core_and_plugin_is_one_statement(town: Town, counted: Counted) -> None:
    await people(town, CUSTOMERS)

    await counted.ask("{ __typename }")
    assert len(counted.reads) == counted.reads.lookups_of_viewers == 1, "the first request finds who asks"

    data = await counted.ask(PAGE, customers=20, transactions=5)
    assert len(counted.reads) == 1, counted.reads
    assert counted.reads.lookups_of_viewers == 0
    assert counted.changes == []
    for table in (
        "core_customer",
        "core_transaction_line",
        "core_scenario",
        "booking_booking",
        "booking_stay",
    ):
        assert table in counted.reads[0]

    customers = data["customers"]
    assert customers["totalCount"] == CUSTOMERS
    assert [one["name"] for one in customers["nodes"]] == [f"Guest {number:03}" for number in range(20)]
    for number, one in enumerate(customers["nodes"]):
        transactions, bookings = one["transactions"], one["bookings"]
        assert transactions["totalCount"] == TRANSACTIONS + BOOKINGS
        placed = [each["placedAt"] for each in transactions["nodes"]]
        assert len(placed) == 5
        assert placed == sorted(placed, reverse=True)
        latest = transactions["nodes"][BOOKINGS]
        assert latest["scenario"] == {"name": "A weekend away"}
        assert [line["title"] for line in latest["lines"]["nodes"]] == [
            f"Line {position} of {latest['number']}" for position in range(1, LINES + 1)
        ]
        assert bookings["totalCount"] == BOOKINGS
        assert {each["stay"]["provider"]["name"] for each in bookings["nodes"]} == {f"Campsite {number % 3}"}


async def test_more_rows_cost_no_more_statements(town: Town, counted: Counted) -> None:
    await people(town, 100)
    await counted.ask("{ __typename }")
    one = await counted.ask(PAGE, customers=1, transactions=5)
    for_one = len(counted.reads)
    many = await counted.ask(PAGE, customers=100, transactions=2)
    assert len(one["customers"]["nodes"]) == 1
    assert len(many["customers"]["nodes"]) == 100
    assert for_one == len(counted.reads) == 1


async def test_several_root_fields_are_one_statement_each(town: Town, counted: Counted) -> None:
    await people(town, 2)
    await counted.ask("{ __typename }")
    await counted.ask("{ customers { totalCount } stays { totalCount } bookings { nodes { id } } }")
    assert len(counted.reads) == 3


async def test_a_page_by_ids_is_one_statement_whatever_the_types(town: Town, counted: Counted) -> None:
    await people(town, 3)
    found = await counted.ask(
        "{ customers { nodes { id } } stays { nodes { id } } bookings { nodes { id } } }"
    )
    ids = [one["id"] for part in found.values() for one in part["nodes"]]
    data = await counted.ask(
        """
        query Some($ids: [ID!]!) {
          nodes(ids: $ids) {
            id
            ... on Customer { name bookingCount }
            ... on Offer { title provider { name } }
            ... on Booking { stay { title } }
          }
        }
        """,
        ids=ids,
    )
    assert [one["id"] for one in data["nodes"]] == ids
    assert len(counted.reads) == 1


@contextmanager
def calls_counted(platform: Platform, entity: str, *names: str) -> Iterator[Counter[str]]:
    """How often each of these Python fields is called."""
    fields = platform.assembly.registry.entities[entity].fields
    before = {name: fields[name] for name in names}
    calls: Counter[str] = Counter()
    for name, field in before.items():
        assert isinstance(field, BatchedField)
        fields[name] = replace(field, resolve=_counting(name, field.resolve, calls))
    try:
        yield calls
    finally:
        fields.update(before)


def _counting(
    name: str, resolve: Callable[..., Awaitable[Sequence[Any]]], calls: Counter[str]
) -> Callable[..., Awaitable[Sequence[Any]]]:
    async def counting(ctx: Any, parents: Sequence[Mapping[str, Any]], **arguments: Any) -> Sequence[Any]:
        calls[name] += 1
        return await resolve(ctx, parents, **arguments)

    return counting


@pytest.mark.parametrize("stays", [2, 100])
async def test_batched_fields_are_called_once_and_their_entities_read_at_once(
    town: Town, counted: Counted, stays: int
) -> None:
    provider = await town.provider()
    for _ in range(stays):
        await town.stay(provider)
    await counted.ask("{ __typename }")
    with calls_counted(counted.platform, "Stay", "quote", "alternatives") as calls:
        data = await counted.ask(STAYS, first=stays, **{"from": "2031-05-01", "to": "2031-05-03"})

    nodes = data["stays"]["nodes"]
    assert len(nodes) == stays
    assert {len(one["alternatives"]) for one in nodes} == {min(2, stays - 1)}
    assert {one["quote"]["total"]["amount"] for one in nodes} == {"200.00"}
    # For the stays: `quote` with each of its two sets of arguments, `alternatives`; for what that found: `quote` again.
    assert calls == {"quote": 3, "alternatives": 1}
    # The stays; what each of the four calls asks; and one for all alternatives together.
    assert len(counted.reads) == 1 + 4 + 1, counted.reads
    assert counted.changes == []


@pytest.mark.parametrize("lines", [1, 50])
async def test_what_a_mutation_changed_is_read_by_one_statement(
    town: Town, counted: Counted, lines: int
) -> None:
    provider = await town.provider()
    stay = await town.stay(provider, title="Cabin")
    customer = await town.customer(name="Guest")
    await town.booking(customer, stay, date(2031, 1, 1))
    transaction = await town.transaction(customer, provider, lines=lines, offer=stay)
    await counted.ask("{ __typename }")
    data = (await counted.ask(CONFIRM, id=f"trx_{transaction.hex}"))["transactionConfirm"]
    assert data["userErrors"] == []
    assert data["transaction"]["status"] == "CONFIRMED"
    assert data["transaction"]["customer"]["bookings"]["nodes"] == [{"stay": {"title": "Cabin"}}]
    assert data["transaction"]["lines"]["totalCount"] == lines
    assert len(counted.reads) == 1, counted.reads
    assert len(counted.changes) <= 10, counted.changes


OPEN = """
mutation Open($customer: ID!, $scenario: ID!) {
  demandOpen(input: {customer: $customer, scenario: $scenario}) {
    demand { status scenario { name } history(first: 5) { nodes { kind } } }
    userErrors { code message }
  }
}
"""


@pytest.mark.parametrize("key", [None, "once"])
async def test_what_opens_a_demand_is_written_by_one_statement(
    town: Town, counted: Counted, key: str | None
) -> None:
    customer = await town.customer(name="Guest")
    scenario = await town.scenario()
    variables = {"customer": f"cus_{customer.hex}", "scenario": f"scn_{scenario.hex}"}
    if key is not None:
        counted.client.headers["Idempotency-Key"] = key
    await counted.ask("{ __typename }")
    data = (await counted.ask(OPEN, **variables))["demandOpen"]
    assert data["userErrors"] == []
    assert data["demand"]["status"] == "OPEN"
    assert [one["kind"] for one in data["demand"]["history"]["nodes"]] == ["OPENED"]
    begun, ground, written, commit = counted.changes
    assert "serai_now() as now" in begun
    assert "for key share" in ground
    assert commit == "commit"
    tables = {"core_demand", "core_demand_event", "core_outbox"} | ({"core_idempotency"} if key else set())
    assert set(re.findall(r'(?:insert into|update) "?(\w+)', written)) == tables
    assert len(counted.reads) == 1, counted.reads


@pytest.mark.parametrize("who", ["customer", "provider", "anonymous"])
async def test_rules_add_no_statements(town: Town, counted: Counted, who: str) -> None:
    await people(town, 3)
    rows = town.connection
    customer: UUID = await rows.fetchval("select id from core_customer order by id limit 1")
    provider: UUID = await rows.fetchval("select id from core_provider order by id limit 1")
    viewer = {
        "customer": Viewer(kind="customer", principal_id=uuid4(), customer_id=customer),
        "provider": Viewer(kind="provider", principal_id=uuid4(), provider_id=provider),
        "anonymous": Viewer(kind="anonymous"),
    }[who]
    await counted.forget()
    result = await counted.platform.engine.execute(PAGE, {"customers": 20, "transactions": 5}, None, viewer)
    await asyncio.sleep(0)
    answer = json.loads(result.body)
    assert "errors" not in answer
    assert len(answer["data"]["customers"]["nodes"]) == (0 if who == "anonymous" else 1)
    assert len(counted.reads) == 1
