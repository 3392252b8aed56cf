"""Quotes: what each of many stays would cost for a period, night by night, and whether it is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from serai_sdk import CallCtx, Money, SafeError, part, value

from .prices import LONGEST, PriceRules, nights, total

TAKEN = """
select distinct stay_id
from booking_booking
where stay_id = any($1::uuid[])
  and status <> 'CANCELLED'
  and check_in < $3::date
  and check_out > $2::date
"""


@value
class StayNight:
    """One night of a quote."""

    night: date = part("The day the night begins on.")
    price: Money = part("What that night costs.")


@value
class StayQuote:
    """What a stay costs for a period, and whether it is free."""

    nights: list[StayNight] = part("Every night with its price, in order.")
    total: Money = part("The price of all nights; what a booking made now would cost.")
    is_available: bool = part("Whether all nights are free.")


async def quote(
    ctx: CallCtx, stays: Sequence[Mapping[str, Any]], *, check_in: date, check_out: date, guests: int
) -> list[StayQuote | None]:
    """One quote for each stay, ``None`` where it does not take so many guests; one statement for all."""
    if check_out <= check_in:
        raise SafeError("checkOut is not after checkIn", hint="a stay ends at least one day after it begins")
    if (check_out - check_in).days > LONGEST:
        raise SafeError(f"at most {LONGEST} nights can be booked at once", hint="ask for a shorter period")
    wanted = [stay["id"] for stay in stays if stay["capacity"] >= guests]
    taken = (
        {row["stay_id"] for row in await ctx.fetch(TAKEN, wanted, check_in, check_out)} if wanted else set()
    )
    return [
        _quote(rules_of(stay), check_in, check_out, is_available=stay["id"] not in taken)
        if stay["capacity"] >= guests
        else None
        for stay in stays
    ]


def rules_of(stay: Mapping[str, Any]) -> PriceRules:
    """The price rules among a stay's columns."""
    return PriceRules(
        per_night=stay["price_per_night"],
        weekend_percent=stay["weekend_percent"],
        high_season_percent=stay["high_season_percent"],
        high_season_months=stay["high_season_months"],
    )


def _quote(rules: PriceRules, check_in: date, check_out: date, *, is_available: bool) -> StayQuote:
    priced = [StayNight(night=night, price=rules.price(night)) for night in nights(check_in, check_out)]
    return StayQuote(nights=priced, total=total([night.price for night in priced]), is_available=is_available)
