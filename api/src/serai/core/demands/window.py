"""The window of a demand: it ends, is extended, is opened anew.

A demand that looks for a provider has lapsed once its window has ended, whether or not that was written down
(``states.state_at``); who acts on it writes that down first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from serai.core.customers.models import Customer
from serai.core.history.models import DemandEventKind
from serai.core.history.service import record
from serai.core.proposals.closing import expire, lock_open
from serai.core.scenarios.models import Scenario, ScenarioStatus
from serai_sdk import CallCtx, Change, UserError

from .models import Demand, DemandStatus
from .owning import locked_demand
from .states import SEEKING, state_at

ENDED = (DemandStatus.LAPSED, DemandStatus.CANCELLED)


async def lapse(change: Change, demand: Demand) -> None:
    """Write down that a locked demand's window has ended, and its proposals with it: none is valid longer than that."""
    for proposal in await lock_open(change, demand):
        await expire(change, demand, proposal)
    demand.status = DemandStatus.LAPSED
    await change.save(demand)
    await change.emit("demand.lapsed", demand)
    assert demand.window_end is not None, "only what has an end can lapse"
    await record(
        change,
        demand,
        DemandEventKind.LAPSED,
        "The window passed without an award",
        at=demand.window_end,
        viewer=None,
    )


async def extend(
    ctx: CallCtx, demand_id: UUID, *, window_end: datetime, expected_version: int | None
) -> None:
    """Let a demand that looks for a provider do so for longer; its customer, or staff."""
    demand = await locked_demand(ctx, demand_id, expected_version)
    state = state_at(demand, ctx.now)
    if state not in SEEKING:
        raise UserError(
            "ILLEGAL_STATE",
            f"The demand is {state.value}: only one that is {' or '.join(SEEKING)} can be extended.",
            field="id",
        )
    if demand.window_end is None:
        raise UserError("WINDOW_INVALID", "The demand has no end that could be later.", field="windowEnd")
    if window_end <= demand.window_end:
        raise UserError(
            "WINDOW_INVALID",
            f"The window ends {said(demand.window_end)}: name a later end.",
            field="windowEnd",
        )
    demand.window_end = window_end
    await ctx.change.save(demand)
    await ctx.change.emit("demand.extended", demand, {"windowEnd": window_end.isoformat()})
    await record(
        ctx.change,
        demand,
        DemandEventKind.EXTENDED,
        f"The window was extended until {said(window_end)}",
        at=ctx.now,
        viewer=ctx.viewer,
    )


async def reopen(
    ctx: CallCtx,
    demand_id: UUID,
    *,
    window_start: datetime | None,
    window_end: datetime,
    expected_version: int | None,
) -> None:
    """Open a demand that has lapsed or was cancelled, with a new window; its customer, or staff."""
    demand = await locked_demand(ctx, demand_id, expected_version)
    state = state_at(demand, ctx.now)
    if state not in ENDED:
        raise UserError(
            "ILLEGAL_STATE",
            f"The demand is {state.value}: only one that is {' or '.join(ENDED)} can be opened again.",
            field="id",
        )
    check_window(window_start, window_end, ctx.now)
    scenario = await Scenario.get(id=demand.scenario_id)
    if scenario.status is not ScenarioStatus.PUBLISHED:
        raise UserError("SCENARIO_CLOSED", f"The scenario is {scenario.status.value}.", field="id")
    if not await Customer.exists(id=demand.customer_id, forgotten_at=None):
        raise UserError("ILLEGAL_STATE", "Its customer has been deleted: nobody needs this.", field="id")
    if demand.status in SEEKING:
        await lapse(ctx.change, demand)
    demand.status = DemandStatus.OPEN
    demand.window_start, demand.window_end = window_start, window_end
    demand.cancel_reason = None
    await ctx.change.save(demand)
    await ctx.change.emit("demand.reopened", demand)
    await record(
        ctx.change,
        demand,
        DemandEventKind.REOPENED,
        f"The demand was opened again until {said(window_end)}",
        at=ctx.now,
        viewer=ctx.viewer,
    )


def check_window(start: datetime | None, end: datetime | None, now: datetime) -> None:
    """Raise ``UserError`` code ``WINDOW_INVALID`` unless the window ends after it begins, and in the future."""
    if start is not None and end is not None and end <= start:
        raise UserError("WINDOW_INVALID", "The window ends before it begins.", field="windowEnd")
    if end is not None and end <= now:
        raise UserError("WINDOW_INVALID", "The window has passed already.", field="windowEnd")


def said(instant: datetime) -> str:
    """An instant as a sentence has it: ``2026-05-03 10:00 UTC``."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
