"""Sixty-four awards of one demand at once, against withdrawals, updates, cancellations and the end of its window."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from serai.core.demands.sweeping import sweep
from serai.viewers import Viewer

from .test_transition_race import Graph, deadlocks
from .test_transition_race import graph as graph  # the fixture
from .town import Town

AWARDS, WITHDRAWALS, UPDATES, CANCELLATIONS, SWEEPS = 64, 4, 12, 6, 6
SEED = 20_265
STAFF = Viewer(
    kind="staff",
    staff_id=uuid4(),
    permissions=frozenset({"demands:read", "demands:write", "proposals:read", "transactions:read"}),
)
ENDS = {"AWARDED": "demand.awarded", "CANCELLED": "demand.cancelled", "LAPSED": "demand.lapsed"}
HOUR = 3_600_000
FUSES_MS = (HOUR, HOUR, 60, 15, 0)
"""In how many milliseconds the window ends, round by round: long after it, in the midst of it, when it begins."""

MUTATIONS = {
    "demandAward": "DemandAwardInput!",
    "demandCancel": "DemandCancelInput!",
    "proposalUpdate": "ProposalUpdateInput!",
    "proposalWithdraw": "ProposalWithdrawInput!",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One racer: what it does, and how it went (the codes of its user errors)."""

    name: str
    run: Callable[[], Awaitable[list[str]]]

    @property
    def is_end(self) -> bool:
        """Whether it would end the demand's search."""
        return self.name in ("demandAward", "demandCancel")


@dataclass(frozen=True, slots=True)
class Arena:
    """One demand with a proposal of each provider, and the window's end."""

    graph: Graph
    buyer: Viewer
    demand: UUID
    proposals: list[tuple[UUID, Viewer]]

    def call(self, name: str, viewer: Viewer, **given: Any) -> Call:
        asked = f"{name}(input: $input) {{ userErrors {{ code message }} }}"
        document = f"mutation($input: {MUTATIONS[name]}) {{ {asked} }}"

        async def run() -> list[str]:
            data = await self.graph.ask(document, viewer, input=given)
            return [one["code"] for one in data[name]["userErrors"]]

        return Call(name, run)

    def sweep(self) -> Call:
        async def run() -> list[str]:
            await sweep(self.graph.platform.change, limit=10)
            return []

        return Call("sweep", run)

    def calls(self) -> list[Call]:
        price = {"amount": "20.00", "currency": "EUR"}
        found = [self.sweep() for _ in range(SWEEPS)]
        for number in range(AWARDS):
            proposal, _ = self.proposals[number % len(self.proposals)]
            version = {"expectedVersion": 1} if number % 3 == 0 else {}
            viewer = self.buyer if number % 2 else STAFF
            found.append(self.call("demandAward", viewer, proposal=f"ppl_{proposal.hex}", **version))
        for number in range(WITHDRAWALS):
            # one of the proposals stays, so that awards have something to win
            proposal, seller = self.proposals[1 + number % (len(self.proposals) - 1)]
            found.append(self.call("proposalWithdraw", seller, id=f"ppl_{proposal.hex}"))
        for number in range(UPDATES):
            proposal, seller = self.proposals[number % len(self.proposals)]
            found.append(self.call("proposalUpdate", seller, id=f"ppl_{proposal.hex}", price=price))
        for number in range(CANCELLATIONS):
            version = {"expectedVersion": 1} if number % 2 else {}
            found.append(self.call("demandCancel", self.buyer, id=f"dem_{self.demand.hex}", **version))
        return found


