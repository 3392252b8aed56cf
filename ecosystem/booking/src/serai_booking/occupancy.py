"""`serai booking occupancy`: how much of the coming nights is booked, city by city."""

from __future__ import annotations

from collections.abc import Sequence

from serai_sdk import AppCtx, SafeError

__all__ = ["occupancy"]

DAYS = 30
MOST = 366

OCCUPANCY = """
select coalesce(offer.place_city_code, '-') as city,
       count(distinct stay.id) as stays,
       coalesce(
         sum(least(booking.check_out, today.date + $1::int) - greatest(booking.check_in, today.date))
           filter (where booking.id is not null),
         0
       ) as nights
from (select serai_now()::date as date) today
cross join booking_stay stay
join core_offer offer on offer.id = stay.id and offer.status = 'PUBLISHED'
left join booking_booking booking
  on booking.stay_id = stay.id
 and booking.status <> 'CANCELLED'
 and booking.check_in < today.date + $1::int
 and booking.check_out > today.date
group by 1
order by 1
"""


async def occupancy(ctx: AppCtx, words: Sequence[str]) -> str:
    """One line a city: its stays, and the share of their coming nights that is booked."""
    given = words[0] if words else str(DAYS)
    if len(words) > 1 or not given.isdecimal() or not 1 <= int(given) <= MOST:
        raise SafeError(
            f"occupancy takes a number of days from 1 to {MOST}", hint="such as: serai booking occupancy 30"
        )
    days = int(given)
    rows = await ctx.fetch(OCCUPANCY, days)
    lines = [f"{'city':<6} {'stays':>5}  booked of the next {days} nights"]
    lines += [
        f"{row['city']:<6} {row['stays']:>5}  {row['nights'] / (row['stays'] * days):>6.1%}" for row in rows
    ]
    return "\n".join(lines)
