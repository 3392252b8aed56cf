"""A plug-in's own attributes and its own search: typed, filtered, ordered, and held to its rules."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from serai.viewers import ANONYMOUS, Viewer

from .conftest import Diary

READER = Viewer(kind="staff", permissions=frozenset(("diary:read", "customers:read")))

ALL = "{ diaryPages(orderBy: [{id: ASC}]) { nodes { weather stars warmth spent isSecret day moment mood } } }"
TYPED: dict[str, Any] = {
    "weather": "rain", "stars": 4, "warmth": 1.5, "spent": 10.25, "secret": True, "day": "2026-02-28",
    "moment": "2026-02-28T10:00:00+02:00", 'it\'s "mood"': "GLAD",
}  # fmt: skip
STRANGE: tuple[dict[str, Any], ...] = (
    {"weather": 5, "stars": "4", "warmth": "hot", "spent": "1", "secret": "true", "day": "2026-02-30", "moment": "now",
     'it\'s "mood"': "ANGRY"},
    {"weather": ["rain"], "stars": 4.5, "warmth": True, "spent": {}, "secret": 1, "day": "infinity",
     "moment": "2026-13-01T10:00:00Z", 'it\'s "mood"': 1},
    {"stars": 2**31, "day": 20260228, "moment": None, "secret": None},
    {"stars": 10**400, "warmth": 10**400, "day": "2026-02-28 ", "moment": "2026-02-28T10:00:00"},
)  # fmt: skip


async def detailed(pages: Diary, customer: UUID, details: Any) -> UUID:
    page = await pages.page(customer)
    await pages.town.connection.execute(
        "update diary_page set details = $2 where id = $1", page, json.dumps(details)
    )
    return page


async def shown(pages: Diary, arguments: str, viewer: Viewer = READER) -> list[Any]:
    answer = await pages.answer(f"{{ diaryPages({arguments}) {{ nodes {{ stars weather }} }} }}", viewer)
    assert "errors" not in answer, answer
    return [(one["stars"], one["weather"]) for one in answer["data"]["diaryPages"]["nodes"]]


async def test_each_type_is_read_as_itself_and_everything_else_as_null(pages: Diary) -> None:
    ada = await pages.town.customer()
    await detailed(pages, ada, TYPED)
    for one in (*STRANGE, [], 5, "text", None):
        await detailed(pages, ada, one)
    answer = await pages.answer(ALL, READER)
    first, *others = answer["data"]["diaryPages"]["nodes"]
    assert first == {
        "weather": "rain", "stars": 4, "warmth": 1.5, "spent": "10.25", "isSecret": True, "day": "2026-02-28",
        "moment": "2026-02-28T08:00:00.000000Z", "mood": "GLAD",
    }  # fmt: skip
    assert others == [dict.fromkeys(first)] * (len(STRANGE) + 4)
    assert len(pages.sent) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('where: {weather: {startsWith: "SU"}}', [(3, "sun")]),
        ("where: {stars: {gte: 4}}, orderBy: [{stars: DESC}]", [(5, "snow"), (4, "rain")]),
        (
            "orderBy: [{stars: ASC_NULLS_FIRST}]",
            [(None, "fog"), (None, None), (3, "sun"), (4, "rain"), (5, "snow")],
        ),
        ("where: {stars: {isNull: true}, weather: {isNull: false}}", [(None, "fog")]),
        ('where: {day: {gt: "2026-01-01"}}, orderBy: [{day: DESC}]', [(4, "rain"), (3, "sun")]),
        ("where: {mood: {in: [SAD]}}", [(5, "snow")]),
        ('where: {spent: {lt: "1.5"}}', [(3, "sun")]),
        ("where: {isSecret: {eq: true}}", [(5, "snow")]),
    ],
)
async def test_they_are_filtered_and_ordered_by(
    pages: Diary, arguments: str, expected: list[tuple[Any, Any]]
) -> None:
    ada = await pages.town.customer()
    for details in (
        {"stars": 4, "weather": "rain", "day": "2026-03-01", "spent": 2},
        {"stars": 3, "weather": "sun", "day": "2026-02-01", "spent": 1.25},
        {"stars": 5, "weather": "snow", "day": "2025-02-01", 'it\'s "mood"': "SAD", "secret": True},
        {"stars": "many", "weather": "fog"},
        {},
    ):
        await detailed(pages, ada, details)
    found = await shown(pages, arguments)
    assert found == expected


async def test_a_guarded_column_guards_its_attributes(pages: Diary) -> None:
    ada = await pages.town.customer()
    page = await pages.page(ada, text="for everybody")
    await pages.town.connection.execute(
        "update diary_page set details = '{\"stars\": 4}' where id = $1", page
    )
    assert await shown(pages, "first: 5") == [(4, None)]
    assert await shown(pages, "first: 5", ANONYMOUS) == [(None, None)]
    assert await shown(pages, "where: {stars: {eq: 4}}", ANONYMOUS) == []


async def test_a_plug_in_is_searched_as_the_core_is(pages: Diary) -> None:
    ada = await pages.town.customer()
    for text in ("for everybody", "Walked around the lake", "在湖边散步", "The lake, everybody!"):
        await pages.page(ada, text=text)

    async def found(words: str, viewer: Viewer) -> list[str]:
        answer = await pages.answer(
            "query($words: String) { diaryPages(search: $words) { totalCount nodes { text } } }",
            viewer,
            words=words,
        )
        rows = answer["data"]["diaryPages"]
        assert rows["totalCount"] == len(rows["nodes"])
        return [row["text"] for row in rows["nodes"]]

    assert await found("lake walking", READER) == ["Walked around the lake"]
    assert await found("湖边", READER) == ["在湖边散步"]
    assert set(await found("everybody", READER)) == {"for everybody", "The lake, everybody!"}
    assert await found("everybody", ANONYMOUS) == ["for everybody"]
    assert await found("lake", ANONYMOUS) == []
