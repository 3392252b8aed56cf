"""Writing the history of a demand: an entry for every step, in the change that makes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from serai.core.demands.models import Demand
from serai.core.sides import Side, side_of
from serai_sdk import Change, Money, Viewer
from serai_sdk.orm import new_id

from .models import DemandEventKind

ENTRY = """
insert into core_demand_event
  (id, created_at, updated_at, version, demand_id, proposal_id, transaction_id, at, kind, side, text)
select $1::uuid, serai_now(), serai_now(), 1, $2::uuid, $3::uuid, $4::uuid,
       greatest($5::timestamptz, max(at) + interval '1 microsecond'), $6::text, $7::text, $8::text
from core_demand_event
where demand_id = $2
"""

NAME = "select name from core_provider where id = $1"


async def record(
    change: Change,
    demand: Demand,
    kind: DemandEventKind,
    text: str,
    *,
    at: datetime,
    viewer: Viewer | None,
    proposal_id: UUID | None = None,
    transaction_id: UUID | None = None,
) -> None:
    """Add an entry to the history of a demand that is locked or added in this change.

    ``viewer`` is who did it, ``None`` if time did. What names a proposal or a transaction is for those who see these.
    The entry comes after all there are: a change that waited for the demand has begun before the one it waited for.
    """
    side: Side | None = None if viewer is None else side_of(viewer)
    await change.later(
        ENTRY,
        new_id(),
        demand.id,
        proposal_id,
        transaction_id,
        at,
        kind.value,
        None if side is None else side.value,
        text,
    )


async def provider_name(change: Change, provider_id: UUID) -> str:
    """The name a provider trades under, which is public."""
    [row] = await change.execute(NAME, provider_id)
    name: str = row["name"]
    return name


def said(price: Money) -> str:
    """A price as a sentence has it: ``120.00 EUR``."""
    return f"{price.amount} {price.currency}"
