"""Nights held for a while before they are booked: made, extended, released, and made a booking.

A hold is one of capacity under the id of its row; the booking made of it takes that id, and so the nights, over. Order
of locks: whose hold it is, the hold, the stay, its capacity, what the transaction needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from serai_sdk import CallCtx, Job, UserError
from serai_sdk.capacity import CapacityError
from serai_sdk.jobs import JobCtx

from . import errors, models, service

MOST_MINUTES: Final = 120
"""How long nights are held at most, extended as often as may be."""
MOST_HOLDS: Final = 5
"""Of a customer at once: what is held is not for sale."""
KEPT_DAYS: Final = 30
"""How long holds that are over are told of."""
BATCH: Final = 1_000
MOST_FORGOTTEN: Final = 100_000

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('booking hold ' || $1::uuid::text, 0))"
"""What keeps two requests of one customer from both being the last that is allowed."""

LIVE = """
select count(*) as holds
from booking_hold
where customer_id = $1
  and status = 'HELD'
  and expires_at > serai_clock()
"""

OVER = f"""
delete from booking_hold
where id in (
  select id
  from booking_hold
  where expires_at < serai_now() - interval '{KEPT_DAYS} days'
  order by expires_at, id
  limit $1
)
returning 1
"""


async def hold(
    ctx: CallCtx,
    *,
    stay_id: UUID,
    customer_id: UUID | None,
    check_in: date,
    check_out: date,
    guests: int,
    minutes: int,
) -> UUID:
    """Hold nights for so many minutes and return the hold's id; refuses with the codes of ``errors.HOLD_CODES``."""
    customer = await service.customer_of(ctx, customer_id)
    await ctx.change.execute(ONE_AT_A_TIME, customer)
    if (await ctx.change.execute(LIVE, customer))[0]["holds"] >= MOST_HOLDS:
        raise errors.too_many_holds(most=MOST_HOLDS)
    _, offer = await service.offered(
        ctx, stay_id=stay_id, check_in=check_in, check_out=check_out, guests=guests
    )
    id = ctx.new_id()
    ttl = timedelta(minutes=minutes)
    held = await service.take(ctx, id, stay_id, offer["provider_id"], check_in, check_out, ttl=ttl)
    await ctx.change.add(
        models.StayHold(
            id=id,
            stay_id=stay_id,
            customer_id=customer,
            check_in=check_in,
            check_out=check_out,
            guests=guests,
            expires_at=held.expires_at,
        )
    )
    return id


async def book(ctx: CallCtx, *, hold_id: UUID) -> UUID:
    """Make a hold a booking, at the prices of now, and return its id, which is the hold's.

    Refuses with the codes of ``errors.BOOK_CODES``; the nights then stay held for as long as they were.
    """
    held = await _found(ctx, hold_id)
    try:
        stay, offer = await service.on_sale(ctx, held.stay_id)
    except UserError as error:
        raise errors.no_longer_on_sale() from error
    await _go_on(ctx, held, None)
    held.status = models.StayHoldStatus.BOOKED
    await ctx.change.save(held)
    try:
        return await service.sell(
            ctx,
            held.id,
            stay=stay,
            offer=offer,
            customer=held.customer_id,
            check_in=held.check_in,
            check_out=held.check_out,
            guests=held.guests,
        )
    except UserError as error:
        raise errors.no_longer_on_sale() from error


async def extend(ctx: CallCtx, *, hold_id: UUID, minutes: int) -> UUID:
    """Let a hold last for at least so many minutes from now; refuses with the codes of ``errors.GO_ON_CODES``."""
    held = await _found(ctx, hold_id)
    ttl = timedelta(minutes=minutes)
    if ctx.now + ttl > held.created_at + timedelta(minutes=MOST_MINUTES):
        raise errors.held_for_long(most_minutes=MOST_MINUTES)
    held.expires_at = await _go_on(ctx, held, ttl)
    await ctx.change.save(held)
    return held.id


async def release(ctx: CallCtx, *, hold_id: UUID) -> UUID:
    """Let go of a hold, which may be over; refuses with the codes of ``errors.RELEASE_CODES``."""
    held = await _found(ctx, hold_id)
    if held.status is models.StayHoldStatus.BOOKED:
        raise errors.hold_is_over(why="The hold is a booking by now: cancel that.")
    if held.status is models.StayHoldStatus.HELD:
        await ctx.capacity.release(held.id)
        held.status = models.StayHoldStatus.RELEASED
        await ctx.change.save(held)
    return held.id


async def forget(ctx: JobCtx, given: Mapping[str, Any]) -> None:
    """Remove holds that were over long ago, so many at a time."""
    done = 0
    while done < MOST_FORGOTTEN:
        found = len(await ctx.fetch(OVER, BATCH))
        done += found
        if found < BATCH:
            break
    await ctx.progress(done)


FORGET: Final = Job(
    "booking.forget_holds",
    forget,
    description=f"Removes holds of nights that were over more than {KEPT_DAYS} days ago.",
    schedule="37 3 * * *",
    concurrency=1,
)


async def _found(ctx: CallCtx, hold_id: UUID) -> models.StayHold:
    """A hold, locked, of the customer who asks, or of anybody for those who may book for others."""
    held = await ctx.change.get(models.StayHold, hold_id)
    if held is None or not (
        "booking:write" in ctx.viewer.permissions or held.customer_id == ctx.viewer.customer_id
    ):
        raise errors.no_such_hold()
    return held


async def _go_on(ctx: CallCtx, held: models.StayHold, ttl: timedelta | None) -> Any:
    """Confirm or extend what is held, if it still is; returns when it ends."""
    if held.status is models.StayHoldStatus.BOOKED:
        raise errors.hold_is_over(why="The hold is a booking already.")
    try:
        capacity = ctx.capacity
        now = await (capacity.confirm(held.id) if ttl is None else capacity.extend(held.id, ttl))
    except CapacityError as error:
        raise errors.hold_is_over(why=f"{error.message} Hold the nights again.") from error
    return now.expires_at
