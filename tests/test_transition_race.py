"""Sixty-four callers at the same moment: one legal history each time, one award, one effect under one key."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio

from serai.app import Platform
from serai.viewers import Viewer

from .conftest import OpenPlatform
from .town import Town

RACERS = 64
ROUNDS = [pytest.param(15, id="short"), pytest.param(50, id="long", marks=pytest.mark.slow)]
SEED = 20_260

NEXT = {
    "PLACED": "CONFIRMED, CANCELLED",
    "CONFIRMED": "FULFILLED, CANCELLED",
    "FULFILLED": "no state follows",
    "CANCELLED": "no state follows",
}
LEGAL = {("CANCELLED",), ("CONFIRMED", "CANCELLED"), ("CONFIRMED", "FULFILLED")}
"""All ways to the end: somebody wants to cancel, so that no history stops before it."""

WANTED = {"Confirm": "CONFIRMED", "Fulfil": "FULFILLED", "Cancel": "CANCELLED"}
STAFF = Viewer(
    kind="staff", staff_id=uuid4(), permissions=frozenset({"transactions:read", "transactions:write"})
)

PLACE = """
mutation Place($input: TransactionPlaceInput!) {
  transactionPlace(input: $input) {
    transaction { number status lines { nodes { title } } }
    demand { status awardedProvider { id } }
    userErrors { code field message }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One racer: who wants what, having read which version."""

    verb: str
    viewer: Viewer
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph over real connections, as many as there are racers."""

    platform: Platform
    requests: count[int]

    async def answer(self, document: str, viewer: Viewer, *, key: str | None = None, **variables: Any) -> Any:
        result = await self.platform.engine.execute(
            document, variables, None, viewer, idempotency_key=key, request_id=f"race-{next(self.requests)}"
        )
        return orjson.loads(result.body)

    async def ask(self, document: str, viewer: Viewer, *, key: str | None = None, **variables: Any) -> Any:
        """The data; an error of any kind but a user error fails the test."""
        answer = await self.answer(document, viewer, key=key, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def move(self, call: Call, id: UUID) -> Any:
        name = f"transaction{call.verb}"
        document = f"""
            mutation {call.verb}($input: Transaction{call.verb}Input!) {{
              {name}(input: $input) {{ transaction {{ status version }} userErrors {{ code field message }} }}
            }}
        """
        given = {"id": f"trx_{id.hex}"} | ({} if call.version is None else {"expectedVersion": call.version})
        return (await self.ask(document, call.viewer, input=given))[name]


@pytest_asyncio.fixture(loop_scope="session")
async def graph(open_here: OpenPlatform) -> AsyncIterator[Graph]:
    platform = await open_here(orm_pool_size=RACERS, pool_size=16, pool_timeout_s=60)
    yield Graph(platform, count(1))


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_a_raced_transaction_has_one_legal_history(town: Town, graph: Graph, rounds: int) -> None:
    customer, provider, scenario = await town.customer(), await town.provider(), await town.scenario()
    chance = random.Random(SEED)
    buyer, seller = (
        Viewer(kind="customer", customer_id=customer),
        Viewer(kind="provider", provider_id=provider),
    )
    calls = [
        *(Call("Confirm", seller) for _ in range(RACERS // 4)),
        *(Call("Confirm", STAFF, version=1) for _ in range(RACERS // 8)),
        *(Call("Fulfil", seller) for _ in range(RACERS // 4)),
        *(Call("Cancel", buyer, version=1) for _ in range(RACERS // 8)),
        *(Call("Cancel", buyer) for _ in range(RACERS // 8)),
        *(Call("Cancel", seller) for _ in range(RACERS // 8)),
    ]
    assert len(calls) == RACERS
    histories: Counter[tuple[str, ...]] = Counter()
    losses: Counter[str] = Counter()
    times: list[float] = []

    for _ in range(rounds):
        demand = await town.demand(customer, scenario, status="AWARDED", awarded_provider_id=provider)
        transaction = await town.transaction(customer, provider, demand_id=demand, scenario_id=scenario)
        chance.shuffle(calls)
        started = perf_counter()
        outcomes = await asyncio.gather(*(graph.move(call, transaction) for call in calls))
        times.append(perf_counter() - started)

        history = await told(town, transaction)
        histories[history] += 1
        assert history in LEGAL
        for call, outcome in zip(calls, outcomes, strict=True):
            losses.update(check_outcome(call, outcome))
        won = [call for call, one in zip(calls, outcomes, strict=True) if not one["userErrors"]]
        assert Counter(WANTED[call.verb] for call in won) == Counter(history)
        row = await town.connection.fetchrow(
            "select status, version, confirmed_at, fulfilled_at, cancelled_at from core_transaction where id = $1",
            transaction,
        )
        assert row is not None
        assert (row["status"], row["version"]) == (history[-1], 1 + len(history))
        assert (row["confirmed_at"] is not None) == ("CONFIRMED" in history)
        assert (row["fulfilled_at"] is None, row["cancelled_at"] is None) == (
            history[-1] != "FULFILLED",
            history[-1] != "CANCELLED",
        )
        left = await town.connection.fetchval("select status from core_demand where id = $1", demand)
        assert left == ("FULFILLED" if history[-1] == "FULFILLED" else "OPEN")

    print(
        f"\n{rounds} rounds of {RACERS}: mean {sum(times) / rounds:.3f} s, slowest {max(times):.3f} s;"
        f" {dict(histories)}; {dict(losses)}"
    )
    assert losses.total() == rounds * RACERS - sum(len(one) * many for one, many in histories.items())
    assert set(losses) == {"ILLEGAL_STATE", "CONFLICT"}
    await graph.platform.close()
    assert await deadlocks(town) == 0


def check_outcome(call: Call, outcome: Any) -> list[str]:
    """The codes of a lost call, each with a message that says what can be done."""
    for error in outcome["userErrors"]:
        assert outcome["transaction"] is None
        match error["code"]:
            case "ILLEGAL_STATE":
                state = error["message"].split(" is ")[1].split()[0]
                assert error["message"].startswith(
                    f"The transaction is {state} and cannot become {WANTED[call.verb]}"
                )
                assert NEXT[state] in error["message"]
                assert WANTED[call.verb] not in NEXT[state]
                assert error["field"] == ["id"]
            case "CONFLICT":
                assert call.version == 1
                assert "It is at version " in error["message"]
                assert error["field"] == ["expectedVersion"]
    return [error["code"] for error in outcome["userErrors"]]


async def told(town: Town, transaction: UUID) -> tuple[str, ...]:
    """What was told about a transaction, in the order of its events; versions go up one by one with them."""
    rows = await town.connection.fetch(
        "select event, aggregate_version from core_outbox where aggregate_id = $1 order by seq", transaction
    )
    assert [row["aggregate_version"] for row in rows] == list(range(2, 2 + len(rows)))
    return tuple(row["event"].removeprefix("transaction.").upper() for row in rows)


async def deadlocks(town: Town) -> int:
    """Deadlocks the server counted in this database; complete once all other sessions have ended."""
    for _ in range(100):
        others = await town.connection.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        if others == 0:
            break
        await asyncio.sleep(0.05)
    await town.connection.execute("select pg_stat_clear_snapshot()")
    counted = await town.connection.fetchval(
        "select deadlocks from pg_stat_database where datname = current_database()"
    )
    return int(counted)


async def many(call: Callable[[int], Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*(call(number) for number in range(RACERS))))


async def test_a_demand_is_awarded_once(town: Town, graph: Graph) -> None:
    customer, scenario = await town.customer(), await town.scenario()
    providers = [await town.provider() for _ in range(4)]
    offers = [await town.service(provider) for provider in providers]
    buyer = Viewer(kind="customer", customer_id=customer)
    for _ in range(3):
        demand = await town.demand(customer, scenario)

        async def place(number: int, demand: UUID = demand) -> Any:
            wanted = {
                "provider": f"prv_{providers[number % 4].hex}",
                "demand": f"dem_{demand.hex}",
                "lines": [{"offer": f"ofr_{offers[number % 4].hex}"}],
            }
            return (await graph.ask(PLACE, buyer, input=wanted))["transactionPlace"]

        outcomes = await many(place)
        won = [one for one in outcomes if not one["userErrors"]]
        assert len(won) == 1
        assert won[0]["demand"]["status"] == "AWARDED"
        lost = [one for one in outcomes if one["userErrors"]]
        assert {error["code"] for one in lost for error in one["userErrors"]} == {"ILLEGAL_STATE"}
        assert all(one["transaction"] is None for one in lost)
        rows = await town.connection.fetch(
            "select provider_id from core_transaction where demand_id = $1", demand
        )
        assert len(rows) == 1
        assert won[0]["demand"]["awardedProvider"] == {"id": f"prv_{rows[0]['provider_id'].hex}"}
        events = await town.connection.fetch("select event from core_outbox where aggregate_id = $1", demand)
        assert [row["event"] for row in events] == ["demand.awarded"]
    await graph.platform.close()
    assert await deadlocks(town) == 0


async def test_one_key_is_one_effect_and_equal_answers(town: Town, graph: Graph) -> None:
    customer, provider = await town.customer(), await town.provider()
    offer = await town.service(provider, title="An hour")
    buyer = Viewer(kind="customer", customer_id=customer)
    wanted = {"provider": f"prv_{provider.hex}", "lines": [{"offer": f"ofr_{offer.hex}"}]}

    answers = await many(lambda _: graph.answer(PLACE, buyer, key="one", input=wanted))
    assert [one for one in answers if "errors" in one] == []
    assert len({orjson.dumps(one["data"], option=orjson.OPT_SORT_KEYS) for one in answers}) == 1
    placed = answers[0]["data"]["transactionPlace"]
    assert (placed["transaction"]["status"], placed["userErrors"]) == ("PLACED", [])
    assert placed["transaction"]["lines"]["nodes"] == [{"title": "An hour"}]
    assert sum(one.get("extensions") == {"idempotencyHit": True} for one in answers) == RACERS - 1
    assert await town.connection.fetchval("select count(*) from core_transaction") == 1
    assert await town.connection.fetchval("select count(*) from core_outbox") == 1

    other = wanted | {"channel": "phone"}
    refused = await many(lambda _: graph.answer(PLACE, buyer, key="one", input=other))
    assert {one["errors"][0]["extensions"]["code"] for one in refused} == {"IDEMPOTENCY_KEY_REUSED"}
    assert await town.connection.fetchval("select count(*) from core_transaction") == 1

    stranger = Viewer(kind="customer", customer_id=await town.customer())
    theirs = (await graph.ask(PLACE, stranger, key="one", input=wanted))["transactionPlace"]
    assert theirs["transaction"]["number"] != placed["transaction"]["number"]


async def test_a_refusal_under_a_key_is_told_again_to_all(town: Town, graph: Graph) -> None:
    customer, provider = await town.customer(), await town.provider(status="SUSPENDED")
    wanted = {
        "provider": f"prv_{provider.hex}",
        "customer": f"cus_{customer.hex}",
        "lines": [{"title": "An hour", "unitPrice": {"amount": "45.00", "currency": "EUR"}}],
    }
    answers = await many(lambda _: graph.ask(PLACE, STAFF, key="two", input=wanted))
    assert len({orjson.dumps(one) for one in answers}) == 1
    [error] = answers[0]["transactionPlace"]["userErrors"]
    assert error["code"] == "PROVIDER_UNAVAILABLE"
    assert await town.connection.fetchval("select count(*) from core_transaction") == 0
