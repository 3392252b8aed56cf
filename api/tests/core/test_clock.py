"""The platform's time, moved by a test: rules, expressions, changes and plug-ins' contexts all go by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from serai.app import Platform, open_platform
from serai.graph.execute import Engine
from serai.settings import load_settings
from serai.viewers import ANONYMOUS, SYSTEM
from serai_sdk import Rule, until, when
from serai_testkit.pytest_plugin import MoveClock

from .conftest import Asker, Rows

DEMANDS = "{ demands { totalCount nodes { id } } }"
DAY = timedelta(days=1)


def dem(id: UUID) -> str:
    return f"dem_{id.hex}"


@pytest.fixture
def rule_of_demands(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What gives demands another rule for the length of a test."""

    def give(rule: Rule) -> None:
        assembly = platform.assembly
        monkeypatch.setattr(assembly.registry.entities["Demand"], "rule", rule)
        engine = Engine(
            assembly.registry,
            assembly.schema.core,
            platform.pool,
            mutate=platform.engine.mutate,
            call_context=platform.engine.call_context,
        )
        monkeypatch.setattr(platform, "engine", engine)

    return give


async def seen(graph: Asker, document: str = DEMANDS) -> set[str]:
    found = (await graph.ask(document, ANONYMOUS))["demands"]
    assert found["totalCount"] == len(found["nodes"])
    return {one["id"] for one in found["nodes"]}


async def test_rows_are_seen_until_the_instant_comes(
    platform: Platform, graph: Asker, rows: Rows, move_clock: MoveClock, rule_of_demands: Any
) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    now = datetime.now(UTC)
    past = await rows.demand(customer, scenario, window_end=now - timedelta(seconds=1))
    tomorrow = await rows.demand(customer, scenario, window_end=now + DAY)
    without_end = await rows.demand(customer, scenario)
    rule_of_demands(until("window_end"))
    assert await seen(graph) == {dem(tomorrow), dem(without_end)}
    await move_clock(platform, 2 * DAY)
    assert await seen(graph) == {dem(without_end)}
    await move_clock(platform, -2 * DAY)
    assert await seen(graph) == {dem(past), dem(tomorrow), dem(without_end)}


async def test_what_is_over_is_the_exact_opposite(graph: Asker, rows: Rows, rule_of_demands: Any) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    past = await rows.demand(customer, scenario, window_end=datetime.now(UTC) - DAY)
    await rows.demand(customer, scenario)
    rule_of_demands(~until("window_end"))
    assert await seen(graph) == {dem(past)}


async def test_when_asks_for_the_stored_column_whatever_the_field_of_that_name_reads(
    platform: Platform, graph: Asker, rows: Rows, rule_of_demands: Any
) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    past = await rows.demand(customer, scenario, window_end=datetime.now(UTC) - DAY)
    await rows.demand(customer, scenario, status="CANCELLED")
    rule_of_demands(when("status", "OPEN"))
    assert await seen(graph) == {dem(past)}


async def test_changes_and_contexts_go_by_the_moved_clock(
    platform: Platform, rows: Rows, move_clock: MoveClock
) -> None:
    before = datetime.now(UTC)
    await move_clock(platform, 400 * DAY)
    context = platform.engine.call_context(SYSTEM)
    assert context.now >= before + 400 * DAY
    with platform.orm.active():
        connection: Any = platform.orm.context.connections.get("default")
        [moved] = await connection.execute_query_dict("select serai_now() - now() as by")
    assert moved["by"] == 400 * DAY
    assert await platform.pool.fetchval("select serai_now() - now()") == 400 * DAY


async def test_another_process_on_the_database_has_the_same_clock(
    platform: Platform, move_clock: MoveClock
) -> None:
    await move_clock(platform, 3 * DAY)
    other = await open_platform(load_settings(database_url=platform.dsn))
    try:
        assert other.clock_offset == 3 * DAY
        assert await other.pool.fetchval("select serai_now() - now()") == 3 * DAY
    finally:
        await other.close()


async def test_a_clock_put_back_is_the_database_s_own(platform: Platform, move_clock: MoveClock) -> None:
    await move_clock(platform, 3 * DAY)
    await move_clock(platform, timedelta())
    connection = await asyncpg.connect(platform.dsn)
    try:
        assert await connection.fetchval("select serai_now() = now()")
    finally:
        await connection.close()
    assert await platform.pool.fetchval("select serai_now() = now()")
