"""What can be done with tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from serai.core.customers.models import Customer
from serai.core.refusals import CONFLICT, NOT_FOUND
from serai_sdk import UNSET, CallCtx, Unset, arg, bulk, input, mutation, permission
from serai_sdk.orm import Model

from . import service

CODES = {
    "NOT_FOUND": NOT_FOUND,
    "INVALID": "A value is not of the form its field asks for.",
    "NAME_TAKEN": "There is a tag of that name.",
}


@input
class TagCreateInput:
    """A new tag."""

    name: str = arg("The word, unique without regard to case.", max_length=80)
    description: str | None = arg("When to use it.", max_length=1000)


@input
class TagUpdateInput:
    """What to change of a tag: what is left out stays as it is."""

    id: UUID = arg("The tag.", ref="Tag")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    name: str | Unset = arg("The word.", default=UNSET, max_length=80)
    description: str | Unset | None = arg("When to use it.", default=UNSET, max_length=1000)


@input
class TagRemoveInput:
    """A tag to remove, from all customers that have it."""

    id: UUID = arg("The tag.", ref="Tag")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class CustomerTagInput:
    """Which tags to put on a customer, and which to take off, by their names."""

    customer: UUID = arg("The customer.", ref="Customer")
    add: list[str] = arg("Names of tags to put on; those it has already stay.", default=[])
    remove: list[str] = arg("Names of tags to take off; those it does not have are no mistake.", default=[])


@mutation(
    "Make a tag.",
    input=TagCreateInput,
    payload={"tag": "Tag"},
    errors={"INVALID": CODES["INVALID"], "NAME_TAKEN": CODES["NAME_TAKEN"]},
    access=permission("tags:write"),
)
async def tag_create(ctx: CallCtx, input: TagCreateInput) -> Mapping[str, Any]:
    return {"tag": await service.create(ctx, name=input.name, description=input.description)}


@mutation(
    "Rename a tag, or describe it anew; who has it keeps it.",
    input=TagUpdateInput,
    payload={"tag": "Tag"},
    errors={**CODES, "CONFLICT": CONFLICT},
    access=permission("tags:write"),
)
async def tag_update(ctx: CallCtx, input: TagUpdateInput) -> Mapping[str, Any]:
    await service.update(
        ctx, input.id, name=input.name, description=input.description, expected_version=input.expected_version
    )
    return {"tag": input.id}


@mutation(
    "Remove a tag, from all customers that have it.",
    input=TagRemoveInput,
    payload={"tag": "Tag"},
    errors={"NOT_FOUND": NOT_FOUND, "CONFLICT": CONFLICT},
    access=permission("tags:write"),
)
async def tag_remove(ctx: CallCtx, input: TagRemoveInput) -> Mapping[str, Any]:
    await service.remove(ctx, input.id, expected_version=input.expected_version)
    return {"tag": None}


@mutation(
    "Put tags on a customer and take others off.",
    input=CustomerTagInput,
    payload={"customer": "Customer"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "TAG_UNKNOWN": "There is no tag of that name; make it first.",
        "TOO_MANY": "No more than 100 tags at once.",
    },
    access=permission("customers:write"),
)
async def customer_tag(ctx: CallCtx, input: CustomerTagInput) -> Mapping[str, Any]:
    await service.tag(ctx, input.customer, add=input.add, remove=input.remove)
    return {"customer": input.customer}


async def _locks(_: CallCtx, items: Sequence[CustomerTagInput]) -> Mapping[type[Model], Iterable[UUID]]:
    return {Customer: [one.customer for one in items]}


customers_tag = bulk(
    customer_tag,
    name="customersTag",
    description="Put tags on many customers and take others off.",
    locks=_locks,
)

MUTATIONS = (tag_create, tag_update, tag_remove, customer_tag, customers_tag)
