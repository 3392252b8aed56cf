"""Two years of demands and transactions, with seasons, weekdays and growth."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID

from serai.core.demands.models import Demand
from serai.core.transactions.models import Transaction, TransactionLine
from serai_sdk import DemoCtx, Money

from .offers import Sale
from .people import DAYS, Buyer, Seller, place, times
from .scenes import Scene, answer

DEMANDS: Final = 5_000
TRANSACTIONS: Final = 16_000
CHANNELS: Final = ("web", "web", "web", "app", "app", "phone", "shop")
WEEKDAYS: Final = (0.9, 0.9, 1.0, 1.0, 1.2, 1.4, 0.8)
REASONS: Final = ("changed plans", "too expensive", "ill", "weather", "wurde nicht gebraucht", "时间冲突")
NOTES: Final = (
    "Bitte vorher anrufen.",
    "Any time after five is fine.",
    "请提前联系。",
    "We have a small dog. 🐕",
)


@dataclass(slots=True)
class Books:
    """Everything that was traded, in rows."""

    demands: list[dict[str, Any]] = field(default_factory=list)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)


class Crowd:
    """The customers, by city and in the order they joined: who was there when."""

    def __init__(self, customers: Sequence[Buyer]) -> None:
        self.everybody = list(customers)
        self.joined = [one.joined for one in customers]
        self.locals: dict[str, list[Buyer]] = defaultdict(list)
        for one in customers:
            self.locals[one.city.code].append(one)
        self.locals_joined = {code: [one.joined for one in people] for code, people in self.locals.items()}

    def pick(self, random: Random, at: datetime, code: str | None) -> Buyer:
        """Somebody who was there at that time, mostly of that city; some come far more often than others."""
        if code is not None and random.random() < 0.85:
            known = bisect_right(self.locals_joined.get(code, []), at)
            if known:
                return self.locals[code][int(known * random.random() ** 1.6)]
        known = max(1, bisect_right(self.joined, at))
        return self.everybody[int(known * random.random() ** 1.6)]


class Calendar:
    """Instants of two years, drawn by season, weekday and growth."""

    def __init__(self, now: datetime, season: Sequence[float]) -> None:
        self.start = now - timedelta(days=DAYS)
        self.weights = list(
            accumulate(
                (0.45 + 1.1 * day / DAYS)
                * season[(self.start + timedelta(days=day)).month - 1]
                * WEEKDAYS[(self.start + timedelta(days=day)).weekday()]
                for day in range(DAYS)
            )
        )

    def draw(self, random: Random) -> datetime:
        """An instant, in the hours people are awake."""
        day = bisect_right(self.weights, random.random() * self.weights[-1])
        hour = min(23.9, max(0.0, random.gauss(14, 4)))
        morning = self.start + timedelta(days=min(day, DAYS - 1))
        midnight = morning.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + timedelta(hours=hour, microseconds=random.randint(0, 999_999))
        return min(at, self.start + timedelta(days=DAYS))


async def build_trade(
    ctx: DemoCtx,
    customers: Sequence[Buyer],
    sellers: Sequence[Seller],
    sales: Sequence[Sale],
    scenes: Mapping[UUID, Scene],
) -> None:
    """5,000 demands in all states, and 16,000 transactions of services, some of them answering a demand."""
    books = Books()
    crowd = Crowd(customers)
    by_scene: dict[str, list[Sale]] = defaultdict(list)
    by_seller: dict[UUID, list[Sale]] = defaultdict(list)
    for sale in sales:
        by_scene[sale.scene.slug].append(sale)
        by_seller[sale.seller.id].append(sale)
    calendars = {scene.slug: Calendar(ctx.now, scene.season) for scene in scenes.values()}
    _demands(ctx, books, crowd, by_scene, by_seller, calendars, scenes)
    _purchases(ctx, books, crowd, by_scene, by_seller, calendars)
    books.transactions.sort(key=lambda row: (row["placed_at"], row["id"]))
    for number, row in enumerate(books.transactions, start=1):
        row["number"] = f"T-{number:08d}"
    await ctx.insert(Demand, books.demands)
    ctx.progress("demands", len(books.demands))
    await ctx.insert(Transaction, books.transactions)
    ctx.progress("transactions", len(books.transactions))
    await ctx.insert(TransactionLine, books.lines)
    ctx.progress("lines", len(books.lines))
    await ctx.fetch("select setval('core_transaction_number', $1)", len(books.transactions))


def _demands(
    ctx: DemoCtx,
    books: Books,
    crowd: Crowd,
    by_scene: Mapping[str, Sequence[Sale]],
    by_seller: Mapping[UUID, Sequence[Sale]],
    calendars: Mapping[str, Calendar],
    scenes: Mapping[UUID, Scene],
) -> None:
    random = ctx.random
    wanted = [(id, scene) for id, scene in scenes.items() if scene.weight]
    weights = [scene.weight for _, scene in wanted]
    for _ in range(DEMANDS):
        scenario_id, scene = random.choices(wanted, weights)[0]
        at = calendars[scene.slug].draw(random)
        if random.random() < 0.06:
            at = ctx.now - timedelta(days=random.uniform(0, 20))
        age = (ctx.now - at).days
        sale = _sale(random, by_scene[scene.slug], at)
        customer = crowd.pick(random, at, sale.seller.city.code if sale else None)
        at = max(at, customer.joined)
        status = _fate(random, age)
        if sale is None and status in ("AWARDED", "FULFILLED"):
            status = "LAPSED" if age > 30 else "OPEN"
        row = _demand(ctx, customer, scenario_id, scene, at, status, sale)
        books.demands.append(row)
        if sale is not None and status in ("AWARDED", "FULFILLED"):
            placed = min(at + timedelta(hours=random.uniform(1, 90)), ctx.now)
            life = (
                "FULFILLED" if status == "FULFILLED" else random.choice(("PLACED", "CONFIRMED", "CONFIRMED"))
            )
            _transact(ctx, books, customer, sale, by_seller[sale.seller.id], placed, life, demand=row)


def _fate(random: Random, age: int) -> str:
    """What became of a demand, by the days since it was opened."""
    if age <= 30:
        return random.choices(("OPEN", "PROPOSED", "AWARDED", "CANCELLED", "FULFILLED"), (42, 16, 24, 10, 8))[
            0
        ]
    if age <= 90:
        return random.choices(("OPEN", "AWARDED", "FULFILLED", "CANCELLED", "LAPSED"), (6, 8, 56, 12, 18))[0]
    return random.choices(("FULFILLED", "CANCELLED", "LAPSED"), (62, 13, 25))[0]


def _demand(
    ctx: DemoCtx,
    customer: Buyer,
    scenario_id: UUID,
    scene: Scene,
    at: datetime,
    status: str,
    sale: Sale | None,
) -> dict[str, Any]:
    random = ctx.random
    given = {
        asked["key"]: (asked["personal"], answer(random, asked, (at + timedelta(days=9)).date().isoformat()))
        for asked in scene.questions
        if asked["required"] or random.random() < 0.7
    }
    is_seeking = status in ("OPEN", "PROPOSED", "AWARDED")
    begins = (ctx.now if is_seeking else at) + timedelta(days=random.randint(2, 40))
    has_window = random.random() < 0.8
    worth = sale.price if sale and random.random() < 0.6 else None
    has_contact = random.random() < 0.75
    ended = at if status == "OPEN" else min(ctx.now, at + timedelta(days=random.uniform(0.1, 25)))
    version = {"OPEN": 1, "FULFILLED": 3}.get(status, 2)
    return {
        "id": ctx.new_id(at),
        **times(at, ended, version),
        "customer_id": customer.id,
        "scenario_id": scenario_id,
        "awarded_provider_id": sale.seller.id if sale and status in ("AWARDED", "FULFILLED") else None,
        "status": status,
        "answers": {key: value for key, (is_personal, value) in given.items() if not is_personal},
        "personal_answers": {key: value for key, (is_personal, value) in given.items() if is_personal},
        "budget_minor": worth.minor * random.randint(1, 4) if worth else None,
        "budget_currency": worth.currency if worth else None,
        "window_start": begins if has_window else None,
        "window_end": begins + timedelta(days=random.randint(1, 6)) if has_window else None,
        "contact_name": customer.name if has_contact else None,
        "contact_email": customer.email if has_contact else None,
        "contact_phone": customer.phone if has_contact else None,
        "contact_address": customer.address if has_contact else None,
        "note": random.choice(NOTES) if random.random() < 0.3 else None,
        "cancel_reason": random.choice(REASONS) if status == "CANCELLED" else None,
        **(place(customer.city, ctx, None) if random.random() < 0.85 else _nowhere()),
    }


def _nowhere() -> dict[str, Any]:
    return dict.fromkeys(
        (
            "place_point_latitude",
            "place_point_longitude",
            "place_city_code",
            "place_address",
            "place_time_zone",
        )
    )


def _purchases(
    ctx: DemoCtx,
    books: Books,
    crowd: Crowd,
    by_scene: Mapping[str, Sequence[Sale]],
    by_seller: Mapping[UUID, Sequence[Sale]],
    calendars: Mapping[str, Calendar],
) -> None:
    random = ctx.random
    slugs = list(by_scene)
    weights = [by_scene[slug][0].scene.weight for slug in slugs]
    while len(books.transactions) < TRANSACTIONS:
        slug = random.choices(slugs, weights)[0]
        at = calendars[slug].draw(random)
        sale = _sale(random, by_scene[slug], at)
        if sale is None:
            continue
        customer = crowd.pick(random, at, sale.seller.city.code)
        at = max(at, customer.joined)
        if (ctx.now - at).days <= 14:
            status = random.choices(("PLACED", "CONFIRMED", "FULFILLED", "CANCELLED"), (36, 38, 16, 10))[0]
        else:
            status = random.choices(("CONFIRMED", "FULFILLED", "CANCELLED"), (2, 89, 9))[0]
        _transact(ctx, books, customer, sale, by_seller[sale.seller.id], at, status, demand=None)


def _sale(random: Random, sales: Sequence[Sale], at: datetime) -> Sale | None:
    """Something that was on sale at that time; providers of large cities sell more."""
    there = [one for one in sales if one.since <= at <= one.seller.until]
    return random.choices(there, [one.seller.weight for one in there])[0] if there else None


def _transact(
    ctx: DemoCtx,
    books: Books,
    customer: Buyer,
    sale: Sale,
    others: Sequence[Sale],
    placed: datetime,
    status: str,
    *,
    demand: Mapping[str, Any] | None,
) -> None:
    random = ctx.random
    confirmed = min(ctx.now, placed + timedelta(hours=random.uniform(0.1, 40)))
    fulfilled = min(ctx.now, confirmed + timedelta(days=random.uniform(0.2, 20)))
    cancelled = min(ctx.now, placed + timedelta(hours=random.uniform(1, 200)))
    was_confirmed = status in ("CONFIRMED", "FULFILLED") or (status == "CANCELLED" and random.random() < 0.4)
    over = {
        "PLACED": placed,
        "CONFIRMED": confirmed,
        "FULFILLED": fulfilled,
        "CANCELLED": max(cancelled, confirmed),
    }
    ended = over[status]
    id = ctx.new_id(placed)
    total = Money(0, sale.price.currency)
    for row in _lines(ctx, id, sale, others, placed):
        books.lines.append(row)
        total += Money(row["amount_minor"], total.currency)
    books.transactions.append(
        {
            "id": id,
            **times(placed, ended, 1 + (status != "PLACED") + (was_confirmed and status != "CONFIRMED")),
            "customer_id": customer.id,
            "provider_id": sale.seller.id,
            "scenario_id": sale.scenario_id if demand is not None or random.random() < 0.92 else None,
            "demand_id": demand["id"] if demand is not None else None,
            "number": "",
            "status": status,
            "total_minor": total.minor,
            "total_currency": total.currency,
            "channel": random.choice(CHANNELS),
            "placed_at": placed,
            "confirmed_at": confirmed if was_confirmed else None,
            "fulfilled_at": fulfilled if status == "FULFILLED" else None,
            "cancelled_at": ended if status == "CANCELLED" else None,
            "cancel_reason": random.choice(REASONS)
            if status == "CANCELLED" and random.random() < 0.8
            else None,
        }
    )


def _lines(
    ctx: DemoCtx, transaction_id: UUID, sale: Sale, others: Sequence[Sale], at: datetime
) -> Iterator[dict[str, Any]]:
    """One to four lines of the same provider; now and then something that is not on offer."""
    random = ctx.random
    count = random.choices((1, 2, 3, 4), (52, 27, 14, 7))[0]
    there = [one for one in others if one.since <= at]
    for position in range(1, count + 1):
        one = sale if position == 1 else random.choice(there)
        is_free = position > 1 and random.random() < 0.12
        unit = Money(max(1, one.price.minor // 4), one.price.currency) if is_free else one.price
        quantity = random.choices((1, 2, 3, 4, 8), (60, 20, 10, 7, 3))[0]
        title = "Travel expenses" if is_free else one.title
        kept: dict[str, Any] = {"title": title, "unitPrice": unit.to_json()}
        if not is_free:
            kept |= {"kind": "core_service", "unit": one.sold.unit, "durationMinutes": one.sold.minutes}
        yield {
            "id": ctx.new_id(at),
            **times(at),
            "transaction_id": transaction_id,
            "position": position,
            "title": title,
            "quantity": quantity,
            "unit_price_minor": unit.minor,
            "unit_price_currency": unit.currency,
            "amount_minor": unit.minor * quantity,
            "amount_currency": unit.currency,
            "offer_id": None if is_free else one.id,
            "offer_kind": None if is_free else "core_service",
            "snapshot": kept,
        }
