"""Pages in the graph, and what they are about."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from serai_sdk import (
    JSON,
    CallCtx,
    Graph,
    Ref,
    Timeline,
    UserError,
    arg,
    attribute,
    batched,
    bulk,
    column,
    connection,
    entity,
    extend,
    input,
    mutation,
    part,
    permission,
    query,
    to_one,
    value,
    when,
)

from . import models

OF = """
select customer_id, about_type, about_id, text
from diary_page
where customer_id = any($1::uuid[])
order by id
"""

ALL = "select about_type, about_id, text from diary_page order by id limit $1"


class DiaryMood(StrEnum):
    """How somebody felt."""

    GLAD = "GLAD"
    SAD = "SAD"


@entity(
    models.Page,
    prefix="dry",
    access=permission("diary:read") | when("text", "for everybody"),
    search={"text": "A"},
)
class DiaryPage:
    """A page about a customer."""

    customer = to_one("Customer", "Whom it is about.")
    written_at: datetime | None = column("When it was written, if it is dated.")
    text: str = column("What it says.", personal=True)
    details: JSON | None = column("What else there is.", access=permission("diary:read"), personal=True)
    weather: str | None = attribute("details", "weather", "What the weather was like.")
    stars: int | None = attribute("details", "stars", "How good it was.")
    warmth: float | None = attribute("details", "warmth", "How warm it was.")
    spent: Decimal | None = attribute("details", "spent", "How much was spent.")
    is_secret: bool | None = attribute("details", "secret", "Whether nobody is to know.")
    day: date | None = attribute("details", "day", "On which day it was.")
    moment: datetime | None = attribute("details", "moment", "When exactly it was.")
    mood: DiaryMood | None = attribute("details", 'it\'s "mood"', "How they felt.")


@value
class DiaryMention:
    """What a page is about."""

    text: str = part("What it says.")
    subject: Ref | None = to_one("Node", "What it is about, for those who may see it.")


def mention(row: Mapping[str, Any]) -> DiaryMention:
    about = Ref(row["about_type"], row["about_id"]) if row["about_type"] else None
    return DiaryMention(text=row["text"], subject=about)


@extend("Customer")
class CustomerDiary:
    @batched("What was written about them.", needs=())
    async def mentions(ctx: CallCtx, parents: Sequence[Mapping[str, Any]]) -> list[list[DiaryMention]]:
        found: dict[Any, list[DiaryMention]] = {one["id"]: [] for one in parents}
        for row in await ctx.fetch(OF, list(found)):
            found[row["customer_id"]].append(mention(row))
        return [found[one["id"]] for one in parents]

    @batched("All that was written about, by itself.", needs=(), entity="Node", many=True)
    async def mentioned(ctx: CallCtx, parents: Sequence[Mapping[str, Any]]) -> list[list[Ref]]:
        found: dict[Any, list[Ref]] = {one["id"]: [] for one in parents}
        for row in await ctx.fetch(OF, list(found)):
            if row["about_type"]:
                found[row["customer_id"]].append(Ref(row["about_type"], row["about_id"]))
        return [found[one["id"]] for one in parents]


@query(
    "What was written about anybody, the oldest first.",
    returns=list[DiaryMention],
    arguments={"first": arg("How much of it.", annotation=int, default=10, minimum=1, maximum=100)},
)
async def diary_mentions(ctx: CallCtx, first: int) -> list[DiaryMention]:
    return [mention(row) for row in await ctx.fetch(ALL, first)]


@input
class DiaryRewriteInput:
    """What a page says from now on."""

    id: UUID = arg("The page.", ref="DiaryPage")
    text: str = arg("What it says.", max_length=1000, personal=True)


@mutation(
    "Write a page anew.",
    input=DiaryRewriteInput,
    payload={"page": "DiaryPage"},
    errors={"NOT_FOUND": "There is no such page.", "EMPTY": "It would say nothing."},
    access=permission("diary:read"),
)
async def diary_rewrite(ctx: CallCtx, input: DiaryRewriteInput) -> Mapping[str, Any]:
    page = await ctx.change.get(models.Page, input.id)
    if page is None:
        raise UserError("NOT_FOUND", "There is no such page.", field="id")
    page.text = input.text.strip()
    await ctx.change.save(page)
    if not page.text:
        raise UserError("EMPTY", "It would say nothing.", field="text")
    await ctx.change.emit("diary.rewritten", page)
    return {"page": page.id}


async def locks(_: CallCtx, items: Sequence[DiaryRewriteInput]) -> Mapping[Any, list[UUID]]:
    return {models.Page: [one.id for one in items]}


diary_rewrite_all = bulk(
    diary_rewrite, name="diaryRewriteAll", description="Write many pages anew.", locks=locks
)

GRAPH = Graph(
    mutations=(diary_rewrite, diary_rewrite_all),
    entities=(DiaryPage,),
    extends=(CustomerDiary,),
    queries=(diary_mentions, connection("diaryPages", "DiaryPage", "All pages one may see.")),
    timelines=(
        Timeline(
            "DiaryPage", customer="customer", at="written_at", kind="diary.written", title="Somebody wrote"
        ),
    ),
)
