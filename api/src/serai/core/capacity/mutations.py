"""What can be done with capacity: take it off sale for a while, and change how much there is then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from serai.core.refusals import NOT_FOUND, not_found
from serai.engines.capacity.ranges import GREATEST
from serai_sdk import CallCtx, UserError, arg, input, mutation

from .access import CHANGES
from .models import CapacityBlackout, CapacityMeasure, CapacityResource

RANGE_INVALID = "The range is none of this resource's, or its ends are in the wrong order."
IN_USE = "More are held then than there would be."


@input
class CapacityBlackoutInput:
    """When a resource is not to be had: a range of its own measure, or none for what is counted in total."""

    resource: UUID = arg("The resource.", ref="CapacityResource")
    starts_on: date | None = arg("The first date, for what is measured by dates.")
    ends_on: date | None = arg("The date after the last one.")
    starts_at: datetime | None = arg("The beginning, for what is measured by instants.")
    ends_at: datetime | None = arg("The end.")
    reason: str | None = arg("Why.", max_length=200)


@input
class CapacityReopenInput:
    """A blackout to end."""

    blackout: UUID = arg("The blackout.", ref="CapacityBlackout")


@input
class CapacitySeatsInput:
    """How many parts a pool has in a range of dates or slots."""

    resource: UUID = arg("The pool.", ref="CapacityResource")
    capacity: int | None = arg("How many; as many as otherwise, if left out.", minimum=0)
    starts_on: date | None = arg("The first date, for what is measured by dates.")
    ends_on: date | None = arg("The date after the last one.")
    starts_at: datetime | None = arg("The beginning, for what is measured by instants.")
    ends_at: datetime | None = arg("The end.")


@input
class CapacityResizeInput:
    """How many parts a pool has from now on."""

    resource: UUID = arg("The pool.", ref="CapacityResource")
    capacity: int = arg("How many.", minimum=0, maximum=GREATEST)


@mutation(
    "Let nothing of a resource be held within a range from now on: its provider, or staff. What is held stays.",
    input=CapacityBlackoutInput,
    payload={"blackout": "CapacityBlackout", "resource": "CapacityResource"},
    errors={"NOT_FOUND": NOT_FOUND, "CAPACITY_RANGE_INVALID": RANGE_INVALID},
    access=CHANGES,
)
async def capacity_blackout(ctx: CallCtx, input: CapacityBlackoutInput) -> Mapping[str, Any]:
    resource = await _resource(ctx, input.resource)
    id = ctx.new_id()
    await ctx.capacity.blackout(resource.id, *_range(resource, input), id=id, reason=input.reason)
    return {"blackout": id, "resource": resource.id}


@mutation(
    "End a blackout: the resource's provider, or staff.",
    input=CapacityReopenInput,
    payload={"resource": "CapacityResource"},
    errors={"NOT_FOUND": NOT_FOUND},
    access=CHANGES,
)
async def capacity_reopen(ctx: CallCtx, input: CapacityReopenInput) -> Mapping[str, Any]:
    blackout = await CapacityBlackout.get_or_none(id=input.blackout)
    if blackout is None or not await ctx.can_see("CapacityBlackout", input.blackout):
        raise not_found("blackout", field="blackout")
    await ctx.capacity.reopen(input.blackout)
    return {"resource": blackout.resource_id}


@mutation(
    "Give a pool another size for some dates or slots: its provider, or staff.",
    input=CapacitySeatsInput,
    payload={"resource": "CapacityResource"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CAPACITY_RANGE_INVALID": RANGE_INVALID,
        "CAPACITY_IN_USE": IN_USE,
        "UNIT": "There is one of it; take it off sale instead.",
    },
    access=CHANGES,
)
async def capacity_seats(ctx: CallCtx, input: CapacitySeatsInput) -> Mapping[str, Any]:
    resource = await _resource(ctx, input.resource)
    if resource.is_unit:
        raise UserError("UNIT", "There is one of it: take it off sale by capacityBlackout.", field="resource")
    starts, ends = _range(resource, input)
    if starts is None or ends is None:
        raise UserError("CAPACITY_RANGE_INVALID", "What is counted in total has one size.", field="resource")
    await ctx.capacity.seats(resource.id, input.capacity, starts, ends)
    return {"resource": resource.id}


@mutation(
    "Give a pool another size from now on, but for dates or slots that have one of their own (`capacitySeats`), and "
    "never less than is held of it: its provider, or staff.",
    input=CapacityResizeInput,
    payload={"resource": "CapacityResource"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CAPACITY_IN_USE": "More are held than there would be; the message says how many.",
        "UNIT": "There is one of it, and stays one.",
    },
    access=CHANGES,
)
async def capacity_resize(ctx: CallCtx, input: CapacityResizeInput) -> Mapping[str, Any]:
    resource = await _resource(ctx, input.resource)
    if resource.is_unit:
        raise UserError("UNIT", "There is one of it: take it off sale by capacityBlackout.", field="resource")
    await ctx.capacity.resize(resource.id, input.capacity)
    return {"resource": resource.id}


async def _resource(ctx: CallCtx, id: UUID) -> CapacityResource:
    found = await CapacityResource.get_or_none(id=id)
    if found is None or not await ctx.can_see("CapacityResource", id):
        raise not_found("resource", field="resource")
    return found


def _range(
    resource: CapacityResource, input: CapacityBlackoutInput | CapacitySeatsInput
) -> tuple[date | datetime | None, date | datetime | None]:
    """The range of the resource's own measure, which has to be the only one that is given."""
    dates, instants = (input.starts_on, input.ends_on), (input.starts_at, input.ends_at)
    wanted = {CapacityMeasure.DATE: dates, CapacityMeasure.SLOT: instants}.get(resource.measure)
    given = [one for one in (*dates, *instants) if one is not None]
    if len(given) != (0 if wanted is None else 2) or (wanted is not None and None in wanted):
        ways = {
            CapacityMeasure.DATE: "by dates: give startsOn and endsOn, and nothing else",
            CapacityMeasure.SLOT: "by instants: give startsAt and endsAt, and nothing else",
            CapacityMeasure.TOTAL: "in total: give no range",
        }
        raise UserError(
            "CAPACITY_RANGE_INVALID", f"The resource is measured {ways[resource.measure]}.", field="resource"
        )
    return wanted or (None, None)


MUTATIONS = (capacity_blackout, capacity_reopen, capacity_resize, capacity_seats)
