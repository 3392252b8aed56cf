"""How open proposals end when their demand does: one wins, the others are closed and told why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from serai.core.demands.models import Demand
from serai.core.history.models import DemandEventKind
from serai.core.history.service import provider_name, record
from serai_sdk import Change

from .models import Proposal, ProposalClosedReason, ProposalStatus
from .states import LIFE, state_at

OF_DEMANDS = """
select id
from core_proposal
where demand_id = any($1::uuid[])
  and status = $2
order by id
"""


async def open_ones(change: Change, demands: Sequence[UUID]) -> list[UUID]:
    """The submitted proposals of locked demands."""
    return await _of(change, demands, ProposalStatus.SUBMITTED)


async def awarded_ones(change: Change, demands: Sequence[UUID]) -> list[UUID]:
    """The awarded proposals of locked demands."""
    return await _of(change, demands, ProposalStatus.AWARDED)


async def _of(change: Change, demands: Sequence[UUID], status: ProposalStatus) -> list[UUID]:
    rows = await change.execute(OF_DEMANDS, list(demands), status.value)
    return [UUID(str(row["id"])) for row in rows]


async def lock_open(change: Change, demand: Demand, *, besides: Sequence[UUID] = ()) -> list[Proposal]:
    """Lock all submitted proposals of a locked demand (nobody adds any meanwhile), and those named ``besides``."""
    ids = await open_ones(change, [demand.id])
    rows = await change.lock({Proposal: [*ids, *besides]})
    return [rows[id] for id in ids]


async def close_open(
    change: Change, demand: Demand, reason: ProposalClosedReason, *, now: datetime, but: UUID | None = None
) -> None:
    """Close the submitted proposals of a locked demand; those whose time has passed expire instead."""
    for proposal in await lock_open(change, demand):
        if proposal.id == but:
            continue
        if state_at(proposal, now) is ProposalStatus.EXPIRED:
            await expire(change, demand, proposal)
        else:
            await close(change, demand, proposal, reason)


async def close(change: Change, demand: Demand, proposal: Proposal, reason: ProposalClosedReason) -> None:
    """Close a locked proposal of a locked demand."""
    LIFE.check(proposal.status, ProposalStatus.CLOSED)
    proposal.status = ProposalStatus.CLOSED
    proposal.closed_reason = reason
    await change.save(proposal)
    told = parties(proposal) | {"reason": reason.value}
    await change.emit("proposal.closed", proposal, told, customer_id=demand.customer_id)


async def expire(change: Change, demand: Demand, proposal: Proposal) -> None:
    """Write down that a locked proposal's time has passed, in the history of its locked demand too."""
    proposal.status = ProposalStatus.EXPIRED
    await change.save(proposal)
    await change.emit("proposal.expired", proposal, parties(proposal), customer_id=demand.customer_id)
    await record(
        change,
        demand,
        DemandEventKind.PROPOSAL_EXPIRED,
        f"The proposal of {await provider_name(change, proposal.provider_id)} expired",
        at=proposal.valid_until,
        viewer=None,
        proposal_id=proposal.id,
    )


async def win(change: Change, demand: Demand, proposal: Proposal, transaction_id: UUID) -> None:
    """Note that a locked proposal of a locked demand won, and what came of it."""
    LIFE.check(proposal.status, ProposalStatus.AWARDED, field="proposal")
    proposal.status = ProposalStatus.AWARDED
    proposal.transaction_id = transaction_id
    await change.save(proposal)
    told = parties(proposal) | {"transactionId": transaction_id}
    await change.emit("proposal.awarded", proposal, told, customer_id=demand.customer_id)


async def lock_awarded(change: Change, demand: Demand) -> list[Proposal]:
    """Lock the awarded proposal of a locked demand, if it has one."""
    ids = await awarded_ones(change, [demand.id])
    return list((await change.lock({Proposal: ids})).values())


async def undo_award(change: Change, demand: Demand) -> None:
    """Close the awarded proposal of a locked demand, if it has one: its transaction was cancelled."""
    for proposal in await lock_awarded(change, demand):
        await close(change, demand, proposal, ProposalClosedReason.TRANSACTION_CANCELLED)


def parties(proposal: Proposal) -> dict[str, UUID]:
    """The fields all events of a proposal have."""
    return {"demandId": proposal.demand_id, "providerId": proposal.provider_id}
