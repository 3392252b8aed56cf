"""Making, revising and archiving forms, and finding what a form asks now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.refusals import not_found, text
from serai_sdk import UNSET, CallCtx, Unset, UserError, check_version
from serai_sdk.orm import violated_constraint

from .asking import asked
from .models import Form, FormStatus, FormVersion
from .questions import Question, written
from .states import LIFE

KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

LATEST = "select max(number) as number from core_form_version where form_id = $1"


@dataclass(frozen=True, slots=True)
class Current:
    """What a form asks now."""

    version_id: UUID
    questions: list[Question]


async def create(ctx: CallCtx, *, key: str, title: str, questions: Sequence[Question]) -> UUID:
    """Make a form with its first version and return its id."""
    if not KEY.fullmatch(key):
        raise UserError("INVALID", "A key is made of a-z, 0-9 and single hyphens.", field="key")
    if await Form.exists(key=key):
        raise _key_taken()
    form = Form(
        id=ctx.new_id(),
        key=key,
        title=text(title, field="title"),
        status=FormStatus.ACTIVE,
        current_version_id=ctx.new_id(),
    )
    version = FormVersion(
        id=form.current_version_id, form_id=form.id, number=1, questions=written(asked(questions))
    )
    try:
        await ctx.change.add(form)
    except IntegrityError as error:
        raise _key_taken() if "key" in (violated_constraint(error) or "") else error from error
    await ctx.change.add(version)
    await ctx.change.emit("form.created", form, {"key": key})
    return form.id


async def revise(
    ctx: CallCtx,
    form_id: UUID,
    *,
    expected_version: int | None,
    title: str | Unset,
    questions: Sequence[Question],
) -> UUID:
    """Give an active form a new version, which is the current one from then on, and return the version's id."""
    form = await ctx.change.get(Form, form_id)
    if form is None:
        raise not_found("form", field="id")
    check_version(form, expected_version)
    if form.status is not FormStatus.ACTIVE:
        raise UserError("ILLEGAL_STATE", "The form is ARCHIVED: restore it before revising it.", field="id")
    if title is not UNSET:
        form.title = text(title, field="title")
    [latest] = await ctx.change.execute(LATEST, form_id)
    version = FormVersion(
        id=ctx.new_id(), form_id=form_id, number=latest["number"] + 1, questions=written(asked(questions))
    )
    form.current_version_id = version.id
    await ctx.change.add(version)
    await ctx.change.save(form)
    await ctx.change.emit("form.revised", form, {"number": version.number})
    return version.id


async def set_status(
    ctx: CallCtx, form_id: UUID, *, status: FormStatus, expected_version: int | None
) -> None:
    """Archive a form or take it up again; scenarios that have it go on asking it."""
    form = await ctx.change.get(Form, form_id)
    if form is None:
        raise not_found("form", field="id")
    check_version(form, expected_version)
    LIFE.check(form.status, status)
    form.status = status
    await ctx.change.save(form)
    await ctx.change.emit("form.archived" if status is FormStatus.ARCHIVED else "form.restored", form)


async def check_available(ctx: CallCtx, form_id: UUID | None, *, field: str = "form") -> None:
    """Raise ``UserError`` unless something new may ask this form: it is there, to be seen, and active."""
    if form_id is None:
        return
    form = await Form.get_or_none(id=form_id)
    if form is None or not await ctx.can_see("Form", form_id):
        raise not_found("form", field=field)
    if form.status is not FormStatus.ACTIVE:
        raise UserError("FORM_ARCHIVED", "The form is archived: restore it, or take another.", field=field)


def _key_taken() -> UserError:
    return UserError("KEY_TAKEN", "Another form has this key.", field="key")
