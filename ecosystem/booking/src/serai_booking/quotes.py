"""Quotes: what each of many stays would cost for a period, night by night, and whether it is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from serai_sdk import CallCtx, Money, SafeError, part, value
from serai_sdk.capacity import Claim

from .prices import LONGEST, PriceRules, nights, total


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
    left = await ctx.capacity.left([Claim(id, check_in, check_out) for id in wanted])
    # a stay that was never held is no resource yet
    taken = {id for id, count in zip(wanted, left, strict=True) if count == 0}
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
