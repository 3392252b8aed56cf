"""Capacity in the graph: what there is, what is held of it when, and when it is not to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from serai_sdk import (
    CallCtx,
    Graph,
    arg,
    batched,
    column,
    connection,
    entity,
    extend,
    lookup,
    sql,
    to_many,
    to_one,
)
from serai_sdk.capacity import Claim

from .access import READ, SEE_HOLD, SEE_PART, SEE_RESOURCE
from .models import CapacityBlackout as BlackoutRow
from .models import CapacityClaim as ClaimRow
from .models import CapacityHold as HoldRow
from .models import CapacityMeasure, CapacityState
from .models import CapacityResource as ResourceRow
from .mutations import MUTATIONS

STATE_SQL: Final = "case when state = 'HELD' and expires_at <= serai_now() then 'EXPIRED' else state end"
LIVE_SQL: Final = "is_live and (expires_at is null or expires_at > serai_now())"
AT_ONCE: Final = 1_000
"""How many resources are looked at by one statement."""
AT = "An instant; of what is measured by dates, the midnight in UTC that the date is written with."


WHOSE = "resources are found by kind, provider or id"
CLAIMED = "holds are found by their claims, reference or id, and kept for 90 days; each index slows holding"


@entity(ResourceRow, prefix="cap", access=SEE_RESOURCE)
class CapacityResource:
    """Something there is only so much of: a unit, which one hold at a time has, or a pool of equal parts."""

    kind: str = column("What it is, such as `booking.stay`; its id is that of the thing.")
    is_unit: bool = column("Whether one hold at a time has it.")
    measure: CapacityMeasure = column(
        "By what it is held: local dates, instants, or in total.", unindexed=WHOSE
    )
    slot_seconds: int | None = sql(
        "case when measure = 'SLOT' then step_s end",
        "How long the slots of a pool are, in seconds.",
        unindexed=WHOSE,
    )
    capacity: int = column("How many parts there are; of a unit, one.", unindexed=WHOSE)
    opened_at: datetime = column("Since when it is known.", unindexed=WHOSE)
    provider = to_one("Provider", "Whose it is, if it is a provider's.")
    claims = to_many(
        "CapacityClaim", "What is held of it when, and what was.", by="resource", order=("starts_at", "id")
    )
    blackouts = to_many(
        "CapacityBlackout", "When it is not to be had.", by="resource", order=("starts_at", "id")
    )

    @batched(
        "How many are left for all of a range, blackouts and all holds considered: of a unit 1 or 0. Null where no "
        "range of its measure is given, or one of more than 2,000 dates or slots.",
        needs=("id", "measure"),
        arguments={
            "starts_on": arg(
                "The first date, for what is measured by dates.", annotation=date | None, default=None
            ),
            "ends_on": arg("The date after the last one.", annotation=date | None, default=None),
            "starts_at": arg(
                "The beginning, for what is measured by instants.", annotation=datetime | None, default=None
            ),
            "ends_at": arg("The end.", annotation=datetime | None, default=None),
        },
    )
    async def left(
        ctx: CallCtx,
        parents: Sequence[Mapping[str, Any]],
        *,
        starts_on: date | None,
        ends_on: date | None,
        starts_at: datetime | None,
        ends_at: datetime | None,
    ) -> list[int | None]:
        edges: dict[str, tuple[Any, Any]] = {
            "DATE": (starts_on, ends_on),
            "SLOT": (starts_at, ends_at),
            "TOTAL": (None, None),
        }
        asked = [
            Claim(one["id"], *edges[measure])
            for one in parents
            if (measure := str(one["measure"])) == "TOTAL" or None not in edges[measure]
        ]
        found: dict[Any, int | None] = {}
        for start in range(0, len(asked), AT_ONCE):
            some = asked[start : start + AT_ONCE]
            counts = await ctx.capacity.left(some)
            found |= {claim.resource: count for claim, count in zip(some, counts, strict=True)}
        return [found.get(one["id"]) for one in parents]


@entity(HoldRow, prefix="hld", access=SEE_HOLD)
class CapacityHold:
    """What is held of one or several resources, all or nothing; told of until 90 days after it was let go."""

    state: CapacityState = sql(
        STATE_SQL, "Where it is in its life: EXPIRED once its time is over.", unindexed=CLAIMED
    )
    expires_at: datetime | None = column(
        "When it is let go, unless it is confirmed or extended before.", unindexed=CLAIMED
    )
    reference: str | None = column("What it is for, as whoever holds it says.", access=READ)
    at: datetime = column("When it was made.", unindexed=CLAIMED)
    moved_at: datetime = column("When it was last confirmed, extended or let go.", unindexed=CLAIMED)
    claims = to_many("CapacityClaim", "What it holds, as far as you may see it.", by="hold")


@entity(ClaimRow, prefix="clm", access=SEE_PART, unindexed="read below its resource or hold")
class CapacityClaim:
    """What a hold claims of one resource: a half-open range, and of a pool so many."""

    resource = to_one("CapacityResource", "What it is of.")
    hold = to_one("CapacityHold", "The hold that it is part of.")
    starts_at: datetime | None = column(f"The beginning, unless it is held in total. {AT}")
    ends_at: datetime | None = column(f"The end, which is free again. {AT}")
    quantity: int = column("How many.")
    is_live: bool = sql(LIVE_SQL, "Whether it takes something: it is held, not expired and not let go.")


@entity(BlackoutRow, prefix="blk", access=SEE_PART, unindexed="read below its resource")
class CapacityBlackout:
    """A range in which nothing new is held of a resource; what was held before stays."""

    resource = to_one("CapacityResource", "What is not to be had.")
    starts_at: datetime | None = column(f"The beginning; null if it is never to be had. {AT}")
    ends_at: datetime | None = column(f"The end. {AT}")
    reason: str | None = column("Why.")
    at: datetime = column("When it was made.")


@extend("Provider")
class ProviderCapacity:
    capacity_resources = to_many("CapacityResource", "What can be held of it.", by="provider")


GRAPH = Graph(
    entities=(CapacityResource, CapacityHold, CapacityClaim, CapacityBlackout),
    extends=(ProviderCapacity,),
    queries=(
        connection(
            "capacityResources", "CapacityResource", "All that can be held, as far as you may see it."
        ),
        lookup("capacityResource", "CapacityResource", "One resource by its id."),
        connection("capacityHolds", "CapacityHold", "All holds one may see."),
        lookup("capacityHold", "CapacityHold", "One hold by its id."),
        connection("capacityClaims", "CapacityClaim", "What is held when, of all one may see."),
    ),
    mutations=MUTATIONS,
)
