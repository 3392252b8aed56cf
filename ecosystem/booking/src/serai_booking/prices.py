"""What nights cost: the price of a night, more at weekends and in the high season of the place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from serai_sdk import Money

LONGEST: Final = 60
"""How many nights can be booked at once."""

WEEKEND: Final = frozenset((4, 5))
"""The nights from Friday and from Saturday, as ``date.weekday`` counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRules:
    """How the price of a stay's night depends on its date; percentages add up."""

    per_night: Money
    weekend_percent: int = 0
    high_season_percent: int = 0
    high_season_months: Collection[int] = field(default=())

    def price(self, night: date) -> Money:
        """The price of one night, rounded half up to the currency's minor unit."""
        percent = 100
        if night.weekday() in WEEKEND:
            percent += self.weekend_percent
        if night.month in self.high_season_months:
            percent += self.high_season_percent
        return Money((self.per_night.minor * max(percent, 0) + 50) // 100, self.per_night.currency)


def nights(check_in: date, check_out: date) -> Iterator[date]:
    """The nights of a stay, each named by the day it begins on: the range is half open."""
    for day in range((check_out - check_in).days):
        yield check_in + timedelta(days=day)


def total(prices: Sequence[Money]) -> Money:
    """The sum; there is at least one night."""
    return Money(sum(price.minor for price in prices), prices[0].currency)


def by_price(prices: Sequence[Money]) -> list[tuple[Money, int]]:
    """Each price with the number of nights that have it, cheapest first: the lines of a transaction."""
    ordered = sorted(prices, key=lambda price: price.minor)
    return [(price, len(list(same))) for price, same in groupby(ordered)]
