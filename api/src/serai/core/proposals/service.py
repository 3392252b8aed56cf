"""Submitting, changing and withdrawing proposals, and awarding one of them.

Every step locks the demand first, then its proposals, so that what happens to one demand happens one after the other.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.demands.models import Demand, DemandStatus
from serai.core.demands.states import LIFE as DEMAND_LIFE
from serai.core.demands.states import SEEKING
from serai.core.demands.states import state_at as demand_state_at
from serai.core.history.models import DemandEventKind
from serai.core.history.service import provider_name, record, said
from serai.core.refusals import not_found, optional_text, refuse, text
from serai.core.transactions.service import GREATEST_AMOUNT, CoreTransactions
from serai_sdk import UNSET, CallCtx, Money, NewLine, Unset, UserError, check_version
from serai_sdk.orm import violated_constraint

from . import errors
from .closing import expire, lock_open, parties
from .models import ONE_SUBMITTED, Proposal, ProposalStatus
from .states import LIFE, state_at

WRITE = "proposals:write"
CHANNEL = "award"

SERVES = """
select 1
from core_provider provider
join core_scenario_provider serving on serving.provider_id = provider.id
where provider.id = $1
  and provider.status = 'APPROVED'
  and serving.scenario_id = $2
"""

OFFERED = """
select kind, status
from core_offer
where id = $1
  and provider_id = $2
"""

TITLE = """
select coalesce(
  (select title from core_offer where id = $1),
  (select name from core_scenario where id = $2)
) as title
"""


async def submit(
    ctx: CallCtx,
    *,
    demand_id: UUID,
    provider_id: UUID,
    price: Money,
    terms: str,
    valid_until: datetime,
    offer_id: UUID | None,
) -> UUID:
    """Answer a demand that looks for a provider, and return the proposal's id; the first one makes it PROPOSED."""
    demand = await ctx.change.get(Demand, demand_id)
    is_staff = WRITE in ctx.viewer.permissions
    if demand is None or not (is_staff or await ctx.can_see("Demand", demand_id)):
        raise not_found("demand", field="demand")
    _check_seeking(demand, ctx.now, field="demand")
    await _check_serves(ctx, provider_id, demand)
    proposal = Proposal(
        id=ctx.new_id(),
        demand_id=demand_id,
        provider_id=provider_id,
        status=ProposalStatus.SUBMITTED,
        price_minor=_price(price, demand),
        price_currency=price.currency,
        terms=text(terms, field="terms"),
        valid_until=_valid_until(valid_until, demand, ctx.now),
        offer_id=await _offer(ctx, offer_id, provider_id),
    )
    for other in await lock_open(ctx.change, demand):
        if other.provider_id == provider_id:
            if state_at(other, ctx.now) is not ProposalStatus.EXPIRED:
                raise errors.already_proposed()
            await expire(ctx.change, demand, other)
    try:
        await ctx.change.add(proposal)
    except IntegrityError as error:
        raise errors.already_proposed() if violated_constraint(error) == ONE_SUBMITTED else error from error
    await ctx.change.emit(
        "proposal.submitted", proposal, parties(proposal) | _told(price), customer_id=demand.customer_id
    )
    if demand.status is DemandStatus.OPEN:
        demand.status = DemandStatus.PROPOSED
        await ctx.change.save(demand)
        await ctx.change.emit("demand.proposed", demand)
    name = await provider_name(ctx.change, provider_id)
    await _record(ctx, demand, proposal, DemandEventKind.PROPOSED, f"{name} proposed {said(price)}")
    return proposal.id


async def update(
    ctx: CallCtx,
    proposal_id: UUID,
    *,
    expected_version: int | None,
    price: Money | Unset,
    terms: str | Unset,
    valid_until: datetime | Unset,
    offer_id: UUID | Unset | None,
) -> None:
    """Change what was given of an open proposal, while the demand looks for a provider."""
    demand, proposal = await _locked(ctx, proposal_id)
    check_version(proposal, expected_version)
    # the proposal first: whoever withdrew it is not told what became of the demand
    _check_open(proposal, ctx.now, "changed")
    _check_seeking(demand, ctx.now, field="id")
    await _check_serves(ctx, proposal.provider_id, demand)
    before = Money(proposal.price_minor, proposal.price_currency)
    if price is not UNSET:
        proposal.price_minor = _price(price, demand)
        proposal.price_currency = price.currency
    if terms is not UNSET:
        proposal.terms = text(terms, field="terms")
    if valid_until is not UNSET:
        proposal.valid_until = _valid_until(valid_until, demand, ctx.now)
    if offer_id is not UNSET:
        proposal.offer_id = await _offer(ctx, offer_id, proposal.provider_id)
    now = Money(proposal.price_minor, proposal.price_currency)
    await ctx.change.save(proposal)
    await ctx.change.emit(
        "proposal.updated", proposal, parties(proposal) | _told(now), customer_id=demand.customer_id
    )
    name = await provider_name(ctx.change, proposal.provider_id)
    what = f"changed its proposal to {said(now)}" if now != before else "changed its proposal"
    await _record(ctx, demand, proposal, DemandEventKind.PROPOSAL_UPDATED, f"{name} {what}")


