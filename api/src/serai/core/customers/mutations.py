"""What can be done with customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND
from serai_sdk import JSON, UNSET, CallCtx, Unset, acting, arg, bulk, input, mutation, permission
from serai_sdk.orm import Model

from . import service
from .assigning import assign
from .merging import merge
from .models import Customer, CustomerKind

INVALID = "A value is not of the form its field asks for."
EMAIL_TAKEN = "Another customer has this mail address."


@input
class CustomerRegisterInput:
    """A new customer."""

    name: str = arg("The full name of the person or company.", max_length=300, personal=True)
    kind: CustomerKind = arg("A person or a company.", default=CustomerKind.PERSON)
    email: str | None = arg(
        "The address mails go to; no two customers have the same.", max_length=320, personal=True
    )
    phone: str | None = arg("The telephone number, as people write it.", max_length=40, personal=True)
    attributes: JSON | None = arg("What is known about it besides: an object.", personal=True)
    locale: str = arg("The language it reads, as a BCP 47 tag.", default="en", max_length=35)
    source_channel: str | None = arg("The channel it came from.", max_length=100)
    inviter: UUID | None = arg("Who invited it.", ref="Customer")


@input
class CustomerUpdateInput:
    """What to change of a customer: what is left out stays as it is."""

    id: UUID = arg("The customer.", ref="Customer")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    name: str | Unset = arg("The full name.", default=UNSET, max_length=300, personal=True)
    kind: CustomerKind | Unset = arg("A person or a company.", default=UNSET)
    email: str | Unset | None = arg("The address mails go to.", default=UNSET, max_length=320, personal=True)
    phone: str | Unset | None = arg("The telephone number.", default=UNSET, max_length=40, personal=True)
    attributes: JSON | Unset = arg("Everything known about it besides.", default=UNSET, personal=True)
    locale: str | Unset = arg("The language it reads.", default=UNSET, max_length=35)


@input
class CustomerAssignInput:
    """Who of the staff looks after a customer."""

    id: UUID = arg("The customer.", ref="Customer")
    staff: UUID | None = arg("Who looks after it; null for nobody.", ref="Staff")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Register a customer: for staff, and for apps that newcomers sign up with.",
    input=CustomerRegisterInput,
    payload={"customer": "Customer"},
    errors={"NOT_FOUND": NOT_FOUND, "INVALID": INVALID, "EMAIL_TAKEN": EMAIL_TAKEN},
    access=permission("customers:write"),
)
async def customer_register(ctx: CallCtx, input: CustomerRegisterInput) -> Mapping[str, Any]:
    customer_id = await service.register(
        ctx,
        name=input.name,
        kind=input.kind,
        email_address=input.email,
        phone=input.phone,
        attributes_given=input.attributes,
        locale_tag=input.locale,
        source_channel=input.source_channel,
        inviter_id=input.inviter,
    )
    return {"customer": customer_id}


@mutation(
    "Change a customer's profile: one's own, or for staff anybody's.",
    input=CustomerUpdateInput,
    payload={"customer": "Customer"},
    errors={"NOT_FOUND": NOT_FOUND, "CONFLICT": CONFLICT, "INVALID": INVALID, "EMAIL_TAKEN": EMAIL_TAKEN},
    access=permission("customers:write") | acting("customer"),
)
async def customer_update(ctx: CallCtx, input: CustomerUpdateInput) -> Mapping[str, Any]:
    await service.update(
        ctx,
        input.id,
        expected_version=input.expected_version,
        name=input.name,
        kind=input.kind,
        email_address=input.email,
        phone=input.phone,
        attributes_given=input.attributes,
        locale_tag=input.locale,
    )
    return {"customer": input.id}


@mutation(
    "Say who of the staff looks after a customer.",
    input=CustomerAssignInput,
    payload={"customer": "Customer"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CONFLICT": CONFLICT,
        "STAFF_INACTIVE": "Who does not work here any more looks after nobody.",
    },
    access=permission("customers:write"),
)
async def customer_assign(ctx: CallCtx, input: CustomerAssignInput) -> Mapping[str, Any]:
    await assign(ctx, input.id, input.staff, expected_version=input.expected_version)
    return {"customer": input.id}


@input
class CustomerMergeInput:
    """Customers that turned out to be one."""

    into: UUID = arg("The one that stays.", ref="Customer")
    from_: list[UUID] = arg("Those that become it, 1 to 20.", ref="Customer", name="from")
    expected_version: int | None = arg("Refuse if the one that stays is at another version.", minimum=1)


@mutation(
    "Merge customers that are one person. All that referred to the others, plug-ins' rows too, refers to the one that "
    "stays; what it lacks it takes from them, in the order given; they are gone for good.",
    input=CustomerMergeInput,
    payload={"customer": "Customer"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CONFLICT": CONFLICT,
        "INVALID": "There are 1 to 20 others, and none is the one that stays.",
        "SEVERAL_SIGN_IN": "More than one of them signs in, each with a login of its own.",
        "CLASH": "A table does not let one customer have what they have together; the message names it.",
    },
    access=permission("customers:merge"),
)
async def customer_merge(ctx: CallCtx, input: CustomerMergeInput) -> Mapping[str, Any]:
    await merge(ctx, input.into, input.from_, expected_version=input.expected_version)
    return {"customer": input.into}


async def _locks(_: CallCtx, items: Sequence[CustomerAssignInput]) -> Mapping[type[Model], Iterable[UUID]]:
    return {Customer: [one.id for one in items]}


customers_assign = bulk(
    customer_assign,
    name="customersAssign",
    description="Say who of the staff looks after many customers.",
    locks=_locks,
)

MUTATIONS = (customer_register, customer_update, customer_assign, customers_assign, customer_merge)
