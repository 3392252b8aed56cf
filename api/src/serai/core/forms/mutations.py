"""What can be done with forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from serai.core.refusals import COMMON
from serai_sdk import UNSET, CallCtx, Unset, arg, input, mutation, permission

from . import service
from .inputs import QuestionInput, question
from .models import FormStatus

ERRORS: Final = {
    "INVALID": "A value is not of the form its field asks for.",
    "FORM_INVALID": "A question cannot be asked like this; the field says which.",
}


@input
class FormCreateInput:
    """A new form with its first version."""

    key: str = arg("Its name for programs, unique: a-z, 0-9 and hyphens.", max_length=80)
    title: str = arg("Its name for people.", max_length=300)
    questions: list[QuestionInput] = arg("What it asks, in this order.")


@input
class FormReviseInput:
    """A new version of a form."""

    id: UUID = arg("The form.", ref="Form")
    expected_version: int | None = arg(
        "Refuse if the form is at another `version` (of the form, not the number of its questions' version).",
        minimum=1,
    )
    title: str | Unset = arg("Its name for people; as it was, if left out.", default=UNSET, max_length=300)
    questions: list[QuestionInput] = arg("All that it asks from now on.")


@input
class FormArchiveInput:
    """A form that nothing new is to ask."""

    id: UUID = arg("The form.", ref="Form")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class FormRestoreInput:
    """An archived form that is to be used again."""

    id: UUID = arg("The form.", ref="Form")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Make a form.",
    input=FormCreateInput,
    payload={"form": "Form"},
    errors=ERRORS | {"KEY_TAKEN": "Another form has this key."},
    access=permission("forms:write"),
)
async def form_create(ctx: CallCtx, input: FormCreateInput) -> Mapping[str, Any]:
    questions = [question(one) for one in input.questions]
    return {"form": await service.create(ctx, key=input.key, title=input.title, questions=questions)}


@mutation(
    "Give a form a new version, which is asked from now on; answers keep the version they were given to.",
    input=FormReviseInput,
    payload={"form": "Form", "formVersion": "FormVersion"},
    errors=COMMON | ERRORS,
    access=permission("forms:write"),
)
async def form_revise(ctx: CallCtx, input: FormReviseInput) -> Mapping[str, Any]:
    version_id = await service.revise(
        ctx,
        input.id,
        expected_version=input.expected_version,
        title=input.title,
        questions=[question(one) for one in input.questions],
    )
    return {"form": input.id, "formVersion": version_id}


@mutation(
    "Archive a form: no scenario takes it any more, those that have it go on asking it.",
    input=FormArchiveInput,
    payload={"form": "Form"},
    errors=COMMON,
    access=permission("forms:write"),
)
async def form_archive(ctx: CallCtx, input: FormArchiveInput) -> Mapping[str, Any]:
    await service.set_status(
        ctx, input.id, status=FormStatus.ARCHIVED, expected_version=input.expected_version
    )
    return {"form": input.id}


@mutation(
    "Take up an archived form again.",
    input=FormRestoreInput,
    payload={"form": "Form"},
    errors=COMMON,
    access=permission("forms:write"),
)
async def form_restore(ctx: CallCtx, input: FormRestoreInput) -> Mapping[str, Any]:
    await service.set_status(ctx, input.id, status=FormStatus.ACTIVE, expected_version=input.expected_version)
    return {"form": input.id}


MUTATIONS = (form_create, form_revise, form_archive, form_restore)
