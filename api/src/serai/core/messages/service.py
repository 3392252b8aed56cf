"""Posting messages: who, while what lasts, and how many."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from serai.core.demands.models import Demand
from serai.core.demands.states import SEEKING
from serai.core.demands.states import state_at as demand_state_at
from serai.core.proposals.models import Proposal, ProposalStatus
from serai.core.proposals.states import state_at
from serai.core.refusals import not_found, refuse, text
from serai.core.sides import Side, side_of
from serai_sdk import CallCtx

from . import errors
from .models import ProposalMessage

WRITE = "proposals:write"
MOST: Final = 1_000
"""Messages about one proposal."""
MOST_AT_ONCE: Final = 30
WITHIN_MINUTES: Final = 10

COUNTED = """
select
  count(*) as all_in_all,
  count(*) filter (
    where side = $2
      and created_at > $3::timestamptz - make_interval(mins => $4::int)
  ) as lately
from core_proposal_message
where proposal_id = $1
"""

MEMBER = """
select id
from core_provider_member
where provider_id = $1
  and principal_id = $2
"""


async def post(ctx: CallCtx, proposal_id: UUID, *, message: str) -> UUID:
    """Write to the other side of a proposal and return the message's id.

    The demand's customer, the provider's members, and staff that may; while the demand looks for a provider, and
    afterwards with the one it was awarded to.
    """
    seen = await Proposal.get_or_none(id=proposal_id)
    if seen is None:
        raise not_found("proposal", field="proposal")
    # with the demand locked its state holds, and messages are counted one after the other
    rows = await ctx.change.lock({Demand: [seen.demand_id], Proposal: [proposal_id]})
    demand: Demand = rows[seen.demand_id]
    proposal: Proposal = rows[proposal_id]
    if not (
        ctx.viewer.customer_id == demand.customer_id
        or ctx.viewer.provider_id == proposal.provider_id
        or WRITE in ctx.viewer.permissions
    ):
        await refuse(ctx, "Proposal", proposal_id, field="proposal")
    state = state_at(proposal, ctx.now)
    if demand_state_at(demand, ctx.now) not in SEEKING and state is not ProposalStatus.AWARDED:
        raise errors.closed(proposal=state.value)
    side = side_of(ctx.viewer)
    [counted] = await ctx.change.execute(COUNTED, proposal_id, side.value, ctx.now, WITHIN_MINUTES)
    if counted["all_in_all"] >= MOST:
        raise errors.too_many(most=MOST)
    if counted["lately"] >= MOST_AT_ONCE:
        raise errors.too_fast(most=MOST_AT_ONCE, minutes=WITHIN_MINUTES)
    posted = ProposalMessage(
        id=ctx.new_id(),
        proposal_id=proposal_id,
        side=side,
        member_id=await _member(ctx, proposal.provider_id) if side is Side.PROVIDER else None,
        staff_id=ctx.viewer.staff_id if side is Side.STAFF else None,
        text=text(message, field="text"),
    )
    await ctx.change.add(posted)
    await ctx.change.emit(
        "proposal.messaged",
        posted,
        {
            "proposalId": proposal_id,
            "demandId": proposal.demand_id,
            "providerId": proposal.provider_id,
            "side": side.value,
        },
    )
    return posted.id


async def _member(ctx: CallCtx, provider_id: UUID) -> UUID | None:
    """The member that signs in as who writes, if it is known."""
    if ctx.viewer.principal_id is None:
        return None
    found = await ctx.change.execute(MEMBER, provider_id, ctx.viewer.principal_id)
    return found[0]["id"] if found else None
