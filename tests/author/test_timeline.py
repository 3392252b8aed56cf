"""A stranger's rows on customers' timelines: they stand there, dated ones only, and for those who may see them."""

from __future__ import annotations

from datetime import UTC, datetime

from serai.viewers import Viewer
from serai_sdk.orm import new_id

from .conftest import Diary

TIMELINE = """
{
  customers {
    nodes { timeline { entries { at kind title plugin subject { id ... on DiaryPage { text } } } } }
  }
}
"""
ONE = """
{
  customers {
    nodes { timeline(first: 1, kinds: ["diary.written"]) { entries { subject { id } } hasNextPage } }
  }
}
"""


def staff(*permissions: str) -> Viewer:
    return Viewer(kind="staff", staff_id=new_id(), permissions=frozenset(permissions))


async def test_pages_stand_on_the_timeline_of_whom_they_are_about(pages: Diary) -> None:
    ada = await pages.town.customer(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    dated = await pages.page(ada, at=datetime(2026, 2, 1, tzinfo=UTC), text="Called.")
    await pages.page(ada, text="No date.")
    public = await pages.page(ada, at=datetime(2026, 3, 1, tzinfo=UTC), text="for everybody")
    answer = await pages.answer(TIMELINE, staff("customers:read", "diary:read"))
    assert "errors" not in answer, answer["errors"]
    [customer] = answer["data"]["customers"]["nodes"]
    assert customer["timeline"]["entries"] == [
        {
            "at": "2026-03-01T00:00:00.000000Z",
            "kind": "diary.written",
            "title": "Somebody wrote",
            "plugin": "diary",
            "subject": {"id": f"dry_{public.hex}", "text": "for everybody"},
        },
        {
            "at": "2026-02-01T00:00:00.000000Z",
            "kind": "diary.written",
            "title": "Somebody wrote",
            "plugin": "diary",
            "subject": {"id": f"dry_{dated.hex}", "text": "Called."},
        },
        {
            "at": "2026-01-01T00:00:00.000000Z",
            "kind": "customer.registered",
            "title": "Was registered",
            "plugin": "core",
            "subject": {"id": f"cus_{ada.hex}"},
        },
    ]


async def test_who_may_not_read_a_page_is_not_told_of_it(pages: Diary) -> None:
    ada = await pages.town.customer()
    for day in range(1, 28):
        await pages.page(ada, at=datetime(2026, 2, day, tzinfo=UTC), text="Secret.")
    public = await pages.page(ada, at=datetime(2026, 1, 1, tzinfo=UTC), text="for everybody")
    answer = await pages.answer(ONE, staff("customers:read"))
    assert answer["data"]["customers"]["nodes"] == [
        {"timeline": {"entries": [{"subject": {"id": f"dry_{public.hex}"}}], "hasNextPage": False}}
    ]
