"""What can be done with scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import COMMON, NOT_FOUND
from serai_sdk import UNSET, CallCtx, Unset, arg, input, mutation, permission

from . import service
from .models import ScenarioStatus

ERRORS = {
    "INVALID": "A value is not of the form its field asks for.",
    "SLUG_TAKEN": "Another scenario has this slug.",
    "FORM_ARCHIVED": "The form is archived.",
}


@input
class ScenarioCreateInput:
    """A new scenario; it begins as a draft."""

    name: str = arg("Its name.", max_length=300)
    slug: str = arg("Its name in addresses, unique: a-z, 0-9 and hyphens.", max_length=80)
    description: str | None = arg("What it is about.", max_length=10_000)
    form: UUID | None = arg("The form a demand answers; nothing is asked, if left out.", ref="Form")
    success: str | None = arg("What counts as success in it.", max_length=10_000)


@input
class ScenarioUpdateInput:
    """What to change of a scenario: what is left out stays as it is."""

    id: UUID = arg("The scenario.", ref="Scenario")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    name: str | Unset = arg("Its name.", default=UNSET, max_length=300)
    slug: str | Unset = arg("Its name in addresses.", default=UNSET, max_length=80)
    description: str | Unset | None = arg("What it is about.", default=UNSET, max_length=10_000)
    form: UUID | Unset | None = arg(
        "The form a demand answers from now on; null to ask nothing.", default=UNSET, ref="Form"
    )
    success: str | Unset | None = arg("What counts as success.", default=UNSET, max_length=10_000)
    status: ScenarioStatus | Unset = arg("The state it goes to, such as PUBLISHED.", default=UNSET)


@mutation(
    "Draft a scenario.",
    input=ScenarioCreateInput,
    payload={"scenario": "Scenario"},
    errors=ERRORS | {"NOT_FOUND": NOT_FOUND},
    access=permission("scenarios:write"),
)
async def scenario_create(ctx: CallCtx, input: ScenarioCreateInput) -> Mapping[str, Any]:
    scenario_id = await service.create(
        ctx,
        name=input.name,
        slug=input.slug,
        description=input.description,
        form_id=input.form,
        success=input.success,
    )
    return {"scenario": scenario_id}


@mutation(
    "Change a scenario, publish it, or archive it.",
    input=ScenarioUpdateInput,
    payload={"scenario": "Scenario"},
    errors=COMMON | ERRORS,
    access=permission("scenarios:write"),
)
async def scenario_update(ctx: CallCtx, input: ScenarioUpdateInput) -> Mapping[str, Any]:
    await service.update(
        ctx,
        input.id,
        expected_version=input.expected_version,
        name=input.name,
        slug=input.slug,
        description=input.description,
        form_id=input.form,
        success=input.success,
        status=input.status,
    )
    return {"scenario": input.id}


MUTATIONS = (scenario_create, scenario_update)
