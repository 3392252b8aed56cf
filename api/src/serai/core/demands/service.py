"""Opening and cancelling demands, and what transactions do to them.

Whoever changes a demand locks it before its proposals, and these before its transaction.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from serai.core.forms.answers import check
from serai.core.history.models import DemandEventKind
from serai.core.history.service import provider_name, record, said
from serai.core.phones import regions
from serai.core.places import place_columns
from serai.core.proposals.closing import close_open, undo_award, win
from serai.core.proposals.models import Proposal, ProposalClosedReason
from serai.core.refusals import not_found, optional_text
from serai.core.scenarios.models import ScenarioStatus
from serai.settings import Settings
from serai_sdk import JSON, CallCtx, Change, Money, Place, UserError, Viewer

from .contact import Contact
from .ground import ground
from .models import Demand, DemandStatus
from .owning import locked_demand
from .states import LIFE, state_at
from .window import check_window, lapse


async def open_demand(
    ctx: CallCtx,
    *,
    customer_id: UUID,
    scenario_id: UUID,
    form_version_id: UUID | None,
    answers: JSON | None,
    budget: Money | None,
    window_start: datetime | None,
    window_end: datetime | None,
    place: Place | None,
    contact: Contact | None,
    note: str | None,
) -> UUID:
    """Open a demand of a customer in a published scenario, its form answered; returns its id."""
    found = await ground(ctx.change, customer_id, scenario_id)
    asked = found.asked
    if found.locale is None:
        raise not_found("customer", field="customer")
    if found.status is not ScenarioStatus.PUBLISHED:
        if found.status is not None and await ctx.can_see("Scenario", scenario_id):
            raise UserError("SCENARIO_CLOSED", f"The scenario is {found.status.value}.", field="scenario")
        raise not_found("scenario", field="scenario")
    if form_version_id is not None and (asked is None or asked.version_id != form_version_id):
        raise UserError(
            "FORM_CHANGED",
            "The scenario asks something else by now: read its form again, and ask again.",
            field="formVersion",
        )
    checked = check(asked.questions if asked else (), answers, country=_country(ctx, place, found.locale))
    check_window(window_start, window_end, ctx.now)
    if budget is not None and budget.minor < 0:
        raise UserError("INVALID", "A budget is not negative.", field=("budget", "amount"))
    demand = Demand(
        id=ctx.new_id(),
        customer_id=customer_id,
        scenario_id=scenario_id,
        form_version_id=asked.version_id if asked else None,
        status=DemandStatus.OPEN,
        answers=checked.plain,
        personal_answers=checked.personal,
        budget_minor=budget.minor if budget else None,
        budget_currency=budget.currency if budget else None,
        window_start=window_start,
        window_end=window_end,
        contact_name=optional_text(contact.name if contact else None),
        contact_email=optional_text(contact.email if contact else None),
        contact_phone=optional_text(contact.phone if contact else None),
        contact_address=optional_text(contact.address if contact else None),
        note=optional_text(note),
        **place_columns(place),
    )
    await ctx.change.add(demand, deferred=True)
    await ctx.change.emit("demand.opened", demand, {"scenarioId": scenario_id})
    await record(
        ctx.change, demand, DemandEventKind.OPENED, "The demand was opened", at=ctx.now, viewer=ctx.viewer
    )
    return demand.id


def _country(ctx: CallCtx, place: Place | None, locale: str) -> str | None:
    """Where telephone numbers without a country code are dialled: at the demand's place, else where the customer is."""
    if place is not None and place.city_code is not None:
        return place.city_code[:2].upper()
    return next(iter(regions(locale, ctx.settings(Settings).default_region)), None)


async def cancel(ctx: CallCtx, demand_id: UUID, *, reason: str | None, expected_version: int | None) -> None:
    """Cancel a demand nobody has been awarded yet; its customer, or staff."""
    demand = await locked_demand(ctx, demand_id, expected_version)
    LIFE.check(state_at(demand, ctx.now), DemandStatus.CANCELLED)
    demand.status = DemandStatus.CANCELLED
    demand.cancel_reason = optional_text(reason)
    await ctx.change.save(demand)
    await ctx.change.emit("demand.cancelled", demand)
    await close_open(ctx.change, demand, ProposalClosedReason.DEMAND_CANCELLED, now=ctx.now)
    await record(
        ctx.change,
        demand,
        DemandEventKind.CANCELLED,
        "The demand was cancelled",
        at=ctx.now,
        viewer=ctx.viewer,
    )


async def award(
    change: Change,
    demand: Demand,
    provider_id: UUID,
    *,
    transaction_id: UUID,
    total: Money,
    proposal: Proposal | None,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Award a locked demand to the provider of a transaction just placed; a locked ``proposal`` has led to it."""
    LIFE.check(state_at(demand, now), DemandStatus.AWARDED, field="demand")
    demand.status = DemandStatus.AWARDED
    demand.awarded_provider_id = provider_id
    await change.save(demand)
    await change.emit("demand.awarded", demand, {"providerId": provider_id})
    if proposal is None:
        await close_open(change, demand, ProposalClosedReason.SOLD_OTHERWISE, now=now)
    else:
        await win(change, demand, proposal, transaction_id)
        await close_open(change, demand, ProposalClosedReason.ANOTHER_AWARDED, now=now)
    await record(
        change,
        demand,
        DemandEventKind.AWARDED,
        f"Awarded to {await provider_name(change, provider_id)} for {said(total)}",
        at=now,
        viewer=viewer,
        proposal_id=proposal.id if proposal else None,
        transaction_id=transaction_id,
    )


async def fulfil(
    change: Change, demand: Demand, *, transaction_id: UUID, viewer: Viewer, now: datetime
) -> None:
    """Note that a locked demand's transaction was fulfilled."""
    LIFE.check(demand.status, DemandStatus.FULFILLED)
    demand.status = DemandStatus.FULFILLED
    await change.save(demand)
    await change.emit("demand.fulfilled", demand)
    await record(
        change,
        demand,
        DemandEventKind.FULFILLED,
        "What was needed has been delivered",
        at=now,
        viewer=viewer,
        transaction_id=transaction_id,
    )


async def reopen(
    change: Change, demand: Demand, *, transaction_id: UUID, viewer: Viewer, now: datetime
) -> None:
    """Open a locked demand again, its transaction having been cancelled; providers may propose anew.

    If its window has ended meanwhile, it has lapsed.
    """
    LIFE.check(demand.status, DemandStatus.OPEN)
    await undo_award(change, demand)
    demand.status = DemandStatus.OPEN
    demand.awarded_provider_id = None
    await change.save(demand)
    await change.emit("demand.reopened", demand)
    await record(
        change,
        demand,
        DemandEventKind.REOPENED,
        "The transaction was cancelled: the demand is open again",
        at=now,
        viewer=viewer,
        transaction_id=transaction_id,
    )
    if state_at(demand, now) is DemandStatus.LAPSED:
        await lapse(change, demand)
