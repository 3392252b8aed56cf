"""What else a guest might like: stays of the same type in the same city that take as many guests."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from serai_sdk import CallCtx

ALTERNATIVES = """
select mine.id as stay_id, other.id as other_id
from booking_stay mine
join core_offer here on here.id = mine.id
cross join lateral (
  select near.id, near.capacity
  from booking_stay near
  join core_offer there on there.id = near.id
  join core_provider seller on seller.id = there.provider_id
  where near.stay_type = mine.stay_type
    and near.capacity >= mine.capacity
    and near.id <> mine.id
    and there.place_city_code = here.place_city_code
    and there.status = 'PUBLISHED'
    and seller.status = 'APPROVED'
  order by near.capacity, near.id
  limit $2
) other
where mine.id = any($1::uuid[])
order by mine.id, other.capacity, other.id
"""


async def alternatives(ctx: CallCtx, stays: Sequence[UUID], *, most: int) -> list[list[UUID]]:
    """For each stay the ids of up to ``most`` others, those of the nearest capacity first; one statement for all."""
    found: dict[UUID, list[UUID]] = {stay: [] for stay in stays}
    for row in await ctx.fetch(ALTERNATIVES, list(found), most):
        found[row["stay_id"]].append(row["other_id"])
    return [found[stay] for stay in stays]
