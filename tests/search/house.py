"""A small demo platform: all of its providers and scenarios, a part of its offers and stays, some customers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import asyncpg
from tests.reference.house import apps

from serai.core.demo.build import build_scenarios
from serai.core.demo.context import DemoContext
from serai.core.demo.customers import build_customers
from serai.core.demo.offers import build_offers
from serai.core.demo.people import build_providers, build_staff
from serai.storage import migrate
from serai_booking import demo as booking_demo

NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
SCALE: Final = 0.3


async def build(dsn: str) -> None:
    """The tables, and demo data of one seed; what the core's customers bought is left out."""
    await migrate(dsn, apps())
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            ctx = DemoContext(connection, seed=1, now=NOW, scale=SCALE)
            staff = await build_staff(ctx)
            scenes = await build_scenarios(ctx)
            await build_customers(ctx, staff)
            sellers = await build_providers(ctx, scenes)
            await build_offers(ctx, sellers, {scene.slug: one for one, scene in scenes.items()})
            await booking_demo.build(DemoContext(connection, seed=1, now=NOW, scale=SCALE))
    finally:
        await connection.close()