@pytest.mark.parametrize(
    "rounds", [pytest.param(15, id="short"), pytest.param(50, id="long", marks=pytest.mark.slow)]
)
async def test_a_raced_demand_has_one_end(town: Town, graph: Graph, rounds: int) -> None:
    """Every round ends in one state, with at most one transaction; who loses is told why."""
    customer, scenario = await town.customer(), await town.scenario()
    providers = [await town.provider() for _ in range(4)]
    for provider in providers:
        await town.add("core_scenario_provider", provider_id=provider, scenario_id=scenario)
    chance = random.Random(SEED)
    ends: Counter[str] = Counter()
    losses: Counter[tuple[str, str]] = Counter()
    wins: Counter[str] = Counter()
    times: list[float] = []

    for number in range(rounds):
        arena = await prepared(town, graph, customer, scenario, providers, FUSES_MS[number % len(FUSES_MS)])
        calls = arena.calls()
        chance.shuffle(calls)
        # whom the order favours: first who proposes, then who cancels, then nobody
        if number % len(FUSES_MS) == 0:
            calls.sort(
                key=lambda call: ("demandAward", "demandCancel").index(call.name) + 1 if call.is_end else 0
            )
        elif number % len(FUSES_MS) == 1:
            calls.sort(key=lambda call: call.name != "demandCancel")
        started = perf_counter()
        outcomes = await asyncio.gather(*(call.run() for call in calls))
        times.append(perf_counter() - started)
        won: Counter[str] = Counter()
        for call, codes in zip(calls, outcomes, strict=True):
            assert len(codes) <= 1
            won[call.name] += not codes
            losses.update((call.name, code) for code in codes)
        # what nobody was left to write down when the window ended
        await sweep(graph.platform.change, limit=10)
        ends[await check(town, arena, won)] += 1
        wins += won

    print(
        f"\n{rounds} rounds of {len(calls)}: mean {sum(times) / rounds:.3f} s, slowest {max(times):.3f} s;"
        f" {dict(ends)}; wins {dict(wins)}; losses {dict(losses)}"
    )
    assert {code for _, code in losses} <= {"ILLEGAL_STATE", "CONFLICT"}
    assert len(ends) > 1, "a race in which one side never wins is none"
    assert rounds < 50 or set(ends) == set(ENDS)
    assert set(wins) >= set(MUTATIONS)
    assert losses.total() + sum(wins[name] for name in MUTATIONS) == rounds * (len(calls) - SWEEPS)
    assert losses.total() >= rounds * (AWARDS - 1)
    await graph.platform.close()
    assert await deadlocks(town) == 0


async def prepared(
    town: Town, graph: Graph, customer: UUID, scenario: UUID, providers: list[UUID], fuse_ms: int
) -> Arena:
    """A demand with a proposal of each provider, all of which end so many milliseconds from now."""
    end = datetime.now(UTC) + timedelta(milliseconds=fuse_ms)
    demand = await town.demand(customer, scenario, status="PROPOSED", window_end=end)
    proposals = [
        (
            await town.add(
                "core_proposal", demand_id=demand, provider_id=provider, status="SUBMITTED", price_minor=1_000,
                price_currency="EUR", terms="All in.", valid_until=end,
            ),
            Viewer(kind="provider", provider_id=provider),
        )
        for provider in providers
    ]  # fmt: skip
    return Arena(graph, Viewer(kind="customer", customer_id=customer), demand, proposals)


async def check(town: Town, arena: Arena, won: Counter[str]) -> str:
    """One end, told once in state, events and history, and everything else in accord with it; returns it."""
    ask = town.connection
    status: str = await ask.fetchval("select status from core_demand where id = $1", arena.demand)
    assert status in ENDS
    is_awarded = status == "AWARDED"
    sales = await ask.fetch(
        "select provider_id, total_minor from core_transaction where demand_id = $1", arena.demand
    )
    assert len(sales) == won["demandAward"] == is_awarded
    assert won["demandCancel"] == (status == "CANCELLED")
    answers = await ask.fetch(
        "select status, closed_reason, provider_id, price_minor, version from core_proposal where demand_id = $1",
        arena.demand,
    )
    states = Counter(row["status"] for row in answers)
    assert states["SUBMITTED"] == 0
    assert states["AWARDED"] == is_awarded
    assert states["WITHDRAWN"] == won["proposalWithdraw"]
    assert {row["closed_reason"] for row in answers} - {None} <= {
        "AWARDED": {"ANOTHER_AWARDED"},
        "CANCELLED": {"DEMAND_CANCELLED"},
        "LAPSED": set(),
    }[status]
    for row in answers:
        if row["status"] == "AWARDED":
            assert [(row["provider_id"], row["price_minor"])] == [tuple(one) for one in sales]
    events = [
        row["event"]
        for row in await ask.fetch(
            "select event from core_outbox where aggregate_id = $1 order by seq", arena.demand
        )
    ]
    assert events == [ENDS[status]]
    told = Counter(
        row["kind"]
        for row in await ask.fetch("select kind from core_demand_event where demand_id = $1", arena.demand)
    )
    assert told == Counter(
        {
            status: 1,
            "PROPOSAL_WITHDRAWN": won["proposalWithdraw"],
            "PROPOSAL_UPDATED": won["proposalUpdate"],
            "PROPOSAL_EXPIRED": states["EXPIRED"],
        }
    )
    last = await ask.fetchval(
        "select kind from core_demand_event where demand_id = $1 order by at desc limit 1", arena.demand
    )
    assert last == status
    return status
