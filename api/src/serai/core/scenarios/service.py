"""Drafting, changing, publishing and archiving scenarios."""

from __future__ import annotations

import re
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.forms.service import check_available
from serai.core.refusals import not_found, optional_text, text
from serai_sdk import UNSET, CallCtx, Unset, UserError, check_version
from serai_sdk.orm import violated_constraint

from .models import Scenario, ScenarioStatus
from .states import LIFE

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


async def create(
    ctx: CallCtx,
    *,
    name: str,
    slug: str,
    description: str | None,
    form_id: UUID | None,
    success: str | None,
) -> UUID:
    """Draft a scenario and return its id."""
    await check_available(ctx, form_id)
    scenario = Scenario(
        id=ctx.new_id(),
        name=text(name, field="name"),
        slug=_slug(slug),
        description=optional_text(description),
        status=ScenarioStatus.DRAFT,
        form_id=form_id,
        success=optional_text(success),
    )
    if await Scenario.exists(slug=scenario.slug):
        raise _slug_taken()
    try:
        await ctx.change.add(scenario)
    except IntegrityError as error:
        raise _taken(error) from error
    await ctx.change.emit("scenario.created", scenario, {"slug": scenario.slug})
    return scenario.id


async def update(
    ctx: CallCtx,
    scenario_id: UUID,
    *,
    expected_version: int | None,
    name: str | Unset,
    slug: str | Unset,
    description: str | Unset | None,
    form_id: UUID | Unset | None,
    success: str | Unset | None,
    status: ScenarioStatus | Unset,
) -> None:
    """Change what was given of a scenario; demands opened before keep the answers they have."""
    scenario = await ctx.change.get(Scenario, scenario_id)
    if scenario is None:
        raise not_found("scenario", field="id")
    check_version(scenario, expected_version)
    before = scenario.status
    if status is not UNSET and status != before:
        LIFE.check(before, status)
        scenario.status = status
    if name is not UNSET:
        scenario.name = text(name, field="name")
    if slug is not UNSET:
        scenario.slug = _slug(slug)
        if await Scenario.filter(slug=scenario.slug).exclude(id=scenario.id).exists():
            raise _slug_taken()
    if description is not UNSET:
        scenario.description = optional_text(description)
    if form_id is not UNSET and form_id != scenario.form_id:
        await check_available(ctx, form_id)
        scenario.form_id = form_id
    if success is not UNSET:
        scenario.success = optional_text(success)
    try:
        await ctx.change.save(scenario)
    except IntegrityError as error:
        raise _taken(error) from error
    await ctx.change.emit("scenario.updated", scenario, {"from": before.value, "to": scenario.status.value})


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise UserError("INVALID", "A slug is made of a-z, 0-9 and single hyphens.", field="slug")
    return value


def _taken(error: IntegrityError) -> Exception:
    return _slug_taken() if "slug" in (violated_constraint(error) or "") else error


def _slug_taken() -> UserError:
    return UserError("SLUG_TAKEN", "Another scenario has this slug.", field="slug")
