"""Links through other links: what is reached, by whom, and that nothing in between is walked around."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from serai.app import Platform
from serai.graph.execute import Engine
from serai.viewers import ANONYMOUS, SYSTEM
from serai_sdk import Rule, anyone, permission, when

from .conftest import Asker, Rows

INBOX = """
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $where: DemandWhere) {
  provider(id: $id) {
    openDemandCount
    openDemands(first: $first, after: $after, last: $last, before: $before, where: $where) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


@pytest.fixture
def rules(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What gives entities other rules for the length of a test."""

    def give(**by_entity: Rule) -> None:
        assembly = platform.assembly
        for name, rule in by_entity.items():
            monkeypatch.setattr(assembly.registry.entities[name], "rule", rule)
        engine = Engine(
            assembly.registry,
            assembly.schema.core,
            platform.pool,
            mutate=platform.engine.mutate,
            call_context=platform.engine.call_context,
        )
        monkeypatch.setattr(platform, "engine", engine)

    return give


async def inbox(graph: Asker, provider: UUID, viewer: Any = SYSTEM, **variables: Any) -> dict[str, Any]:
    data = await graph.ask(INBOX, viewer, id=f"prv_{provider.hex}", **variables)
    found: dict[str, Any] = data["provider"]
    return found


async def test_a_link_through_another_reaches_each_row_once(graph: Asker, rows: Rows) -> None:
    customer = await rows.customer()
    scenarios = [await rows.scenario() for _ in range(3)]
    provider = await rows.provider(serves=scenarios[0])
    await rows.add("core_scenario_provider", provider_id=provider, scenario_id=scenarios[1])
    open_ = [await rows.demand(customer, scenarios[number % 2]) for number in range(5)]
    await rows.demand(customer, scenarios[0], status="CANCELLED")
    await rows.demand(customer, scenarios[2])
    found = await inbox(graph, provider)
    assert [one["id"] for one in found["openDemands"]["nodes"]] == [f"dem_{one.hex}" for one in open_]
    assert (found["openDemandCount"], found["openDemands"]["totalCount"]) == (5, 5)


async def test_pages_of_a_link_through_another_meet_from_both_ends(graph: Asker, rows: Rows) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    provider = await rows.provider(serves=scenario)
    ids = [f"dem_{(await rows.demand(customer, scenario)).hex}" for _ in range(5)]
    first = (await inbox(graph, provider, first=2))["openDemands"]
    after = (await inbox(graph, provider, first=2, after=first["pageInfo"]["endCursor"]))["openDemands"]
    before = (await inbox(graph, provider, last=2, before=after["pageInfo"]["startCursor"]))["openDemands"]
    last = (await inbox(graph, provider, last=1))["openDemands"]
    assert [one["id"] for one in first["nodes"]] == ids[:2]
    assert [one["id"] for one in after["nodes"]] == ids[2:4]
    assert after["pageInfo"]["hasNextPage"] is after["pageInfo"]["hasPreviousPage"] is True
    assert [one["id"] for one in before["nodes"]] == ids[:2]
    assert [one["id"] for one in last["nodes"]] == ids[4:]


async def test_the_callers_filter_and_the_links_own_hold_both(graph: Asker, rows: Rows) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    provider = await rows.provider(serves=scenario)
    await rows.demand(customer, scenario, status="OPEN")
    await rows.demand(customer, scenario, status="LAPSED")
    proposed = await rows.demand(customer, scenario, status="PROPOSED")
    for where, expected in (
        ({"status": {"in": ["PROPOSED", "LAPSED"]}}, [f"dem_{proposed.hex}"]),
        ({"status": {"eq": "LAPSED"}}, []),
    ):
        found = await inbox(graph, provider, where=where)
        assert [one["id"] for one in found["openDemands"]["nodes"]] == expected
        assert found["openDemandCount"] == 2


@pytest.mark.parametrize(("quantifier", "expected"), [("some", 1), ("none", 2), ("every", 3)])
async def test_providers_are_filtered_by_a_link_through_another(
    graph: Asker, rows: Rows, quantifier: str, expected: int
) -> None:
    customer = await rows.customer()
    served, other = await rows.scenario(), await rows.scenario()
    await rows.provider(serves=served)
    await rows.provider(serves=other)
    await rows.provider()
    await rows.demand(customer, served)
    await rows.demand(customer, other, status="CANCELLED")
    where = {"openDemands": {quantifier: {"status": {"eq": "OPEN"}}}}
    data = await graph.ask(
        "query ($w: ProviderWhere) { providers(where: $w) { totalCount } }", SYSTEM, w=where
    )
    assert data["providers"]["totalCount"] == expected


@pytest.mark.parametrize(
    ("hidden", "rule"),
    [
        ("the serving", {"ScenarioProvider": permission("providers:read")}),
        ("the scenario", {"Scenario": when("status", "PUBLISHED")}),
        ("the demand", {"Demand": when("status", "PROPOSED")}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_nothing_is_reached_past_what_may_not_be_seen(
    graph: Asker, rows: Rows, rules: Any, hidden: str, rule: dict[str, Rule]
) -> None:
    customer, scenario = await rows.customer(), await rows.scenario(status="DRAFT")
    provider = await rows.provider(serves=scenario)
    await rows.demand(customer, scenario)
    all_seen = {"ScenarioProvider": anyone(), "Scenario": anyone(), "Demand": anyone()}
    rules(**all_seen)
    assert (await inbox(graph, provider, ANONYMOUS))["openDemandCount"] == 1, hidden
    rules(**all_seen | rule)
    found = await inbox(graph, provider, ANONYMOUS)
    assert (found["openDemandCount"], found["openDemands"]["nodes"]) == (0, [])
