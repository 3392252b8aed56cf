"""Filters over a column with exceptions: the answer is the expression's, the index the column's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from serai.app import Platform
from serai.core.demands.models import DemandStatus
from serai.core.plugin import plugin as core
from serai.graph.compose import compose
from serai.graph.execute import Engine
from serai.graph.plan import plan_operation
from serai.graph.resolve import Contribution, resolve
from serai.graph.statement import Outlook, Request
from serai.viewers import SYSTEM
from serai_sdk import Graph, extend, sql

from .conftest import Asker, Rows

LIST = "query ($w: DemandWhere) { demands(where: $w) { nodes { standing } } }"
ALL = {"OPEN": 2, "PROPOSED": 1, "CANCELLED": 1, "LAPSED": 3}


@extend("Demand")
class DemandStanding:
    standing: DemandStatus | None = sql(
        "case when status in ('OPEN', 'PROPOSED') and window_end <= serai_now() then 'LAPSED' else status end",
        "Where it is in its life now.",
    )


@pytest.fixture
def standing(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The platform with one field more."""
    graphs = core.graph()
    contributions = [
        Contribution("core", [graphs] if isinstance(graphs, Graph) else list(graphs)),
        Contribution("standing", [Graph(extends=(DemandStanding,))]),
    ]
    registry, problems = resolve(contributions)
    assert not problems
    engine = Engine(
        registry,
        compose(registry).core,
        platform.pool,
        mutate=platform.engine.mutate,
        call_context=platform.engine.call_context,
    )
    monkeypatch.setattr(platform, "engine", engine)
    return engine


async def _fill(rows: Rows) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    now = datetime.now(UTC)
    for status, ends in (
        ("OPEN", None),
        ("OPEN", now + timedelta(days=1)),
        ("OPEN", now - timedelta(days=1)),
        ("PROPOSED", now + timedelta(days=1)),
        ("PROPOSED", now - timedelta(days=1)),
        ("CANCELLED", now - timedelta(days=1)),
        ("LAPSED", now - timedelta(days=1)),
    ):
        await rows.demand(customer, scenario, status=status, window_end=ends)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ("OPEN", "PROPOSED", "CANCELLED", "LAPSED")),
        ({"eq": "LAPSED"}, ("LAPSED",)),
        ({"eq": "OPEN"}, ("OPEN",)),
        ({"in": ["OPEN", "LAPSED"]}, ("OPEN", "LAPSED")),
        ({"in": []}, ()),
        ({"in": ["OPEN", "PROPOSED"], "ne": "OPEN"}, ("PROPOSED",)),
        ({"notIn": ["LAPSED"]}, ("OPEN", "PROPOSED", "CANCELLED")),
        ({"eq": None}, ()),
    ],
)
async def test_a_filter_and_its_complement_are_the_whole(
    graph: Asker, rows: Rows, standing: Engine, where: dict[str, Any], found: tuple[str, ...]
) -> None:
    await _fill(rows)
    for given, wanted in (
        ({"standing": where}, set(found)),
        ({"not": {"standing": where}}, set(ALL) - set(found)),
    ):
        nodes = (await graph.ask(LIST, SYSTEM, w=given))["demands"]["nodes"]
        assert sorted(one["standing"] for one in nodes) == sorted(
            name for name in wanted for _ in range(ALL[name])
        )


async def test_the_stored_column_is_asked_too_so_that_its_index_can_answer(
    platform: Platform, rows: Rows, standing: Engine
) -> None:
    await _fill(rows)
    [operation] = parse("{ demands(where: {standing: {eq: CANCELLED}}) { nodes { id } } }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    outlook = Outlook("system", frozenset(), frozenset())
    request = Request(standing.registry, standing.schema, {}, {}, outlook, 10_000)
    [root] = plan_operation(request, operation).roots
    [statement] = [one for one in (root.stage,) if one is not None]
    assert statement.sql is not None
    async with platform.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        values = [one.bind({}, SYSTEM, {}) for one in statement.params]
        explained = await connection.fetch(f"explain {statement.sql}", *values)
    plan = "\n".join(row[0] for row in explained)
    assert "core_demand_status" in plan, plan
