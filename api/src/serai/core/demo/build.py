"""The demo platform: scenarios, people, offers, then two years of demands and transactions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from serai.core.forms.models import Form, FormVersion
from serai.core.forms.questions import written
from serai.core.scenarios.models import Scenario
from serai_sdk import DemoCtx

from .calendar import DAYS
from .customers import build_customers
from .offers import build_offers
from .people import build_providers, build_staff
from .rows import times
from .scenes import SCENES, Scene
from .trade import build_trade


async def build(ctx: DemoCtx) -> None:
    """Fill an empty database: the same for the same seed, the same ``now`` and the same scale."""
    staff = await build_staff(ctx)
    scenes = await build_scenarios(ctx)
    customers = await build_customers(ctx, staff)
    sellers = await build_providers(ctx, scenes)
    shelf = await build_offers(ctx, sellers, {scene.slug: one for one, scene in scenes.items()})
    await build_trade(ctx, customers, shelf, scenes)


async def build_scenarios(ctx: DemoCtx) -> dict[UUID, Scene]:
    """The scenarios with their forms, by the ids they get."""
    found: dict[UUID, Scene] = {}
    forms, versions, rows = [], [], []
    for number, scene in enumerate(SCENES):
        at = ctx.now - timedelta(days=DAYS + 70 - number)
        id, form_id, version_id = ctx.new_id(at), ctx.new_id(at), ctx.new_id(at)
        found[id] = replace(scene, form_version=version_id)
        forms.append(
            {
                "id": form_id,
                **times(at),
                "key": scene.slug,
                "title": scene.name,
                "status": "ACTIVE",
                "current_version_id": version_id,
            }
        )
        versions.append(
            {
                "id": version_id,
                **times(at),
                "form_id": form_id,
                "number": 1,
                "questions": written(scene.questions),
            }
        )
        rows.append(
            {
                "id": id,
                **times(at, version=1 if scene.status == "DRAFT" else 2),
                "name": scene.name,
                "slug": scene.slug,
                "description": scene.description,
                "status": scene.status,
                "form_id": form_id,
                "success": scene.success,
            }
        )
    await ctx.insert(Form, forms)
    await ctx.insert(FormVersion, versions)
    await ctx.insert(Scenario, rows)
    ctx.progress("scenarios", len(rows))
    return found
