"""Pages in the graph, and what they are about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from serai_sdk import (
    CallCtx,
    Graph,
    Ref,
    arg,
    batched,
    column,
    entity,
    extend,
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


@entity(models.Page, prefix="dry", access=permission("diary:read") | when("text", "for everybody"))
class DiaryPage:
    """A page about a customer."""

    customer = to_one("Customer", "Whom it is about.")
    written_at: datetime | None = column("When it was written, if it is dated.")
    text: str = column("What it says.", personal=True)


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


GRAPH = Graph(entities=(DiaryPage,), extends=(CustomerDiary,), queries=(diary_mentions,))