async def withdraw(
    ctx: CallCtx, proposal_id: UUID, *, reason: str | None, expected_version: int | None
) -> None:
    """Withdraw an open proposal. The demand stays PROPOSED: that says that somebody has answered it."""
    demand, proposal = await _locked(ctx, proposal_id)
    check_version(proposal, expected_version)
    LIFE.check(state_at(proposal, ctx.now), ProposalStatus.WITHDRAWN)
    proposal.status = ProposalStatus.WITHDRAWN
    proposal.withdraw_reason = optional_text(reason)
    await ctx.change.save(proposal)
    await ctx.change.emit("proposal.withdrawn", proposal, parties(proposal), customer_id=demand.customer_id)
    name = await provider_name(ctx.change, proposal.provider_id)
    await _record(ctx, demand, proposal, DemandEventKind.PROPOSAL_WITHDRAWN, f"{name} withdrew its proposal")


async def award(ctx: CallCtx, proposal_id: UUID, *, expected_version: int | None) -> tuple[UUID, UUID]:
    """Award a demand to a proposal and place the transaction; returns the ids of demand and transaction.

    All other open proposals are closed. ``expected_version`` is the proposal's, so that nobody accepts a price he has
    not read.
    """
    seen = await Proposal.get_or_none(id=proposal_id)
    if seen is None:
        raise not_found("proposal", field="proposal")
    demand = await ctx.change.get(Demand, seen.demand_id)
    assert demand is not None, "a proposal's foreign key"
    if ctx.viewer.customer_id != demand.customer_id and "demands:write" not in ctx.viewer.permissions:
        await refuse(ctx, "Proposal", proposal_id, field="proposal")
    await lock_open(ctx.change, demand, besides=[proposal_id])
    proposal = await ctx.change.get(Proposal, proposal_id)
    assert proposal is not None, "proposals are never deleted"
    check_version(proposal, expected_version)
    LIFE.check(state_at(proposal, ctx.now), ProposalStatus.AWARDED, field="proposal")
    DEMAND_LIFE.check(demand_state_at(demand, ctx.now), DemandStatus.AWARDED, field="proposal")
    [titled] = await ctx.change.execute(TITLE, proposal.offer_id, demand.scenario_id)
    transaction_id = await CoreTransactions(ctx.change, ctx.viewer, ctx.now).place(
        customer_id=demand.customer_id,
        provider_id=proposal.provider_id,
        scenario_id=demand.scenario_id,
        lines=[
            NewLine(
                title=titled["title"],
                unit_price=Money(proposal.price_minor, proposal.price_currency),
                offer_id=proposal.offer_id,
            )
        ],
        channel=CHANNEL,
        demand_id=demand.id,
        proposal=proposal,
    )
    return demand.id, transaction_id


async def _locked(ctx: CallCtx, proposal_id: UUID) -> tuple[Demand, Proposal]:
    """The proposal and its demand, locked, for its provider or staff that may write for it."""
    seen = await Proposal.get_or_none(id=proposal_id)
    if seen is None:
        raise not_found("proposal", field="id")
    if ctx.viewer.provider_id != seen.provider_id and WRITE not in ctx.viewer.permissions:
        await refuse(ctx, "Proposal", proposal_id)
    rows = await ctx.change.lock({Demand: [seen.demand_id], Proposal: [proposal_id]})
    return rows[seen.demand_id], rows[proposal_id]


def _check_seeking(demand: Demand, now: datetime, *, field: str) -> None:
    state = demand_state_at(demand, now)
    if state not in SEEKING:
        raise UserError(
            "ILLEGAL_STATE", f"The demand is {state.value}: it looks for no provider any more.", field=field
        )


def _check_open(proposal: Proposal, now: datetime, what: str) -> None:
    state = state_at(proposal, now)
    if state is not ProposalStatus.SUBMITTED:
        raise UserError(
            "ILLEGAL_STATE",
            f"The proposal is {state.value} and cannot be {what}: submit another.",
            field="id",
        )


async def _check_serves(ctx: CallCtx, provider_id: UUID, demand: Demand) -> None:
    if not await ctx.change.execute(SERVES, provider_id, demand.scenario_id):
        raise errors.provider_unavailable()


def _price(price: Money, demand: Demand) -> int:
    if not 0 <= price.minor <= GREATEST_AMOUNT:
        raise UserError(
            "INVALID", "A price is not negative, and not beyond all bounds.", field=("price", "amount")
        )
    if demand.budget_currency not in (None, price.currency):
        raise errors.currency_mismatch(wanted=demand.budget_currency)
    return price.minor


def _valid_until(instant: datetime, demand: Demand, now: datetime) -> datetime:
    if instant <= now:
        raise errors.valid_too_short()
    if demand.window_end is not None and instant > demand.window_end:
        raise errors.valid_too_long(window_end=demand.window_end)
    return instant


async def _offer(ctx: CallCtx, offer_id: UUID | None, provider_id: UUID) -> UUID | None:
    """The offer, if it is one of the provider's own that the customer can see and buy at any price."""
    if offer_id is None:
        return None
    found = await ctx.change.execute(OFFERED, offer_id, provider_id)
    if not found:
        raise not_found("offer of this provider", field="offer")
    if found[0]["kind"] != "core_service":
        raise errors.offer_of_another_kind(kind=found[0]["kind"])
    if found[0]["status"] != "PUBLISHED":
        raise errors.offer_not_published()
    return offer_id


def _told(price: Money) -> dict[str, int | str]:
    return {"priceMinor": price.minor, "currency": price.currency}


async def _record(
    ctx: CallCtx, demand: Demand, proposal: Proposal, kind: DemandEventKind, sentence: str
) -> None:
    await record(ctx.change, demand, kind, sentence, at=ctx.now, viewer=ctx.viewer, proposal_id=proposal.id)
