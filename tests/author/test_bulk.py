"""A bulk of a stranger's mutation: what it saved before it failed is undone, in the table and in memory."""

from __future__ import annotations

from typing import Any

import pytest

from serai.viewers import Viewer
from serai_sdk import DeclarationError, arg, bulk, input, mutation, permission
from serai_sdk.orm import new_id

from .conftest import Diary

REWRITE = """
mutation ($input: DiaryRewriteAllInput!) {
  diaryRewriteAll(input: $input) {
    results { index page { text } userErrors { code field } }
    succeeded
    failed
    userErrors { code }
  }
}
"""
READER = Viewer(kind="staff", staff_id=new_id(), permissions=frozenset({"diary:read"}))


@pytest.mark.parametrize(
    ("policy", "left", "succeeded"), [("SKIP_FAILED", ["third", "b"], 2), ("REJECT_ALL", ["a", "b"], 0)]
)
async def test_items_that_fail_leave_nothing_behind(
    pages: Diary, policy: str, left: list[str], succeeded: int
) -> None:
    ada = await pages.town.customer()
    first, second = await pages.page(ada, text="a"), await pages.page(ada, text="b")
    items = [
        {"id": f"dry_{first.hex}", "text": "first"},
        {"id": f"dry_{second.hex}", "text": " "},
        {"id": f"dry_{first.hex}", "text": "third"},
    ]
    answer = await pages.answer(REWRITE, READER, input={"items": items, "errorPolicy": policy})
    payload: dict[str, Any] = answer["data"]["diaryRewriteAll"]
    assert (payload["succeeded"], payload["failed"]) == (succeeded, 1)
    assert payload["results"][1]["userErrors"] == [{"code": "EMPTY", "field": ["items", "1", "text"]}]
    assert [bool(one["page"]) for one in payload["results"]] == [bool(succeeded), False, bool(succeeded)]
    assert payload["userErrors"] == ([] if succeeded else [{"code": "EMPTY"}])
    rows = await pages.town.connection.fetch("select text, version from diary_page order by id")
    assert [row["text"] for row in rows] == left
    # however often a row is saved in one transaction, its version goes up by one; what failed counts for nothing
    assert [row["version"] for row in rows] == ([2, 1] if succeeded else [1, 1])
    found = await pages.town.connection.fetchval("select count(*) from core_outbox")
    assert found == succeeded


@input
class ThingDoInput:
    """A thing."""

    text: str = arg("What it is.")


def single(payload: str = "page") -> Any:
    @mutation(
        "Do it.", input=ThingDoInput, payload={payload: "DiaryPage"}, errors={}, access=permission("a:b")
    )
    async def thing_do(ctx: Any, input: ThingDoInput) -> Any:
        return {}

    return thing_do


async def locks(ctx: Any, items: Any) -> Any:
    return {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mutation": locks}, "is given a function"),
        ({"locks": None}, "does not say what to lock"),
        ({"name": "Things do"}, "is no name of a mutation"),
        ({"mutation": single("index")}, "has 'index' in its payload"),
    ],
)
def test_a_bulk_that_cannot_be_says_why(given: dict[str, Any], message: str) -> None:
    made = {"mutation": single(), "name": "thingsDo", "description": "Do them.", "locks": locks} | given
    with pytest.raises(DeclarationError, match=message) as refused:
        bulk(made.pop("mutation"), **made)
    assert refused.value.hint
