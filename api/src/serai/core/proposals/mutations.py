"""What can be done with proposals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from serai.core.refusals import COMMON, not_found
from serai_sdk import UNSET, CallCtx, Money, Unset, acting, arg, input, mutation, permission

from . import errors, service

LONGEST_TERMS = 10_000


@input
class ProposalSubmitInput:
    """A provider's answer to a demand."""

    demand: UUID = arg("The demand it answers.", ref="Demand")
    provider: UUID | None = arg("Who proposes; a member's own provider if left out.", ref="Provider")
    price: Money = arg("What it would cost, in the currency of the demand's budget if it has one.")
    terms: str = arg("What is proposed, and on which conditions.", max_length=LONGEST_TERMS)
    valid_until: datetime = arg("Until when it can be awarded: no later than the demand's window ends.")
    offer: UUID | None = arg("A published offer of the provider's own that would be sold.", ref="Offer")


@input
class ProposalUpdateInput:
    """What to change of a proposal: what is left out stays as it is."""

    id: UUID = arg("The proposal.", ref="Proposal")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)
    price: Money | Unset = arg("What it would cost.", default=UNSET)
    terms: str | Unset = arg("What is proposed.", default=UNSET, max_length=LONGEST_TERMS)
    valid_until: datetime | Unset = arg("Until when it can be awarded.", default=UNSET)
    offer: UUID | Unset | None = arg("The offer that would be sold.", default=UNSET, ref="Offer")


@input
class ProposalWithdrawInput:
    """A proposal that no longer stands."""

    id: UUID = arg("The proposal.", ref="Proposal")
    reason: str | None = arg("Why, for the customer to read.", max_length=1000)
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class DemandAwardInput:
    """The proposal that wins."""

    proposal: UUID = arg("The proposal; its demand is awarded to its provider.", ref="Proposal")
    expected_version: int | None = arg(
        "Refuse if the proposal is at another version, so that nobody accepts a price that was changed unread.",
        minimum=1,
    )


@mutation(
    "Answer a demand that looks for a provider: a member for its provider, staff for any that serves the scenario.",
    input=ProposalSubmitInput,
    payload={"proposal": "Proposal", "demand": "Demand"},
    errors=COMMON | errors.SUBMIT_CODES,
    access=permission(service.WRITE) | acting("provider"),
)
async def proposal_submit(ctx: CallCtx, input: ProposalSubmitInput) -> Mapping[str, Any]:
    provider_id = input.provider or ctx.viewer.provider_id
    if provider_id is None:
        raise errors.provider_missing()
    if provider_id != ctx.viewer.provider_id and service.WRITE not in ctx.viewer.permissions:
        raise not_found("provider", field="provider")
    proposal_id = await service.submit(
        ctx,
        demand_id=input.demand,
        provider_id=provider_id,
        price=input.price,
        terms=input.terms,
        valid_until=input.valid_until,
        offer_id=input.offer,
    )
    return {"proposal": proposal_id, "demand": input.demand}


@mutation(
    "Change an open proposal while its demand looks for a provider: its provider, or staff.",
    input=ProposalUpdateInput,
    payload={"proposal": "Proposal"},
    errors=COMMON | errors.PROPOSAL_CODES,
    access=permission(service.WRITE) | acting("provider"),
)
async def proposal_update(ctx: CallCtx, input: ProposalUpdateInput) -> Mapping[str, Any]:
    await service.update(
        ctx,
        input.id,
        expected_version=input.expected_version,
        price=input.price,
        terms=input.terms,
        valid_until=input.valid_until,
        offer_id=input.offer,
    )
    return {"proposal": input.id}


@mutation(
    "Withdraw an open proposal: its provider, or staff. Another one may be submitted afterwards.",
    input=ProposalWithdrawInput,
    payload={"proposal": "Proposal"},
    errors=COMMON,
    access=permission(service.WRITE) | acting("provider"),
)
async def proposal_withdraw(ctx: CallCtx, input: ProposalWithdrawInput) -> Mapping[str, Any]:
    await service.withdraw(ctx, input.id, reason=input.reason, expected_version=input.expected_version)
    return {"proposal": input.id}


@mutation(
    "Award a demand to a proposal: its customer, or staff. The transaction is placed at the proposal's price, and all "
    "other open proposals are closed.",
    input=DemandAwardInput,
    payload={"demand": "Demand", "proposal": "Proposal", "transaction": "Transaction"},
    errors=COMMON | {"PROVIDER_UNAVAILABLE": "The provider is not selling at present."},
    access=permission("demands:write") | acting("customer"),
)
async def demand_award(ctx: CallCtx, input: DemandAwardInput) -> Mapping[str, Any]:
    demand_id, transaction_id = await service.award(
        ctx, input.proposal, expected_version=input.expected_version
    )
    return {"demand": demand_id, "proposal": input.proposal, "transaction": transaction_id}


MUTATIONS = (proposal_submit, proposal_update, proposal_withdraw, demand_award)
