"""Customers that may be the same person: by mailbox, telephone number or an external id of another system.

Mail addresses are unique as they stand, so what is compared is the mailbox: without what follows a plus sign. External
ids are compared across sources, and only those of six characters or more: short ones count up in every system.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from serai_sdk import CallCtx, Graph, SafeError, arg, batched, extend, part, permission, query, to_one, value

MOST = 100
SHORTEST_ID = 6
CURSOR = re.compile("([0-9a-f]{32})[.]([0-9a-f]{32})")

MERGES = permission("customers:merge")


class DuplicateReason(StrEnum):
    """Why two customers may be one."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    EXTERNAL_ID = "EXTERNAL_ID"


TWINS = {
    DuplicateReason.EMAIL: """
        select a.id, b.id as other
        from core_customer a
        join core_customer b on serai_mailbox(b.email) = serai_mailbox(a.email) and b.id <> a.id
    """,
    DuplicateReason.PHONE: """
        select a.id, b.id as other
        from core_customer a
        join core_customer b on b.phone_e164 = a.phone_e164 and b.id <> a.id
    """,
    DuplicateReason.EXTERNAL_ID: f"""
        select distinct a.id, o.row_id as other
        from core_customer a
        join core_external_ref r on r.row_id = a.id and r.entity = 'cus'
        cross join lateral (
          with recursive sources as (
            (select source from core_external_ref where entity = 'cus' order by source limit 1)
            union all
            select (
              select n.source
              from core_external_ref n
              where n.entity = 'cus' and n.source > s.source
              order by n.source
              limit 1
            )
            from sources s
            where s.source is not null
          )
          select source from sources where source <> r.source
        ) s
        join core_external_ref o on o.entity = 'cus' and o.source = s.source and o.external_id = r.external_id
        where o.row_id <> a.id
          and length(r.external_id) >= {SHORTEST_ID}
          and r.external_id not like 'forgotten:%'
    """,
}
"""Who may be whom, in both directions; each goes from a customer by an index to the others."""

OF_SOME = "select t.id, t.other from ({twins}) t where t.id = any($1::uuid[]) order by t.id, t.other"

OF_ALL = """
select t.id, t.other
from ({twins}) t
where t.other > t.id
  and ($1::uuid is null or (t.id, t.other) > ($1, $2::uuid))
order by t.id, t.other
limit $3::bigint
"""


class BadPairCursor(SafeError):
    """What was given as the cursor of a pair is none."""

    code = "BAD_CURSOR"


@value
class DuplicatePair:
    """Two customers that may be one."""

    reason: DuplicateReason = part("What they have in common.")
    customer: UUID | None = to_one("Customer", "The one that was registered first.")
    other: UUID | None = to_one("Customer", "The other.")
    cursor: str = part("Where the pair stands: pass it as `after` to go on from here.")


@extend("Customer")
class CustomerDuplicates:
    @batched(
        "Other customers that may be the same person, longest known first; at most 100.",
        needs=("id",),
        entity="Customer",
        many=True,
        arguments={
            "by": arg(
                "Only those for this reason; for all if left out.",
                default=None,
                annotation=DuplicateReason | None,
            )
        },
        access=MERGES,
    )
    async def duplicates(
        ctx: CallCtx, parents: Sequence[Mapping[str, Any]], *, by: DuplicateReason | None
    ) -> list[list[UUID]]:
        ids = [one["id"] for one in parents]
        found: dict[UUID, set[UUID]] = {id: set() for id in ids}
        for reason in [by] if by else DuplicateReason:
            for row in await ctx.fetch(OF_SOME.format(twins=TWINS[reason]), ids):
                found[row["id"]].add(row["other"])
        return [sorted(found[id])[:MOST] for id in ids]


@query(
    "Pairs of customers that may be one, by one reason, those registered first at the front. Ask for the next page "
    "with the cursor of the last pair.",
    returns=list[DuplicatePair],
    arguments={
        "by": arg("For which reason.", annotation=DuplicateReason),
        "first": arg("How many pairs at most.", default=50, minimum=1, maximum=500, annotation=int),
        "after": arg("Only what comes after the pair with this cursor.", default=None, annotation=str | None),
    },
    access=MERGES,
)
async def customer_duplicates(
    ctx: CallCtx, *, by: DuplicateReason, first: int, after: str | None
) -> list[DuplicatePair]:
    customer, other = (None, None) if after is None else pair_at(after)
    rows = await ctx.fetch(OF_ALL.format(twins=TWINS[by]), customer, other, first)
    return [
        DuplicatePair(
            reason=by,
            customer=row["id"],
            other=row["other"],
            cursor=f"{row['id'].hex}.{row['other'].hex}",
        )
        for row in rows
    ]


def pair_at(cursor: str) -> tuple[UUID, UUID]:
    """The customers of the pair a cursor stands for; ``BadPairCursor`` if it is none."""
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise BadPairCursor(
            "after: the cursor is malformed", hint="pass the cursor of a pair that this list gave out"
        )
    return UUID(match[1]), UUID(match[2])


GRAPH = Graph(extends=(CustomerDuplicates,), queries=(customer_duplicates,))
