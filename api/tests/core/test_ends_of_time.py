"""Instants and days beyond what the graph can write: shown as the first or the last of them, and no row is lost."""

from __future__ import annotations

from datetime import date
from typing import Any

from serai.graph.leaves import DATE
from serai.viewers import SYSTEM

from .conftest import Asker, Rows

LAST, FIRST = "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00.000000Z"


async def placed(rows: Rows, *instants: str) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    for instant in instants:
        id = await rows.transaction(customer, provider)
        await rows.connection.execute(
            "update core_transaction set placed_at = $2::text::timestamptz where id = $1", id, instant
        )


async def test_what_lies_beyond_is_shown_as_the_end(graph: Asker, rows: Rows) -> None:
    instants = ("-infinity", "0044-03-15 12:00Z BC", "2026-05-01 00:00Z", "9999-12-31 23:59:59.999999Z")
    await placed(rows, *instants, "12000-01-01 00:00Z", "infinity")
    data = await graph.ask(
        "{ transactions(orderBy: [{placedAt: ASC}]) { totalCount nodes { placedAt } "
        "aggregate { min { placedAt } max { placedAt } } } }",
        SYSTEM,
    )
    shown = [FIRST, FIRST, "2026-05-01T00:00:00.000000Z", LAST, LAST, LAST]
    assert [one["placedAt"] for one in data["transactions"]["nodes"]] == shown
    assert data["transactions"]["aggregate"] == {"min": {"placedAt": FIRST}, "max": {"placedAt": LAST}}


async def test_pages_go_on_from_the_ends(graph: Asker, rows: Rows) -> None:
    await placed(rows, "infinity", "-infinity", "infinity", "2026-05-01 00:00Z")
    found: list[str] = []
    more: dict[str, Any] = {}
    for _ in range(4):
        page = (
            await graph.ask(
                "query ($after: String) { transactions(first: 1, after: $after, orderBy: [{placedAt: DESC}]) "
                "{ nodes { placedAt } pageInfo { endCursor } } }",
                SYSTEM,
                **more,
            )
        )["transactions"]
        found += [one["placedAt"] for one in page["nodes"]]
        more = {"after": page["pageInfo"]["endCursor"]}
    assert found == [LAST, LAST, "2026-05-01T00:00:00.000000Z", FIRST]


async def test_the_last_instant_finds_what_it_was_stored_as(graph: Asker, rows: Rows) -> None:
    await placed(rows, "infinity", "2026-05-01 00:00Z")
    data = await graph.ask(
        "query ($at: DateTime!) { transactions(where: {placedAt: {eq: $at}}) { nodes { placedAt } } }",
        SYSTEM,
        at=LAST,
    )
    assert data["transactions"]["nodes"] == [{"placedAt": LAST}]


async def test_months_begin_at_the_ends_too(graph: Asker, rows: Rows) -> None:
    await placed(rows, "infinity", "2026-05-01 00:00Z")
    data = await graph.ask(
        '{ transactions { groups(by: [{placedAt: {bucket: MONTH, timeZone: "Asia/Shanghai"}}]) '
        "{ nodes { keys { placedAt } } } } }",
        SYSTEM,
    )
    shown = [one["keys"]["placedAt"] for one in data["transactions"]["groups"]["nodes"]]
    assert shown == ["2026-04-30T16:00:00.000000Z", LAST]


async def test_days_have_ends_too(rows: Rows) -> None:
    shown = {
        day: await rows.value(f"select {DATE.to_json('$1::text::date')}", day)
        for day in ("-infinity", "0044-03-15 BC", "2026-05-01", "9999-12-31", "12000-01-01", "infinity")
    }
    assert list(shown.values()) == [
        '"0001-01-01"',
        '"0001-01-01"',
        '"2026-05-01"',
        '"9999-12-31"',
        '"9999-12-31"',
        '"9999-12-31"',
    ]
    assert [DATE.decode(day) for day in ("-infinity", "infinity")] == [date.min, date.max]
