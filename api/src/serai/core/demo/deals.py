"""What became of one transaction of the demo: confirmed, fulfilled, called off or refunded, each at its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .cities import City
from .offers import Sale
from .words import said

__all__ = ["Deal", "make_deal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """The states a transaction went through by now; ``cancelled`` after ``confirmed`` is a refund."""

    placed: datetime
    status: str
    confirmed: datetime | None = None
    fulfilled: datetime | None = None
    cancelled: datetime | None = None
    reason: str | None = None

    @property
    def updated(self) -> datetime:
        """When it changed last."""
        return self.cancelled or self.fulfilled or self.confirmed or self.placed

    @property
    def version(self) -> int:
        """How often it changed, and once for its beginning."""
        return 1 + sum(one is not None for one in (self.confirmed, self.fulfilled, self.cancelled))


def make_deal(random: Random, now: datetime, placed: datetime, sale: Sale, city: City) -> Deal:
    """What became of it by now. A provider that fails confirms ever later and calls off ever more."""
    strain = sale.seller.strain(placed)
    confirming = placed + timedelta(hours=random.uniform(0.1, 40) * (1 + 6 * strain))
    confirmed = confirming if confirming <= now else None
    chance = random.random()
    ending: datetime | None
    if chance < 0.05:
        ending, why = placed + timedelta(hours=random.uniform(1, 120)), "cancelled"
    elif chance < 0.06 + 0.45 * strain:
        ending, why = confirming + timedelta(hours=random.uniform(2, 200)), "failed"
    elif chance < 0.09 + 0.45 * strain:
        ending, why = confirming + timedelta(days=random.uniform(0.5, 25)), "refunded"
    else:
        fulfilling = confirming + timedelta(days=random.uniform(0.2, 20))
        is_done = fulfilling <= now and random.random() < 0.985
        if is_done:
            return Deal(placed=placed, status="FULFILLED", confirmed=confirmed, fulfilled=fulfilling)
        return Deal(placed=placed, status="CONFIRMED" if confirmed else "PLACED", confirmed=confirmed)
    if ending > now:
        return Deal(placed=placed, status="CONFIRMED" if confirmed else "PLACED", confirmed=confirmed)
    return Deal(
        placed=placed,
        status="CANCELLED",
        confirmed=confirmed if confirmed and confirmed < ending else None,
        cancelled=ending,
        reason=said(random, why, city) if why != "cancelled" or random.random() < 0.8 else None,
    )
