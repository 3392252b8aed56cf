"""Writing down what time has ended: demands that have lapsed, proposals that have expired.

Reads see both without it. It is for who follows events and histories, and it keeps the index of what is open small.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from serai.core.proposals.closing import expire, lock_open
from serai.core.proposals.models import Proposal, ProposalStatus
from serai.core.proposals.states import state_at as proposal_state_at
from serai_sdk import CallCtx, Change

from .models import Demand
from .window import lapse

BATCH: Final = 100
"""Demands a change locks at most: others wait no longer than that takes."""

# what somebody else is changing at the moment is left to him, or to the next sweep
LAPSED = """
select id
from core_demand
where status in ('OPEN', 'PROPOSED')
  and window_end <= $1
order by window_end, id
limit $2
for no key update skip locked
"""

EXPIRED = """
select id
from core_demand
where id in (
  select demand_id
  from core_proposal
  where status = 'SUBMITTED'
    and valid_until <= $1
  order by valid_until
  limit $2
)
order by id
for no key update skip locked
"""

OPEN_ONES = """
select id
from core_proposal
where demand_id = any($1::uuid[])
  and status = 'SUBMITTED'
"""

Changing: TypeAlias = Callable[[Callable[[CallCtx], Awaitable[Mapping[str, Any]]]], Awaitable[Any]]
"""Runs a body in a change of its own, as the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep wrote down, and whether it may have left something for the next one."""

    lapsed: int
    expired: int
    is_complete: bool


async def sweep(changing: Changing, *, limit: int) -> Swept:
    """Write down what time has ended, in batches of a change each, of at most ``limit`` demands of either kind."""
    lapsed = await _batches(changing, LAPSED, limit, _lapse)
    expired = await _batches(changing, EXPIRED, limit, _expire)
    return Swept(lapsed=lapsed, expired=expired, is_complete=max(lapsed, expired) < limit)


async def _batches(
    changing: Changing,
    wanted: str,
    limit: int,
    end: Callable[[CallCtx, Demand], Awaitable[None]],
) -> int:
    done = 0
    while done < limit:
        size = min(BATCH, limit - done)
        found = 0

        async def batch(ctx: CallCtx, size: int = size) -> Mapping[str, Any]:
            nonlocal found
            ids = [row["id"] for row in await ctx.change.execute(wanted, ctx.now, size)]
            found = len(ids)
            for demand in await _locked(ctx.change, ids):
                await end(ctx, demand)
            return {}

        await changing(batch)
        done += found
        if not found:
            break
    return done


async def _locked(change: Change, ids: list[UUID]) -> list[Demand]:
    """The demands, which this change has locked, with all their open proposals, which come after all demands."""
    open_ones = [row["id"] for row in await change.execute(OPEN_ONES, ids)]
    rows = await change.lock({Demand: ids, Proposal: open_ones})
    return [rows[id] for id in ids]


async def _lapse(ctx: CallCtx, demand: Demand) -> None:
    await lapse(ctx.change, demand)


async def _expire(ctx: CallCtx, demand: Demand) -> None:
    for proposal in await lock_open(ctx.change, demand):
        if proposal_state_at(proposal, ctx.now) is ProposalStatus.EXPIRED:
            await expire(ctx.change, demand, proposal)
