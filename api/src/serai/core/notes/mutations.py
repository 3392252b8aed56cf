"""What can be done with notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND
from serai_sdk import CallCtx, acting, arg, input, mutation, permission

from . import service

CODES = {"NOT_FOUND": NOT_FOUND, "INVALID": "A note is not empty."}
WRITE = acting("staff") & permission("notes:write")


@input
class CustomerNoteAddInput:
    """Something to note down about a customer."""

    customer: UUID = arg("About whom.", ref="Customer")
    text: str = arg("What to note down.", max_length=10_000, personal=True)


@input
class CustomerNoteEditInput:
    """A note to change."""

    id: UUID = arg("The note.", ref="CustomerNote")
    text: str = arg("What it says from now on.", max_length=10_000, personal=True)
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class CustomerNoteRemoveInput:
    """A note to remove."""

    id: UUID = arg("The note.", ref="CustomerNote")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Note down something about a customer.",
    input=CustomerNoteAddInput,
    payload={"note": "CustomerNote"},
    errors=CODES,
    access=WRITE,
)
async def customer_note_add(ctx: CallCtx, input: CustomerNoteAddInput) -> Mapping[str, Any]:
    return {"note": await service.add(ctx, input.customer, input.text)}


@mutation(
    "Change a note of one's own.",
    input=CustomerNoteEditInput,
    payload={"note": "CustomerNote"},
    errors={**CODES, "CONFLICT": CONFLICT},
    access=WRITE,
)
async def customer_note_edit(ctx: CallCtx, input: CustomerNoteEditInput) -> Mapping[str, Any]:
    await service.edit(ctx, input.id, input.text, expected_version=input.expected_version)
    return {"note": input.id}


@mutation(
    "Remove a note for good: one's own, or with `notes:remove` anybody's.",
    input=CustomerNoteRemoveInput,
    payload={"customer": "Customer"},
    errors={"NOT_FOUND": NOT_FOUND, "CONFLICT": CONFLICT},
    access=acting("staff") & (permission("notes:write") | permission("notes:remove")),
)
async def customer_note_remove(ctx: CallCtx, input: CustomerNoteRemoveInput) -> Mapping[str, Any]:
    return {"customer": await service.remove(ctx, input.id, expected_version=input.expected_version)}


MUTATIONS = (customer_note_add, customer_note_edit, customer_note_remove)
