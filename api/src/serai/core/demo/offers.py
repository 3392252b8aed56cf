"""What the demo's providers sell: services at prices of their city, and how one finds what was on sale when."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID

from serai.core.offers.models import Offer, Service
from serai_sdk import DemoCtx, Money

from .cities import EUROS
from .people import Seller
from .rows import place, times
from .scenes import Scene, Sold
from .words import CHINESE, described

__all__ = ["Sale", "Shelf", "build_offers"]

OFFERS: Final = 150
KINDS: Final = ("", "", "", " for two", " plus", " (early bird)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """An offer that can have been sold."""

    id: UUID
    title: str
    seller: Seller
    scene: Scene
    scenario_id: UUID
    sold: Sold
    minor: int
    currency: str
    since: datetime


class Shelf:
    """What was on sale when, by scene and by seller."""

    def __init__(self, sales: Sequence[Sale]) -> None:
        self.by_seller: dict[UUID, list[Sale]] = defaultdict(list)
        by_scene: dict[str, list[Sale]] = defaultdict(list)
        for sale in sorted(sales, key=lambda one: (one.since, one.id)):
            self.by_seller[sale.seller.id].append(sale)
            by_scene[sale.scene.slug].append(sale)
        self._by_scene = by_scene
        self._since = {slug: [one.since for one in found] for slug, found in by_scene.items()}
        self._weights = {
            slug: list(accumulate(one.seller.weight for one in found)) for slug, found in by_scene.items()
        }

    def pick(self, random: Random, slug: str, at: datetime) -> Sale | None:
        """Something of the scene that was on sale at that time; providers of large cities sell more."""
        there = bisect_right(self._since.get(slug, ()), at)
        if not there:
            return None
        weights = self._weights[slug]
        # Few have left by then, so that almost always the first one drawn is there still.
        for _ in range(5):
            sale = self._by_scene[slug][
                bisect_right(weights, random.random() * weights[there - 1], hi=there - 1)
            ]
            if at <= sale.seller.until:
                return sale
        return None


def price(euros: float, currency: str) -> Money:
    """What costs so many euros, in another currency, at a price somebody would write on a board."""
    exponent = Money(0, currency).exponent
    major = euros * EUROS[currency]
    step = {0: 100, 2: 50, 3: 250}[exponent]
    return Money(max(step, round(major * 10**exponent / step) * step), currency)


async def build_offers(ctx: DemoCtx, sellers: Sequence[Seller], scenarios: Mapping[str, UUID]) -> Shelf:
    """About 150 services at scale 1; returns those that are or were on sale."""
    sales: list[Sale] = []
    count = max(len(sellers), round(OFFERS * ctx.scale))
    await ctx.insert_all(_rows(ctx, sellers, scenarios, sales, count), order=(Offer, Service))
    ctx.progress("offers", count)
    return Shelf(sales)


def _rows(
    ctx: DemoCtx, sellers: Sequence[Seller], scenarios: Mapping[str, UUID], sales: list[Sale], count: int
) -> Iterator[tuple[type[Any], Mapping[str, Any]]]:
    random = ctx.random
    for number in range(count):
        seller = sellers[number % len(sellers)]
        scene = seller.scenes[number // len(sellers) % len(seller.scenes)]
        sold = random.choice(scene.services)
        first = number < len(sellers)
        at = seller.since + (seller.until - seller.since) * (0.02 if first else 0.5 * random.random() ** 2)
        status = "PUBLISHED" if first else random.choices(("PUBLISHED", "DRAFT", "WITHDRAWN"), (90, 6, 4))[0]
        asked = price(sold.price * random.uniform(0.8, 1.4), seller.city.currency)
        kind = random.choice(KINDS)
        title = f"{sold.title}{kind}"
        if seller.city.names == "chinese":
            title = f"{CHINESE.get(sold.title, sold.title)}{CHINESE[kind]}"
        id = ctx.new_id(at)
        yield (
            Offer,
            {
                "id": id,
                **times(at, version=1 if status == "DRAFT" else 2),
                "kind": "core_service",
                "provider_id": seller.id,
                "scenario_id": scenarios[scene.slug],
                "title": title,
                "description": described(sold.title, seller.city.names) if random.random() < 0.7 else None,
                "status": status,
                "from_price_minor": asked.minor,
                "from_price_currency": asked.currency,
                "published_at": None if status == "DRAFT" else at,
                **place(seller.city, ctx, None),
            },
        )
        yield (
            Service,
            {
                "id": id,
                **times(at),
                "unit": sold.unit,
                "duration_minutes": sold.minutes,
                "unit_price_minor": asked.minor,
                "unit_price_currency": asked.currency,
            },
        )
        if status != "DRAFT":
            sales.append(
                Sale(
                    id=id, title=title, seller=seller, scene=scene, scenario_id=scenarios[scene.slug], sold=sold,
                    minor=asked.minor, currency=asked.currency, since=at,
                )
            )  # fmt: skip
