"""What can be done with addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND
from serai_sdk import UNSET, CallCtx, Place, Unset, acting, arg, input, mutation, permission

from . import service
from .models import AddressKind

CODES = {
    "NOT_FOUND": NOT_FOUND,
    "INVALID": "A value is not of the form its field asks for, or the address says nowhere.",
}
WRITE = permission("customers:write") | acting("customer")


@input
class CustomerAddressAddInput:
    """A new address of a customer."""

    customer: UUID | None = arg("Whose it is; a customer's own if left out.", ref="Customer")
    kind: AddressKind = arg("What it is for.", default=AddressKind.HOME)
    label: str | None = arg("What the customer calls it.", max_length=100, personal=True)
    recipient: str | None = arg("The name to write on it.", max_length=300, personal=True)
    place: Place = arg("Where it is: at least a city or an address.", personal=True)
    is_default: bool = arg(
        "Use it from now on for its kind; the first of a kind is its default anyway.", default=False
    )


@input
class CustomerAddressUpdateInput:
    """What to change of an address: what is left out stays as it is."""

    id: UUID = arg("The address.", ref="Address")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    kind: AddressKind | Unset = arg("What it is for.", default=UNSET)
    label: str | Unset | None = arg(
        "What the customer calls it.", default=UNSET, max_length=100, personal=True
    )
    recipient: str | Unset | None = arg(
        "The name to write on it.", default=UNSET, max_length=300, personal=True
    )
    place: Place | Unset = arg("Where it is.", default=UNSET, personal=True)
    is_default: bool | Unset = arg("Whether to use it for its kind.", default=UNSET)


@input
class CustomerAddressRemoveInput:
    """An address that is one no more."""

    id: UUID = arg("The address.", ref="Address")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Add an address: a customer its own, staff anybody's.",
    input=CustomerAddressAddInput,
    payload={"address": "Address"},
    errors={
        **CODES,
        "CUSTOMER_MISSING": "Who does not act as a customer has to say whose address it is.",
        "TOO_MANY": "A customer has no more than 50 addresses.",
    },
    access=WRITE,
)
async def customer_address_add(ctx: CallCtx, input: CustomerAddressAddInput) -> Mapping[str, Any]:
    return {"address": await service.add(ctx, input)}


@mutation(
    "Change an address: a customer its own, staff anybody's.",
    input=CustomerAddressUpdateInput,
    payload={"address": "Address"},
    errors={**CODES, "CONFLICT": CONFLICT},
    access=WRITE,
)
async def customer_address_update(ctx: CallCtx, input: CustomerAddressUpdateInput) -> Mapping[str, Any]:
    await service.update(ctx, input)
    return {"address": input.id}


@mutation(
    "Remove an address for good: a customer its own, staff anybody's.",
    input=CustomerAddressRemoveInput,
    payload={"customer": "Customer"},
    errors={"NOT_FOUND": NOT_FOUND, "CONFLICT": CONFLICT},
    access=WRITE,
)
async def customer_address_remove(ctx: CallCtx, input: CustomerAddressRemoveInput) -> Mapping[str, Any]:
    return {"customer": await service.remove(ctx, input.id, expected_version=input.expected_version)}


MUTATIONS = (customer_address_add, customer_address_update, customer_address_remove)
