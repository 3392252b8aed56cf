"""What the demo's providers sell: services at prices of their city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from serai.core.offers.models import Offer, Service
from serai_sdk import DemoCtx, Money

from .cities import EUROS
from .people import Seller, place, times
from .scenes import Scene, Sold

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
    price: Money
    since: datetime


def price(euros: float, currency: str) -> Money:
    """What costs so many euros, in another currency, at a price somebody would write on a board."""
    exponent = Money(0, currency).exponent
    major = euros * EUROS[currency]
    step = {0: 100, 2: 50, 3: 250}[exponent]
    return Money(max(step, round(major * 10**exponent / step) * step), currency)


async def build_offers(ctx: DemoCtx, sellers: Sequence[Seller], scenarios: Mapping[str, UUID]) -> list[Sale]:
    """About 150 services; returns those that are or were on sale."""
    random = ctx.random
    offers: list[dict[str, Any]] = []
    services: list[dict[str, Any]] = []
    sales: list[Sale] = []
    for number in range(OFFERS):
        seller = sellers[number % len(sellers)]
        scene = seller.scenes[number // len(sellers) % len(seller.scenes)]
        sold = random.choice(scene.services)
        first = number < len(sellers)
        at = seller.since + (seller.until - seller.since) * (0.02 if first else 0.5 * random.random() ** 2)
        status = "PUBLISHED" if first else random.choices(("PUBLISHED", "DRAFT", "WITHDRAWN"), (90, 6, 4))[0]
        asked = price(sold.price * random.uniform(0.8, 1.4), seller.city.currency)
        title = f"{sold.title}{random.choice(KINDS)}"
        id = ctx.new_id(at)
        offers.append(
            {
                "id": id,
                **times(at, version=1 if status == "DRAFT" else 2),
                "kind": "core_service",
                "provider_id": seller.id,
                "scenario_id": scenarios[scene.slug],
                "title": title,
                "description": scene.description if random.random() < 0.7 else None,
                "status": status,
                "from_price_minor": asked.minor,
                "from_price_currency": asked.currency,
                "published_at": None if status == "DRAFT" else at,
                **place(seller.city, ctx, None),
            }
        )
        services.append(
            {
                "id": id,
                **times(at),
                "unit": sold.unit,
                "duration_minutes": sold.minutes,
                "unit_price_minor": asked.minor,
                "unit_price_currency": asked.currency,
            }
        )
        if status != "DRAFT":
            sales.append(
                Sale(
                    id=id, title=title, seller=seller, scene=scene, scenario_id=scenarios[scene.slug], sold=sold,
                    price=asked, since=at,
                )
            )  # fmt: skip
    await ctx.insert(Offer, offers)
    await ctx.insert(Service, services)
    ctx.progress("offers", len(offers))
    return sales
