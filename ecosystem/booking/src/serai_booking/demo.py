"""Stays and bookings of the demo platform: the same for the same seed, fuller in summer and from year to year."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from serai_sdk import DemoCtx, Money

from . import models
from .models import BookingStatus, StayType
from .prices import PriceRules, by_price, nights, total

STAYS: Final = 150
STAYS_PER_PROVIDER: Final = 10
DAYS_BACK: Final = 730
DAYS_AHEAD: Final = 120
CANCELLED_SHARE: Final = 0.07
BETWEEN_BOOKINGS_DAYS: Final = 17.0
LENGTHS: Final = (1, 2, 2, 2, 3, 3, 3, 4, 5, 7, 7, 10, 14)

CURRENCIES: Final = {"CN": "CNY", "CH": "CHF", "GB": "GBP", "JP": "JPY", "US": "USD"}
PRICE_FACTORS: Final = {"CNY": 8, "JPY": 1.6}
SUMMER: Final = (6, 7, 8)
BUSYNESS: Final = (0.35, 0.4, 0.6, 0.9, 1.2, 1.6, 2.2, 2.2, 1.3, 0.9, 0.5, 0.6)
"""How much is booked in each month, against the average of the year."""

NAMES: Final = (
    "Alder", "Birch", "Brook", "Clover", "Dune", "Fern", "Heron", "Juniper", "Lakeside", "Lark",
    "Meadow", "Moss", "Orchard", "Otter", "Pine", "Quarry", "Reed", "Ridge", "Swallow", "Willow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TypeOfStay:
    """What stays of one type have in common."""

    type: StayType
    noun: str
    share: int
    capacities: Sequence[int]
    price: int
    amenities: Sequence[str]


TYPES: Final = (
    TypeOfStay(
        StayType.PITCH, "Pitch", 5, (2, 4, 4, 6), 2_400, ("electricity", "water", "shade", "fire pit")
    ),
    TypeOfStay(
        StayType.CARAVAN, "Caravan", 3, (2, 4, 4, 5), 6_200, ("kitchen", "heating", "awning", "bedding")
    ),
    TypeOfStay(
        StayType.CONTAINER, "Container", 2, (2, 2, 4), 7_900, ("shower", "air conditioning", "wifi", "desk")
    ),
    TypeOfStay(
        StayType.CABIN, "Cabin", 3, (2, 4, 6, 8), 11_500, ("shower", "kitchen", "wood stove", "wifi", "sauna")
    ),
)


@dataclass(frozen=True, slots=True)
class Built:
    """A stay that was made, with what its bookings need of it."""

    id: UUID
    title: str
    provider_id: UUID
    scenario_id: UUID | None
    capacity: int
    opened: date
    rules: PriceRules


async def build(ctx: DemoCtx) -> None:
    """About 150 stays of the approved providers, and about 4,000 bookings of two years with their transactions."""
    providers = await ctx.fetch(
        "select id, place_point_latitude, place_point_longitude, place_city_code, place_address, place_time_zone "
        "from core_provider where status = 'APPROVED' order by id"
    )
    customers = await ctx.fetch("select id, created_at from core_customer order by created_at, id")
    if not providers or not customers:
        return
    stays = await _stays(ctx, providers)
    ctx.progress("stays", len(stays))
    made = await _bookings(ctx, stays, customers)
    ctx.progress("bookings", made)


async def _stays(ctx: DemoCtx, providers: Sequence[Mapping[str, Any]]) -> list[Built]:
    scenario = await ctx.fetch(
        "select id from core_scenario where status = 'PUBLISHED' "
        "order by slug like '%camp%' desc, slug like '%stay%' desc, id limit 1"
    )
    hosts = ctx.random.sample(list(providers), min(len(providers), STAYS // STAYS_PER_PROVIDER))
    built: list[Built] = []
    offers: list[dict[str, Any]] = []
    details: list[dict[str, Any]] = []
    for number in range(STAYS):
        host = hosts[number % len(hosts)]
        stay, offer, detail = _stay(ctx, number, host, scenario[0]["id"] if scenario else None)
        built.append(stay)
        offers.append(offer)
        details.append(detail)
    await ctx.insert_into("core_offer", offers)
    await ctx.insert(models.Stay, details)
    return built


def _stay(
    ctx: DemoCtx, number: int, host: Mapping[str, Any], scenario_id: UUID | None
) -> tuple[Built, dict[str, Any], dict[str, Any]]:
    random = ctx.random
    kind = random.choices(TYPES, [one.share for one in TYPES])[0]
    currency = CURRENCIES.get((host["place_city_code"] or "")[:2], "EUR")
    major = kind.price / 100 * PRICE_FACTORS.get(currency, 1) * random.uniform(0.8, 1.5)
    price = Money.of(round(major) * (100 if currency == "JPY" else 1), currency)
    opened = _at(ctx, ctx.now.date() - timedelta(days=int(DAYS_BACK * random.triangular(0.15, 1, 1))))
    id = ctx.new_id(opened)
    capacity = random.choice(kind.capacities)
    rules = PriceRules(
        per_night=price,
        weekend_percent=random.choice((0, 0, 10, 15, 20)),
        high_season_percent=random.choice((0, 20, 25, 40)),
        high_season_months=SUMMER,
    )
    title = f"{kind.noun} {random.choice(NAMES)} {number + 1}"
    is_published = random.random() < 0.95
    times = {"created_at": opened, "updated_at": opened, "version": 1}
    offer = {
        "id": id,
        **times,
        "kind": "booking_stay",
        "provider_id": host["id"],
        "scenario_id": scenario_id,
        "title": title,
        "description": f"For {capacity} guests, with {' and '.join(kind.amenities[:2])}.",
        "status": "PUBLISHED" if is_published else "DRAFT",
        "published_at": opened if is_published else None,
        "from_price_minor": price.minor,
        "from_price_currency": price.currency,
        **{name: host[name] for name in host if name.startswith("place_")},
    }
    detail = {
        "id": id,
        **times,
        "stay_type": kind.type.value,
        "capacity": capacity,
        "price_per_night_minor": price.minor,
        "price_per_night_currency": price.currency,
        "weekend_percent": rules.weekend_percent,
        "high_season_percent": rules.high_season_percent,
        "high_season_months": list(rules.high_season_months),
        "amenities": sorted(random.sample(kind.amenities, random.randint(2, len(kind.amenities)))),
        "check_in_from": random.choice(("14:00", "15:00", "15:00", "16:00")),
    }
    first = opened.date() if is_published else date.max
    return Built(id, title, host["id"], scenario_id, capacity, first, rules), offer, detail


async def _bookings(ctx: DemoCtx, stays: Sequence[Built], customers: Sequence[Mapping[str, Any]]) -> int:
    joined = [customer["created_at"] for customer in customers]
    transactions: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    bookings: list[dict[str, Any]] = []
    for stay in stays:
        for check_in, check_out, is_cancelled in _periods(ctx, stay):
            lead = timedelta(days=ctx.random.randint(1, 75), minutes=ctx.random.randint(0, 1_439))
            placed = min(_at(ctx, check_in) - lead, ctx.now - lead / 10)
            placed = max(placed, _at(ctx, stay.opened))
            known = bisect_right(joined, placed)
            if known == 0:
                continue
            customer = customers[int(ctx.random.triangular(0, known, known))]["id"]
            transaction, sold, booking = _booking(
                ctx, len(bookings) + 1, stay, customer, placed, check_in, check_out, is_cancelled=is_cancelled
            )
            transactions.append(transaction)
            lines.extend(sold)
            bookings.append(booking)
    if bookings:
        await ctx.insert_into("core_transaction", transactions)
        await ctx.insert_into("core_transaction_line", lines)
        await ctx.insert(models.Booking, bookings)
    return len(bookings)


def _periods(ctx: DemoCtx, stay: Built) -> Iterator[tuple[date, date, bool]]:
    """Nights booked, one after the other; those of a cancelled booking may be booked again."""
    today = ctx.now.date()
    end = today + timedelta(days=DAYS_AHEAD)
    if stay.opened >= end:
        return
    day = stay.opened + timedelta(days=ctx.random.randint(1, 20))
    while day < end:
        growth = 0.7 + 0.6 * (day - today + timedelta(days=DAYS_BACK)).days / DAYS_BACK
        ahead = 1.0 if day <= today else 0.5
        rate = BUSYNESS[day.month - 1] * growth * ahead / BETWEEN_BOOKINGS_DAYS
        day += timedelta(days=int(ctx.random.expovariate(rate)))
        check_out = day + timedelta(days=ctx.random.choice(LENGTHS))
        if day >= end:
            return
        is_cancelled = ctx.random.random() < CANCELLED_SHARE
        yield day, check_out, is_cancelled
        if not is_cancelled:
            day = check_out


def _booking(
    ctx: DemoCtx,
    number: int,
    stay: Built,
    customer_id: UUID,
    placed: datetime,
    check_in: date,
    check_out: date,
    *,
    is_cancelled: bool,
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """The rows of one booking: its transaction, the transaction's lines, itself."""
    random = ctx.random
    prices = [stay.rules.price(night) for night in nights(check_in, check_out)]
    price = total(prices)
    confirmed = min(placed + timedelta(hours=random.randint(1, 30)), ctx.now)
    is_confirmed = random.random() < 0.7 or check_in <= ctx.now.date()
    left = _at(ctx, check_out)
    status, ended = ("CONFIRMED", confirmed) if is_confirmed else ("PLACED", placed)
    if is_cancelled:
        status, ended = "CANCELLED", min(placed + timedelta(days=random.uniform(0.1, 20)), ctx.now)
    elif left <= ctx.now:
        status, ended = "FULFILLED", left
    common = {"created_at": placed, "updated_at": ended, "version": 1}
    transaction_id = ctx.new_id(placed)
    transaction = {
        "id": transaction_id,
        **common,
        "customer_id": customer_id,
        "provider_id": stay.provider_id,
        "scenario_id": stay.scenario_id,
        "demand_id": None,
        "number": f"B{number:07}",
        "status": status,
        "total_minor": price.minor,
        "total_currency": price.currency,
        "channel": "booking",
        "placed_at": placed,
        "confirmed_at": confirmed if status in ("CONFIRMED", "FULFILLED") else None,
        "fulfilled_at": left if status == "FULFILLED" else None,
        "cancelled_at": ended if is_cancelled else None,
        "cancel_reason": random.choice(("changed plans", "ill", "weather")) if is_cancelled else None,
    }
    lines = [
        {
            "id": ctx.new_id(placed),
            **common,
            "updated_at": placed,
            "transaction_id": transaction_id,
            "position": position,
            "title": f"{stay.title}, nights between {check_in.isoformat()} and {check_out.isoformat()}",
            "quantity": count,
            "unit_price_minor": one.minor,
            "unit_price_currency": one.currency,
            "amount_minor": one.minor * count,
            "amount_currency": one.currency,
            "offer_id": stay.id,
            "offer_kind": "booking_stay",
            "snapshot": {},
        }
        for position, (one, count) in enumerate(by_price(prices), start=1)
    ]
    booking = {
        "id": ctx.new_id(placed),
        **common,
        "stay_id": stay.id,
        "customer_id": customer_id,
        "transaction_id": transaction_id,
        "check_in": check_in,
        "check_out": check_out,
        "guests": random.randint(1, stay.capacity),
        "status": (BookingStatus.CONFIRMED if status == "FULFILLED" else BookingStatus(status)).value,
        "total_minor": price.minor,
        "total_currency": price.currency,
        "cancelled_at": ended if is_cancelled else None,
    }
    return transaction, lines, booking


def _at(ctx: DemoCtx, day: date) -> datetime:
    """A moment of that day."""
    return datetime.combine(day, time(9, tzinfo=UTC)) + timedelta(seconds=ctx.random.randint(0, 30_000))
