"""Whose a demand is: its customer's, or anybody's for staff."""

from __future__ import annotations

from uuid import UUID

from serai.core.refusals import not_found, refuse
from serai_sdk import CallCtx, check_version

from .models import Demand


async def locked_demand(ctx: CallCtx, demand_id: UUID, expected_version: int | None) -> Demand:
    """The demand, locked and at the version expected, if it is the viewer's or the viewer may write for anybody."""
    demand = await ctx.change.get(Demand, demand_id)
    if demand is None:
        raise not_found("demand", field="id")
    if ctx.viewer.customer_id != demand.customer_id and "demands:write" not in ctx.viewer.permissions:
        await refuse(ctx, "Demand", demand_id)
    check_version(demand, expected_version)
    return demand
