"""Instants and days beyond what the graph can write: shown as the first or the last of them, and no row is lost."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

import asyncpg
import pytest

from serai.graph.far_time import day_text, instant_text
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


FAR = (
    "-infinity",
    "4714-11-24 00:00:00Z BC",
    "0044-03-15 12:00:00.5Z BC",
    "0001-01-01 00:00:00Z",
    "2026-05-01 00:00:00Z",
    "9999-12-31 23:59:59.999999Z",
    "12000-02-29 00:00:00Z",
    "294276-12-31 23:59:59.999999Z",
    "infinity",
)
"""In their order; twice each, so that a page ends between two that are alike."""


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("backward", [False, True])
async def test_every_row_is_on_one_page_however_far_its_instant(
    graph: Asker, rows: Rows, direction: str, backward: bool
) -> None:
    await placed(rows, *FAR, *FAR)
    size, past, end, next_ = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backward
        else ("first", "after", "endCursor", "hasNextPage")
    )
    found: list[str] = []
    more: dict[str, Any] = {}
    for _ in range(2 * len(FAR)):
        page = (
            await graph.ask(
                f"query ($past: String) {{ transactions({size}: 1, {past}: $past, "
                f"orderBy: [{{placedAt: {direction}}}]) {{ nodes {{ id }} pageInfo {{ {end} {next_} }} }} }}",
                SYSTEM,
                **more,
            )
        )["transactions"]
        found += [one["id"] for one in page["nodes"]]
        more = {"past": page["pageInfo"][end]}
    assert not page["pageInfo"][next_]
    is_up = (direction == "ASC") != backward
    expected = await rows.connection.fetch(
        f"select id from core_transaction order by placed_at {'asc, id' if is_up else 'desc, id desc'}"
    )
    assert found == [f"trx_{row['id'].hex}" for row in expected]


async def test_groups_are_paged_over_far_months(graph: Asker, rows: Rows) -> None:
    far = [one for one in FAR if not one.startswith("4714")]  # its month would begin before there is time
    await placed(rows, *far)
    found: list[int] = []
    more: dict[str, Any] = {}
    for _ in far:
        page = (
            await graph.ask(
                "query ($after: String) { transactions { groups(by: [{placedAt: {bucket: MONTH}}], first: 1, after: "
                "$after) { nodes { aggregate { count } } pageInfo { endCursor hasNextPage } } } }",
                SYSTEM,
                **more,
            )
        )["transactions"]["groups"]
        found += [one["aggregate"]["count"] for one in page["nodes"]]
        more = {"after": page["pageInfo"]["endCursor"]}
    assert found == [1] * len(far)
    assert not page["pageInfo"]["hasNextPage"]


WRITTEN = (
    "2026-05-01 00:00:00+00",
    "2026-05-01 00:00:00.123456+05:30",
    "0000-05-01 00:00:00+00",
    "2026-02-29 00:00:00+00",
    "1900-02-29 00:00:00+00",
    "12000-02-29 00:00:00+00",
    "0005-02-29 00:00:00+00 BC",
    "0004-02-29 00:00:00+00 BC",
    "4714-11-24 00:00:00+00 BC",
    "4714-11-23 23:59:59+00 BC",
    "4714-11-24 00:00:00+01 BC",
    "4714-11-24 00:00:00-01 BC",
    "0001-01-01 00:00:00+14",
    "294276-12-31 23:59:59.999999+00",
    "294276-12-31 23:59:59.999999-00:30",
    "294277-01-01 00:00:00+00",
    "294277-01-01 00:00:00+01",
    "2026-13-01 00:00:00+00",
    "2026-05-01 25:00:00+00",
    "2026-05-01 00:00:60+00",
    "2026-05-01 00:00:00+16",
    "2026-05-01 00:00:00+00:60",
    "today",
    "infinity",
    "-infinity",
)


async def test_a_cursor_is_taken_as_far_as_the_database_takes_it(rows: Rows) -> None:
    """What it would refuse is refused before; ``today`` and a 60th second, which it takes, it never writes."""
    for text in WRITTEN:
        days = text.partition(" ")[0] + (" BC" if text.endswith(" BC") else "")
        for kind, check, written in (("timestamptz", instant_text, text), ("date", day_text, days)):
            try:
                is_taken = bool(await rows.value(f"select $1::text::{kind} is not null", written))
            except asyncpg.DataError:
                is_taken = False
            try:
                is_ours = check(written) == written
            except ValueError:
                is_ours = False
            assert is_ours == (is_taken and written != "today" and ":60+" not in written), (kind, written)


async def test_a_forged_instant_is_a_bad_cursor(graph: Asker, rows: Rows) -> None:
    await placed(rows, "2026-05-01 00:00Z")
    page = await graph.ask("{ transactions(orderBy: [{placedAt: ASC}]) { pageInfo { endCursor } } }", SYSTEM)
    mark, _, id = json.loads(base64.b64decode(page["transactions"]["pageInfo"]["endCursor"]))
    for forged in ("999999-01-01 00:00:00+00", "2026-05-01", "today", "0001-01-01 00:00:00+99", "", "now"):
        answer = await graph.answer(
            "query ($after: String) { transactions(after: $after, orderBy: [{placedAt: ASC}]) { nodes { id } } }",
            SYSTEM,
            after=base64.b64encode(json.dumps([mark, forged, id]).encode()).decode(),
        )
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_CURSOR"], forged


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
