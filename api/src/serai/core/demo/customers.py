"""The demo's customers: each follows from its number, so that none is kept, however many there are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from serai.core.addresses.models import Address
from serai.core.consents.models import Consent
from serai.core.customers.models import Customer
from serai.core.notes.models import CustomerNote
from serai.core.principals.models import Principal
from serai.core.tags.models import CustomerTag
from serai_sdk import DemoCtx

from .buyers import Buyer
from .calendar import DAYS
from .cities import CITIES, City
from .context import id_at
from .names import company, person
from .profiles import build_tags, profile_rows
from .rows import phone, principal, street, times

__all__ = ["CUSTOMERS", "Customers", "build_customers"]

CUSTOMERS: Final = 2_000
CHANNELS: Final = ("web", "web", "web", "app", "app", "shop", "partner", "fair", None)

THERE_BEFORE: Final = 0.12
"""The share of customers that were there when the two years began."""

GROWTH: Final = 0.7
DAYS_OF_JOINING: Final = DAYS * 0.995
MASK: Final = (1 << 64) - 1


def _mixed(number: int) -> int:
    """64 bits that look random and follow from the number: SplitMix64 (Steele, Lea, Flood 2014)."""
    number = (number + 0x9E37_79B9_7F4A_7C15) & MASK
    number = ((number ^ number >> 30) * 0xBF58_476D_1CE4_E5B9) & MASK
    number = ((number ^ number >> 27) * 0x94D0_49BB_1331_11EB) & MASK
    return number ^ number >> 31


class Customers:
    """Who the customers are and who was there when; numbers are in the order of joining."""

    def __init__(self, ctx: DemoCtx) -> None:
        self.count = max(50, round(CUSTOMERS * ctx.scale))
        self._now = ctx.now
        self._start = ctx.now - timedelta(days=DAYS)
        self._base = ctx.random.getrandbits(63)
        self._before = max(1, round(self.count * THERE_BEFORE))
        self._joining = self.count - self._before
        self._random = Random(0)
        # Cities take turns in a fixed order, so that the customers of one can be counted without looking at them.
        self._turns = [city for city in CITIES for _ in range(city.weight)]
        ctx.random.shuffle(self._turns)
        self._places = {
            city.code: [place for place, one in enumerate(self._turns) if one is city] for city in CITIES
        }

    def city(self, number: int) -> City:
        """Where a customer lives."""
        return self._turns[number % len(self._turns)]

    def joined(self, number: int) -> datetime:
        """When a customer joined: later for each number, more a day as time goes by."""
        part = (_mixed(self._base + 3 * number) >> 11) / (1 << 53)
        if number < self._before:
            return self._start - timedelta(days=50 * (1 - (number + part) / self._before))
        share = (number - self._before + part) / self._joining
        return min(
            self._start + timedelta(days=DAYS_OF_JOINING * share**GROWTH), self._now - timedelta(minutes=5)
        )

    def id(self, number: int) -> UUID:
        """A customer's id."""
        bits = _mixed(self._base + 3 * number + 1) << 10 | _mixed(self._base + 3 * number + 2) & 0x3FF
        return id_at(self.joined(number), bits)

    def known(self, at: datetime) -> int:
        """How many had joined by then, for certain."""
        days = (at - self._start) / timedelta(days=1)
        if days <= 0:
            return max(1, int(self._before * (1 + days / 50)))
        return self._before + int(self._joining * min(1.0, days / DAYS_OF_JOINING) ** (1 / GROWTH))

    def pick(self, random: Random, at: datetime, code: str | None) -> int:
        """The number of somebody who was there at that time, mostly of that city: new ones, regulars, anybody."""
        known = self.known(at)
        if code is not None and random.random() < 0.85:
            places, turn = self._places[code], len(self._turns)
            local = known // turn * len(places) + bisect_right(places, known % turn - 1)
            if local:
                chosen = _one_of(random, local)
                return chosen // len(places) * turn + places[chosen % len(places)]
        return _one_of(random, known)

    def buyer(self, number: int) -> Buyer:
        """All that is known of a customer."""
        random = self._random
        random.seed(_mixed(self._base - number - 1))
        city = self.city(number)
        is_company = random.random() < 0.08
        return Buyer(
            number=number,
            id=self.id(number),
            name=company(random, city.names) if is_company else person(random, city.names),
            is_company=is_company,
            email=f"customer{number:04}@example.org" if random.random() < 0.94 else None,
            phone=phone(random) if random.random() < 0.7 else None,
            joined=self.joined(number),
            city=city,
            address=street(random, city),
        )


def _one_of(random: Random, count: int) -> int:
    """A place in a row of so many: a third has just joined, some come again and again, most now and then or never."""
    chance = random.random()
    if chance < 0.30:
        return count - 1 - min(count - 1, int(random.expovariate(1 / (1 + count * 0.03))))
    if chance < 0.72:
        # One in ten is a regular, and the oldest of them come most.
        return min(count - 1, int(count * random.random() ** 2.5) // 10 * 10)
    return int(count * random.random())


async def build_customers(ctx: DemoCtx, staff: Mapping[str, Sequence[UUID]]) -> Customers:
    """Customers that joined over two years, more from month to month; a third of them can sign in."""
    customers = Customers(ctx)
    tags = await build_tags(ctx)
    await ctx.insert_all(
        _rows(ctx, customers, tags, staff),
        order=(Principal, Customer, Address, Consent, CustomerTag, CustomerNote),
    )
    ctx.progress("customers", customers.count)
    return customers


def _rows(
    ctx: DemoCtx, customers: Customers, tags: Sequence[UUID], staff: Mapping[str, Sequence[UUID]]
) -> Iterator[tuple[type[Any], Mapping[str, Any]]]:
    random = ctx.random
    for number in range(customers.count):
        buyer = customers.buyer(number)
        at = buyer.joined
        login = None
        if buyer.email and random.random() < 0.35:
            login = principal(ctx, at, buyer.email, buyer.name)
            yield Principal, login
        changed = random.random() < 0.3
        yield (
            Customer,
            {
                "id": buyer.id,
                **times(at, at + (ctx.now - at) * random.random() if changed else None, 2 if changed else 1),
                "name": buyer.name,
                "kind": "COMPANY" if buyer.is_company else "PERSON",
                "email": buyer.email,
                "phone": buyer.phone,
                "attributes": {"newsletter": random.random() < 0.5, "household": random.randint(1, 6)}
                if random.random() < 0.6
                else {},
                "locale": buyer.city.locale if random.random() < 0.9 else "en",
                "source_channel": random.choice(CHANNELS),
                "inviter_id": customers.id(random.randrange(number))
                if number and random.random() < 0.15
                else None,
                "principal_id": login["id"] if login else None,
                "account_manager_id": random.choice(staff["operator"])
                if buyer.is_company and random.random() < 0.6
                else None,
            },
        )
        yield from profile_rows(ctx, buyer, tags, staff["support"])
        if number % 1_000 == 999:
            ctx.progress("customers", number + 1, customers.count)
