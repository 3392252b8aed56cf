"""What can be done with demands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from serai.core.forms.answers import ANSWER_ERRORS
from serai.core.proposals.closing import open_ones
from serai.core.proposals.models import Proposal
from serai.core.refusals import COMMON, NOT_FOUND, not_found
from serai_sdk import JSON, CallCtx, Money, Place, UserError, acting, arg, bulk, input, mutation, permission
from serai_sdk.orm import Model

from . import service, window
from .contact import Contact
from .models import Demand


@input
class DemandOpenInput:
    """A need, in the terms of its scenario."""

    customer: UUID | None = arg("Whose need it is; a customer's own if left out.", ref="Customer")
    scenario: UUID = arg("The scenario it arises in.", ref="Scenario")
    form_version: UUID | None = arg(
        "The version of the scenario's form that is answered: refused if another is current by now.",
        ref="FormVersion",
    )
    answers: JSON | None = arg("Answers to the form's questions: an object by key.", personal=True)
    budget: Money | None = arg("What it may cost.")
    window_start: datetime | None = arg("Not before.")
    window_end: datetime | None = arg("Not after.")
    place: Place | None = arg("Roughly where, for every provider that serves the scenario.")
    contact: Contact | None = arg("How to reach the customer, for who gets the demand.", personal=True)
    note: str | None = arg("What every provider that serves the scenario may read.", max_length=10_000)


@input
class DemandCancelInput:
    """A demand that is no longer one."""

    id: UUID = arg("The demand.", ref="Demand")
    reason: str | None = arg("Why.", max_length=1000)
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class DemandExtendInput:
    """A demand that is to look for a provider for longer."""

    id: UUID = arg("The demand.", ref="Demand")
    window_end: datetime = arg("The new end of its window, later than the one it has.")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class DemandReopenInput:
    """A demand that has lapsed or was cancelled and is to be open again."""

    id: UUID = arg("The demand.", ref="Demand")
    window_start: datetime | None = arg("Not before.")
    window_end: datetime = arg("Not after.")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Open a demand: a customer its own, staff anybody's.",
    input=DemandOpenInput,
    payload={"demand": "Demand"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "INVALID": "A value is not of the form its field asks for.",
        "CUSTOMER_MISSING": "Who does not act as a customer has to say whose need it is.",
        "SCENARIO_CLOSED": "The scenario is not published.",
        "WINDOW_INVALID": "The time window has passed, or ends before it begins.",
        "FORM_CHANGED": "The scenario asks something else by now: read its form again.",
        **ANSWER_ERRORS,
    },
    access=permission("demands:write") | acting("customer"),
)
async def demand_open(ctx: CallCtx, input: DemandOpenInput) -> Mapping[str, Any]:
    customer_id = input.customer or ctx.viewer.customer_id
    if customer_id is None:
        raise UserError("CUSTOMER_MISSING", "Say whose need it is.", field="customer")
    if customer_id != ctx.viewer.customer_id and "demands:write" not in ctx.viewer.permissions:
        raise not_found("customer", field="customer")
    demand_id = await service.open_demand(
        ctx,
        customer_id=customer_id,
        scenario_id=input.scenario,
        form_version_id=input.form_version,
        answers=input.answers,
        budget=input.budget,
        window_start=input.window_start,
        window_end=input.window_end,
        place=input.place,
        contact=input.contact,
        note=input.note,
    )
    return {"demand": demand_id}


@mutation(
    "Cancel a demand that has not been awarded: a customer its own, staff anybody's.",
    input=DemandCancelInput,
    payload={"demand": "Demand"},
    errors=COMMON,
    access=permission("demands:write") | acting("customer"),
)
async def demand_cancel(ctx: CallCtx, input: DemandCancelInput) -> Mapping[str, Any]:
    await service.cancel(ctx, input.id, reason=input.reason, expected_version=input.expected_version)
    return {"demand": input.id}


WINDOW_CODES = COMMON | {
    "WINDOW_INVALID": "The time window has passed, ends before it begins, or is no longer than it was."
}


@mutation(
    "Let a demand that looks for a provider do so for longer: a customer its own, staff anybody's.",
    input=DemandExtendInput,
    payload={"demand": "Demand"},
    errors=WINDOW_CODES,
    access=permission("demands:write") | acting("customer"),
)
async def demand_extend(ctx: CallCtx, input: DemandExtendInput) -> Mapping[str, Any]:
    await window.extend(ctx, input.id, window_end=input.window_end, expected_version=input.expected_version)
    return {"demand": input.id}


@mutation(
    "Open a demand that has lapsed or was cancelled again, with a new window: a customer its own, staff anybody's.",
    input=DemandReopenInput,
    payload={"demand": "Demand"},
    errors=WINDOW_CODES | {"SCENARIO_CLOSED": "The scenario is not published any more."},
    access=permission("demands:write") | acting("customer"),
)
async def demand_reopen(ctx: CallCtx, input: DemandReopenInput) -> Mapping[str, Any]:
    await window.reopen(
        ctx,
        input.id,
        window_start=input.window_start,
        window_end=input.window_end,
        expected_version=input.expected_version,
    )
    return {"demand": input.id}


async def _locks(ctx: CallCtx, items: Sequence[DemandCancelInput]) -> Mapping[type[Model], Iterable[UUID]]:
    demands = [one.id for one in items]
    await ctx.change.lock({Demand: demands})
    return {Proposal: await open_ones(ctx.change, demands)}


demands_cancel = bulk(
    demand_cancel, name="demandsCancel", description="Cancel many demands at once.", locks=_locks
)

MUTATIONS = (demand_open, demand_cancel, demand_extend, demand_reopen, demands_cancel)
