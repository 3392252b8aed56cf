"""What can be done with scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import COMMON
from serai_sdk import UNSET, CallCtx, Unset, arg, input, mutation, permission

from . import service
from .form import QuestionKind
from .models import ScenarioStatus

FORM = {
    "INVALID": "A value is not of the form its field asks for.",
    "SLUG_TAKEN": "Another scenario has this slug.",
    "FORM_INVALID": "A question cannot be asked like this; the field says which.",
}


@input
class QuestionInput:
    """One question of a form."""

    key: str = arg("The name its answer goes by, unique in the form.", max_length=40)
    label: str = arg("The question as people read it.", max_length=500)
    kind: QuestionKind = arg("What an answer looks like.")
    required: bool = arg("Whether a demand must answer it.", default=False)
    choices: list[str] | None = arg("What CHOICE and MANY choose from.")
    minimum: float | None = arg("The least number, or the fewest characters or choices.")
    maximum: float | None = arg("The greatest number, or the most characters or choices.")
    personal: bool = arg("Whether answers are personal data.", default=False)
    help: str | None = arg("A hint beside the question.", max_length=1000)


@input
class ScenarioCreateInput:
    """A new scenario; it begins as a draft."""

    name: str = arg("Its name.", max_length=300)
    slug: str = arg("Its name in addresses, unique: a-z, 0-9 and hyphens.", max_length=80)
    description: str | None = arg("What it is about.", max_length=10_000)
    questions: list[QuestionInput] = arg("The form a demand answers.", default=[])
    success: str | None = arg("What counts as success in it.", max_length=10_000)


@input
class ScenarioUpdateInput:
    """What to change of a scenario: what is left out stays as it is."""

    id: UUID = arg("The scenario.", ref="Scenario")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    name: str | Unset = arg("Its name.", default=UNSET, max_length=300)
    slug: str | Unset = arg("Its name in addresses.", default=UNSET, max_length=80)
    description: str | Unset | None = arg("What it is about.", default=UNSET, max_length=10_000)
    questions: list[QuestionInput] | Unset = arg("The whole form.", default=UNSET)
    success: str | Unset | None = arg("What counts as success.", default=UNSET, max_length=10_000)
    status: ScenarioStatus | Unset = arg("The state it goes to, such as PUBLISHED.", default=UNSET)


@mutation(
    "Draft a scenario.",
    input=ScenarioCreateInput,
    payload={"scenario": "Scenario"},
    errors=FORM,
    access=permission("scenarios:write"),
)
async def scenario_create(ctx: CallCtx, input: ScenarioCreateInput) -> Mapping[str, Any]:
    scenario_id = await service.create(
        ctx,
        name=input.name,
        slug=input.slug,
        description=input.description,
        questions=input.questions,
        success=input.success,
    )
    return {"scenario": scenario_id}


@mutation(
    "Change a scenario, publish it, or archive it.",
    input=ScenarioUpdateInput,
    payload={"scenario": "Scenario"},
    errors=COMMON | FORM,
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
        questions=input.questions,
        success=input.success,
        status=input.status,
    )
    return {"scenario": input.id}


MUTATIONS = (scenario_create, scenario_update)
