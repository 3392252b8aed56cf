"""A plan is told in plain words: rows, times, and the index that is missing; whoever looks changes nothing."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import pytest

from serai.graph.trace import Trace
from serai.storage.query_plans import read_query_plan
from serai.viewers import SYSTEM

from .conftest import OpenPlatform
from .town import Town

MANY = """
create table public.shelf as select n as id, n % 1000 as room, 'book ' || n as title from generate_series(1, 20000) n
"""


async def test_the_missing_index_is_named_and_gone_when_it_is_there(town: Town) -> None:
    rows = town.connection
    await rows.execute(MANY)
    await rows.execute("analyze shelf")
    sql = "select title from shelf where room = $1"
    plan = await read_query_plan(rows, sql, [7], analyze=True)
    assert plan.findings == (
        "reads all of shelf (about 20,000 rows) to keep 20: no index serves room; "
        "try `create index on shelf (room)`",
    )
    assert plan.tree[0].startswith("Seq Scan on shelf · about 20 rows · 20 rows · ")
    assert plan.pages_hit

    await rows.execute("create index shelf_room on shelf (room)")
    plan = await read_query_plan(rows, sql, [7], analyze=True)
    assert plan.findings == ()
    assert any("by shelf_room" in line for line in plan.tree)


async def test_an_order_without_an_index_is_named(town: Town) -> None:
    rows = town.connection
    await rows.execute(MANY)
    await rows.execute("analyze shelf")
    sql = 'select title from shelf s order by s.title collate "C" desc, s.id limit 5'
    plan = await read_query_plan(rows, sql, [], analyze=False)
    assert plan.findings == (
        "puts about 20,000 rows of shelf in order for a page of 5; "
        'try `create index on shelf (title COLLATE "C" DESC, id)`',
    )
    await rows.execute('create index on shelf (title COLLATE "C" DESC, id)')
    plan = await read_query_plan(rows, sql, [], analyze=False)
    assert plan.findings == ()


async def test_a_developer_is_told_what_is_missing_with_the_answer(
    open_here: OpenPlatform, town: Town
) -> None:
    await town.connection.execute(
        "insert into core_tag (id, name, description, created_at, updated_at, version) "
        "select gen_random_uuid(), 'tag ' || n, 'about ' || n % 500, now(), now(), 1 from generate_series(1, 8000) n"
    )
    await town.connection.execute("analyze core_tag")
    platform = await open_here()
    engine: Any = platform.engine
    document = (
        '{ tags(where: {description: {eq: "about 7"}}) { totalCount } t: tags(first: 2) { nodes { name } } }'
    )
    engine.reading.development = True
    answer = json.loads((await engine.execute(document, {}, None, SYSTEM, with_plan=True)).body)
    assert answer["data"]["tags"] == {"totalCount": 16}
    told = {one["field"]: one["findings"] for one in answer["extensions"]["plan"]}
    assert told["t"] == []
    (finding,) = told["tags"]
    assert finding.startswith("reads all of core_tag (about 8,000 rows) to keep ")
    assert finding.endswith("no index serves description; try `create index on core_tag (description)`")
    engine.reading.development = False
    answer = json.loads((await engine.execute(document, {}, None, SYSTEM, with_plan=True)).body)
    assert "extensions" not in answer


async def test_all_of_a_table_may_be_read_when_all_of_it_is_wanted(town: Town) -> None:
    await town.connection.execute(MANY)
    await town.connection.execute("analyze shelf")
    plan = await read_query_plan(
        town.connection, "select count(*) from shelf where room >= 0", [], analyze=False
    )
    assert plan.findings == ()
    assert (plan.execution_ms, plan.pages_hit) == (None, None)


async def test_nothing_can_be_changed_by_looking(town: Town) -> None:
    await town.connection.execute(MANY)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await read_query_plan(town.connection, "delete from shelf", [], analyze=True)
    assert await town.connection.fetchval("select count(*) from shelf") == 20_000


async def test_statements_of_the_engine_can_be_looked_at(open_here: OpenPlatform, town: Town) -> None:
    await town.customer(name="Ada")
    platform = await open_here()
    trace = Trace()
    document = (
        "query ($n: Int!) { customers(first: $n) { nodes { name transactions(first: 2) { totalCount } } } }"
    )
    await platform.engine.execute(document, {"n": 3}, None, SYSTEM, trace=trace)
    (sent,) = trace.statements
    async with platform.pool.acquire() as connection:
        plan = await read_query_plan(connection, sent.sql, sent.arguments, analyze=True)
    assert any("core_customer" in line for line in plan.tree)
    assert plan.findings == ()
