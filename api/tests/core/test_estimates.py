"""Estimates: exact while small, honest beyond, and silent about what may not be seen; plans that do not multiply."""

from __future__ import annotations

import sys

import pytest

from serai.app import Platform
from serai.graph.trace import Trace
from serai.viewers import SYSTEM, Viewer

from .conftest import Asker, Rows

GROUPS, EACH = 50, 1_300
TAGS = """
insert into core_tag (id, created_at, updated_at, version, name, description)
select md5('tag' || number)::uuid, now(), now(), 1, 'tag ' || number, 'group ' || number % $1
from generate_series(1, $1 * $2) number
"""
SALES = """
insert into core_transaction (id, customer_id, provider_id, number, status, total_minor, total_currency, channel,
                              placed_at, created_at, updated_at, version)
select md5($4 || number)::uuid, $1, $2, $4 || number, 'PLACED', 100, 'EUR', 'web', now(), now(), now(), 1
from generate_series(1, $3) number
"""


async def test_estimates_hold_what_there_is_in_95_of_100_cases(
    graph: Asker, rows: Rows, capfd: pytest.CaptureFixture[str]
) -> None:
    """The ids are the same in every run, and so is what is sampled of them."""
    await rows.connection.execute(TAGS.replace("$1", str(GROUPS)).replace("$2", str(EACH)))
    fields = "\n".join(
        f'g{number}: tags(where: {{description: {{eq: "group {number}"}}}}) '
        "{ estimate { count low high isExact } totalCount }"
        for number in range(GROUPS)
    )
    data = await graph.ask(f"{{ {fields} all: tags {{ estimate {{ count low high isExact }} }} }}", SYSTEM)
    whole = data.pop("all")["estimate"]
    assert {one["totalCount"] for one in data.values()} == {EACH}
    found = [one["estimate"] for one in data.values()]
    assert not any(one["isExact"] for one in found)
    assert all(1_001 <= one["low"] <= one["count"] <= one["high"] for one in found)
    held = sum(one["low"] <= EACH <= one["high"] for one in found)
    with capfd.disabled():
        print(f"\n{held} of {GROUPS} estimates hold the count; of all: {whole}", file=sys.stderr)
    assert held >= 0.92 * GROUPS
    assert whole["low"] <= GROUPS * EACH <= whole["high"]
    assert whole["high"] - whole["low"] < 0.07 * GROUPS * EACH


async def test_estimates_are_exact_while_small(graph: Asker, rows: Rows) -> None:
    for more, expected in ((1_000, True), (1, False)):
        before = await rows.value("select count(*) from core_transaction")
        customer, provider = await rows.customer(), await rows.provider()
        await rows.connection.execute(SALES, customer, provider, more, f"S{before}-")
        found = (await graph.ask("{ transactions { estimate { count low high isExact } } }", SYSTEM))[
            "transactions"
        ]["estimate"]
        assert found["isExact"] is expected
        assert (found["count"] == found["low"] == found["high"] == 1_000) is expected


async def test_an_estimate_says_nothing_of_hidden_rows(graph: Asker, rows: Rows) -> None:
    ann, bob, provider = await rows.customer(), await rows.customer(), await rows.provider()
    viewer = Viewer(kind="customer", customer_id=ann)
    text = "{ transactions { estimate { count low high isExact } totalCount(upTo: 1500) } }"
    await rows.connection.execute(SALES, ann, provider, 1_200, "A")
    alone = await graph.ask(text, viewer)
    await rows.connection.execute(SALES, bob, provider, 4_000, "B")
    assert await graph.ask(text, viewer) == alone
    assert alone["transactions"]["totalCount"] == 1_200
    assert alone["transactions"]["estimate"]["isExact"] is False


async def test_time_zones_bounds_and_currencies_are_bound(platform: Platform, rows: Rows) -> None:
    """Other values are the same text of SQL, and so the same prepared statement."""
    text = """query ($zone: String!, $upTo: Int, $least: Decimal, $code: CurrencyCode) { transactions {
    totalCount(upTo: $upTo)
    groups(by: [{placedAt: {bucket: DAY, timeZone: $zone}}], having: {sum: {total: {currency: $code, gte: $least}}})
    { nodes { keys { placedAt } } } } }"""
    texts: set[str] = set()
    known: list[bool] = []
    for zone, up_to, least, code in (("UTC", 1, "1.00", "EUR"), ("Asia/Tokyo", 50, "7", "JPY")):
        trace = Trace()
        given = {"zone": zone, "upTo": up_to, "least": least, "code": code}
        known.append(platform.engine.prepared(text, given, None, SYSTEM) is not None)
        result = await platform.engine.execute(text, given, None, SYSTEM, trace=trace)
        assert b"errors" not in result.body
        (sent,) = trace.statements
        texts.add(sent.sql)
    assert len(texts) == 1
    assert known == [False, True]
