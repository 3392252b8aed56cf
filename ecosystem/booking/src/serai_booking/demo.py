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
from .service import RESOURCE

STAYS: Final = 150
GUESTS: Final = 40_000
"""Of how many customers the guests are, at most: they are kept in memory."""
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

CHINESE_NAMES: Final = ("竹林", "湖畔", "星空", "山语", "枫林", "溪谷", "桂花", "松涛", "云海", "茶园")

CHINESE_AMENITIES: Final = {
    "electricity": "电源", "water": "自来水", "kitchen": "厨房", "heating": "暖气", "shower": "淋浴",
    "air conditioning": "空调",
}  # fmt: skip

TABLES: Final = ("core_transaction", "core_transaction_line")
HELD: Final = ("core_capacity_hold", "core_capacity_claim")

Rows = Iterator[tuple[type[Any] | str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class TypeOfStay:
    """What stays of one type have in common."""

    type: StayType
    noun: str
    chinese: str
    share: int
    capacities: Sequence[int]
    price: int
    amenities: Sequence[str]


TYPES: Final = (
    TypeOfStay(
        StayType.PITCH, "Pitch", "营位", 5, (2, 4, 4, 6), 2_400, ("electricity", "water", "shade", "fire pit")
    ),
    TypeOfStay(
        StayType.CARAVAN,
        "Caravan",
        "房车",
        3,
        (2, 4, 4, 5),
        6_200,
        ("kitchen", "heating", "awning", "bedding"),
    ),
    TypeOfStay(
        StayType.CONTAINER,
        "Container",
        "集装箱屋",
        2,
        (2, 2, 4),
        7_900,
        ("shower", "air conditioning", "wifi", "desk"),
    ),
    TypeOfStay(
        StayType.CABIN,
        "Cabin",
        "木屋",
        3,
        (2, 4, 6, 8),
        11_500,
        ("shower", "kitchen", "wood stove", "wifi", "sauna"),
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
    """At scale 1 about 150 stays of the approved providers, and 4,000 bookings of two years with their transactions."""
    providers = await ctx.fetch(
        "select id, place_point_latitude, place_point_longitude, place_city_code, place_address, place_time_zone "
        "from core_provider where status = 'APPROVED' order by id"
    )
    customers = await ctx.fetch(
        "select id, created_at from "
        "(select id, created_at, row_number() over (order by created_at, id) as number from core_customer) as one "
        "where number % (1 + (select count(*) from core_customer) / $1) = 0 order by number",
        GUESTS,
    )
    if not providers or not customers:
        return
    stays = await _stays(ctx, providers)
    ctx.progress("stays", len(stays))
    bookings = Bookings(ctx, stays, customers)
    await ctx.insert_all(bookings.rows(), order=(*TABLES, models.Booking, *HELD))
    ctx.progress("bookings", bookings.made)


async def _stays(ctx: DemoCtx, providers: Sequence[Mapping[str, Any]]) -> list[Built]:
    scenario = await ctx.fetch(
        "select id from core_scenario where status = 'PUBLISHED' "
        "order by slug like '%camp%' desc, slug like '%stay%' desc, id limit 1"
    )
    count = max(1, round(STAYS * ctx.scale))
    hosts = ctx.random.sample(list(providers), min(len(providers), -(-count // STAYS_PER_PROVIDER)))
    built: list[Built] = []

    def rows() -> Rows:
        for number in range(count):
            host = hosts[number % len(hosts)]
            stay, offer, detail = _stay(ctx, number, host, scenario[0]["id"] if scenario else None)
            built.append(stay)
            yield "core_offer", offer
            yield models.Stay, detail
            yield (
                "core_capacity_resource",
                {
                    "id": stay.id,
                    "kind": RESOURCE,
                    "is_unit": True,
                    "measure": "DATE",
                    "step_s": 86_400,
                    "capacity": 1,
                    "provider_id": offer["provider_id"],
                    "opened_at": detail["created_at"],
                },
            )

    await ctx.insert_all(rows(), order=("core_offer", models.Stay, "core_capacity_resource"))
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
    is_chinese = (host["place_city_code"] or "").startswith("CN")
    title = f"{kind.noun} {random.choice(NAMES)} {number + 1}"
    description = f"For {capacity} guests, with {' and '.join(kind.amenities[:2])}."
    if is_chinese:
        title = f"{random.choice(CHINESE_NAMES)}{kind.chinese}{number + 1}号"
        description = (
            f"可住{capacity}人，带{'和'.join(CHINESE_AMENITIES[one] for one in kind.amenities[:2])}。"
        )
    is_published = random.random() < 0.95
    times = {"created_at": opened, "updated_at": opened, "version": 1}
    offer = {
        "id": id,
        **times,
        "kind": "booking_stay",
        "provider_id": host["id"],
        "scenario_id": scenario_id,
        "title": title,
        "description": description,
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


class Bookings:
    """The bookings of all stays, one stay after the other, with their transactions."""

    def __init__(self, ctx: DemoCtx, stays: Sequence[Built], customers: Sequence[Mapping[str, Any]]) -> None:
        self.made = 0
        self._ctx = ctx
        self._stays = stays
        self._customers = customers
        self._joined = [customer["created_at"] for customer in customers]

    def rows(self) -> Rows:
        """Every row of them."""
        ctx = self._ctx
        for stay in self._stays:
            for check_in, check_out, is_cancelled in _periods(ctx, stay):
                lead = timedelta(days=ctx.random.randint(1, 75), minutes=ctx.random.randint(0, 1_439))
                placed = min(_at(ctx, check_in) - lead, ctx.now - lead / 10)
                placed = max(placed, _at(ctx, stay.opened))
                known = bisect_right(self._joined, placed)
                if known == 0:
                    continue
                customer = self._customers[int(ctx.random.triangular(0, known, known))]["id"]
                self.made += 1
                transaction, sold, booking = _booking(
                    ctx, self.made, stay, customer, placed, check_in, check_out, is_cancelled=is_cancelled
                )
                yield "core_transaction", transaction
                for line in sold:
                    yield "core_transaction_line", line
                yield models.Booking, booking
                if not is_cancelled:
                    yield from zip(HELD, _held(booking), strict=True)
                if self.made % 1_000 == 0:
                    ctx.progress("bookings", self.made)


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


def _held(booking: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """That the nights of a booking are held: the hold, and what it claims."""
    placed = booking["created_at"]
    hold = {"id": booking["id"], "state": "CONFIRMED", "content": b"", "at": placed, "moved_at": placed}
    claim = {
        "hold_id": booking["id"],
        "number": 1,
        "resource_id": booking["stay_id"],
        "starts_at": datetime.combine(booking["check_in"], time(), UTC),
        "ends_at": datetime.combine(booking["check_out"], time(), UTC),
        "quantity": 1,
    }
    return hold, claim


def _at(ctx: DemoCtx, day: date) -> datetime:
    """A moment of that day."""
    return datetime.combine(day, time(9, tzinfo=UTC)) + timedelta(seconds=ctx.random.randint(0, 30_000))
