"""What time has ended of capacity: written down, and long afterwards forgotten, so much at a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from serai.core.capacity.keeping import KEPT_DAYS, expire_due, forget_over, forget_past
from serai_sdk.capacity import Claim, Measure

from .conftest import Asker, Rows

MONDAY = date(2027, 3, 1)
DAY = timedelta(days=1)


async def hold(graph: Asker, count: int, ttl: timedelta | None) -> list[UUID]:
    """So many holds of a pool, each with a claim."""
    pool, ids = uuid4(), [uuid4() for _ in range(count)]

    async def body(ctx: Any) -> dict[str, Any]:
        await ctx.capacity.open(pool, kind="test.seats", measure=Measure.DATE, capacity=count)
        for id in ids:
            await ctx.capacity.hold([Claim(pool, MONDAY, MONDAY + DAY)], id=id, ttl=ttl)
        return {}

    assert not (await graph.platform.change(body)).user_errors
    return ids


async def states(rows: Rows) -> dict[str, int]:
    found = await rows.connection.fetch(
        "select state, count(*) as holds from core_capacity_hold group by state order by state"
    )
    return {row["state"]: row["holds"] for row in found}


async def test_expired_holds_are_written_down_so_many_at_a_time(
    graph: Asker, rows: Rows, move_clock: Any
) -> None:
    await hold(graph, 5, timedelta(hours=1))
    await hold(graph, 1, None)
    assert await expire_due(graph.platform.change, limit=100) == 0
    await move_clock(graph.platform, DAY)
    assert await expire_due(graph.platform.change, limit=3) == 3
    assert await states(rows) == {"CONFIRMED": 1, "EXPIRED": 3, "HELD": 2}
    assert await expire_due(graph.platform.change, limit=100) == 2
    assert await expire_due(graph.platform.change, limit=100) == 0
    assert await states(rows) == {"CONFIRMED": 1, "EXPIRED": 5}


async def test_what_was_let_go_long_ago_is_forgotten_and_nothing_else(
    graph: Asker, rows: Rows, move_clock: Any
) -> None:
    gone = await hold(graph, 3, timedelta(hours=1))
    await hold(graph, 2, None)
    await move_clock(graph.platform, DAY)
    await expire_due(graph.platform.change, limit=100)
    fetch = graph.platform.pool.fetch
    assert await forget_over(fetch, limit=100) == 0
    for table, column in (("claim", "hold_id"), ("log", "hold_id"), ("hold", "id")):
        with pytest.raises(asyncpg.CheckViolationError):
            await rows.connection.execute(f"delete from core_capacity_{table} where {column} = $1", gone[0])
    await move_clock(graph.platform, (KEPT_DAYS + 2) * DAY)
    assert await forget_over(fetch, limit=2) == 2
    assert await forget_over(fetch, limit=100) == 1
    assert await forget_over(fetch, limit=100) == 0
    assert await states(rows) == {"CONFIRMED": 2}
    left = await rows.connection.fetchrow(
        "select (select count(*) from core_capacity_claim) as claims, (select count(*) from core_capacity_log) as log,"
        " (select sum(used) from core_capacity_counter) as used"
    )
    assert tuple(left) == (2, 2, 2)


async def test_blackouts_and_sizes_long_past_are_forgotten_and_no_others(
    graph: Asker, rows: Rows, move_clock: Any
) -> None:
    today = await rows.connection.fetchval("select serai_now()::date")
    cabin, pool = sorted((uuid4(), uuid4()))

    async def body(ctx: Any) -> dict[str, Any]:
        capacity = ctx.capacity
        await capacity.open(cabin, kind="test.cabin", measure=Measure.DATE)
        await capacity.open(pool, kind="test.seats", measure=Measure.DATE, capacity=3)
        for first in (0, 40):
            await capacity.blackout(cabin, today + first * DAY, today + (first + 2) * DAY, id=uuid4())
            await capacity.seats(pool, 2, today + first * DAY, today + (first + 2) * DAY)
        await capacity.hold([Claim(pool, today, today + DAY)], id=uuid4())
        return {}

    assert not (await graph.platform.change(body)).user_errors
    fetch = graph.platform.pool.fetch
    kept = """
    select (select count(*) from core_capacity_blackout) as blackouts,
           (select count(*) from core_capacity_counter) as sizes
    """
    assert await forget_past(fetch, limit=100) == 0
    await move_clock(graph.platform, (KEPT_DAYS + 10) * DAY)
    assert await forget_past(fetch, limit=1) == 1
    assert await forget_past(fetch, limit=100) == 1
    # of the first of the two days one is still held
    assert tuple(await rows.connection.fetchrow(kept)) == (1, 3)
    await move_clock(graph.platform, (KEPT_DAYS + 60) * DAY)
    assert await forget_past(fetch, limit=100) == 3
    assert tuple(await rows.connection.fetchrow(kept)) == (0, 1)
