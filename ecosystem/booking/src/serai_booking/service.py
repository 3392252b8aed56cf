"""Placing bookings, and cancelling them with their transactions.

A stay is a resource of capacity, and a booking has a hold under its own id: of many who want a night one gets it and
the others are told. Order of locks: the stay, its capacity, what the transaction needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from serai_sdk import CallCtx, Money, NewLine, UserError, check_version
from serai_sdk.capacity import CapacityError, Claim, Hold, Measure
from serai_sdk.orm import violated_constraint

from . import errors, events, models
from .prices import LONGEST, PriceRules, by_price, nights, total

CHANNEL = "booking"
RESOURCE = "booking.stay"
"""The kind of resource that stays are."""

OFFERED = """
select
  offer.title,
  offer.provider_id,
  offer.scenario_id,
  offer.status = 'PUBLISHED' and provider.status = 'APPROVED' as is_on_sale,
  ($2::timestamptz at time zone coalesce(offer.place_time_zone, 'UTC'))::date as today
from core_offer offer
join core_provider provider on provider.id = offer.provider_id
where offer.id = $1
"""

SOLD = """
select id
from booking_booking
where transaction_id = any($1::uuid[])
"""

PARTIES = """
select customer_id, provider_id, status
from core_transaction
where id = $1
"""


async def place(
    ctx: CallCtx, *, stay_id: UUID, customer_id: UUID | None, check_in: date, check_out: date, guests: int
) -> UUID:
    """Book the nights from ``check_in`` until ``check_out`` and return the booking's id.

    Makes a transaction in the same commit. Refuses by ``UserError``, with the codes of ``errors.PLACE_CODES``.
    """
    customer = await customer_of(ctx, customer_id)
    stay, offer = await offered(ctx, stay_id=stay_id, check_in=check_in, check_out=check_out, guests=guests)
    booking_id = ctx.new_id()
    await take(ctx, booking_id, stay_id, offer["provider_id"], check_in, check_out)
    return await sell(
        ctx,
        booking_id,
        stay=stay,
        offer=offer,
        customer=customer,
        check_in=check_in,
        check_out=check_out,
        guests=guests,
    )


async def offered(
    ctx: CallCtx, *, stay_id: UUID, check_in: date, check_out: date, guests: int
) -> tuple[models.Stay, Mapping[str, Any]]:
    """Lock a stay; its row and its offer's facts, if the offer stands for those dates and so many guests."""
    if check_out <= check_in:
        raise errors.ends_before_it_begins()
    if (check_out - check_in).days > LONGEST:
        raise errors.too_long(most=LONGEST)

    stay, offer = await on_sale(ctx, stay_id)
    if guests > stay.capacity:
        raise errors.too_many_guests(capacity=stay.capacity)
    if check_in < offer["today"]:
        raise errors.past(today=offer["today"])
    return stay, offer


async def on_sale(ctx: CallCtx, stay_id: UUID) -> tuple[models.Stay, Mapping[str, Any]]:
    """Lock a stay that is on sale; its row and its offer's facts."""
    stay = await ctx.change.get(models.Stay, stay_id)
    found = await ctx.change.execute(OFFERED, stay_id, ctx.now)
    if stay is None or not found:
        raise errors.no_such_stay()
    if not found[0]["is_on_sale"]:
        # that there is a draft is for those to know who may see it
        raise errors.not_on_sale() if await ctx.can_see("Stay", stay_id) else errors.no_such_stay()
    return stay, found[0]


async def sell(
    ctx: CallCtx,
    booking_id: UUID,
    *,
    stay: models.Stay,
    offer: Mapping[str, Any],
    customer: UUID,
    check_in: date,
    check_out: date,
    guests: int,
) -> UUID:
    """Make the booking whose nights are held under its id, and its transaction; returns the id."""
    rules = rules_of(stay)
    prices = [rules.price(night) for night in nights(check_in, check_out)]
    booking = models.Booking(
        id=booking_id,
        stay_id=stay.id,
        customer_id=customer,
        transaction_id=await _transaction(ctx, customer, stay.id, offer, prices, check_in, check_out),
        check_in=check_in,
        check_out=check_out,
        guests=guests,
        total_minor=total(prices).minor,
        total_currency=total(prices).currency,
    )
    await _add(ctx, booking)
    await ctx.change.emit(
        events.PLACED.name,
        booking,
        {
            "stayId": str(stay.id),
            "transactionId": str(booking.transaction_id),
            "checkIn": check_in.isoformat(),
            "checkOut": check_out.isoformat(),
            "guests": guests,
            "totalMinor": booking.total_minor,
            "currency": booking.total_currency,
        },
    )
    return booking.id


async def cancel(ctx: CallCtx, *, booking_id: UUID, reason: str, expected_version: int | None = None) -> UUID:
    """Cancel a booking with its transaction, which ``free`` follows up: its nights are free again.

    Refuses by ``UserError``, with the codes of ``errors.CANCEL_CODES``; whoever is no party to the booking is told that
    there is none.
    """
    booking = await ctx.change.get(models.Booking, booking_id)
    if booking is None:
        raise errors.no_such_booking()
    transaction = (await ctx.change.execute(PARTIES, booking.transaction_id))[0]
    if not _may_cancel(ctx, transaction):
        raise errors.no_such_booking()
    if booking.status is models.BookingStatus.CANCELLED:
        raise errors.cancelled_already()
    check_version(booking, expected_version)

    if transaction["status"] == "CANCELLED":  # by whoever wrote past the core
        await free(ctx, booking.transaction_id)
        return booking.id
    try:
        await ctx.transactions.cancel(booking.transaction_id, reason=reason)
    except UserError as error:
        raise errors.transaction_is_over(why=error.message) from error
    return booking.id


async def lock_sold(ctx: CallCtx, transaction_ids: Sequence[UUID]) -> None:
    """Lock the bookings of transactions that are about to be cancelled, and what these hold."""
    ids = [row["id"] for row in await ctx.change.execute(SOLD, list(transaction_ids))]
    await ctx.change.lock({models.Booking: ids})
    await ctx.capacity.lock(ids)


async def free(ctx: CallCtx, transaction_id: UUID) -> None:
    """Cancel the booking of a transaction that has been cancelled, if there is one: its nights are free again."""
    for row in await ctx.change.execute(SOLD, [transaction_id]):
        booking = await ctx.change.get(models.Booking, row["id"])
        if booking is not None and booking.status is not models.BookingStatus.CANCELLED:
            await _free(ctx, booking)


async def _free(ctx: CallCtx, booking: models.Booking) -> None:
    if await ctx.capacity.find(booking.id) is not None:
        await ctx.capacity.release(booking.id)
    booking.status = models.BookingStatus.CANCELLED
    booking.cancelled_at = ctx.now
    await ctx.change.save(booking)
    await ctx.change.emit(
        events.CANCELLED.name,
        booking,
        {
            "stayId": str(booking.stay_id),
            "transactionId": str(booking.transaction_id),
            "checkIn": booking.check_in.isoformat(),
            "checkOut": booking.check_out.isoformat(),
        },
    )


def rules_of(stay: models.Stay) -> PriceRules:
    """The price rules of a stay's row."""
    return PriceRules(
        per_night=Money(stay.price_per_night_minor, stay.price_per_night_currency),
        weekend_percent=stay.weekend_percent,
        high_season_percent=stay.high_season_percent,
        high_season_months=stay.high_season_months,
    )


async def customer_of(ctx: CallCtx, wanted: UUID | None) -> UUID:
    """For whom to book: whoever asks, or for those who may book for others the customer they name."""
    customer = wanted or ctx.viewer.customer_id
    if customer is None:
        raise errors.customer_required()
    if customer == ctx.viewer.customer_id:
        return customer
    if "booking:write" not in ctx.viewer.permissions or not await ctx.can_see("Customer", customer):
        raise errors.no_such_customer()
    return customer


async def _transaction(
    ctx: CallCtx,
    customer: UUID,
    stay_id: UUID,
    offer: Mapping[str, Any],
    prices: list[Money],
    check_in: date,
    check_out: date,
) -> UUID:
    """A transaction of the core with one line for each price of a night; what the core refuses is not on sale."""
    title = f"{offer['title']}, nights between {check_in.isoformat()} and {check_out.isoformat()}"
    try:
        return await ctx.transactions.place(
            customer_id=customer,
            provider_id=offer["provider_id"],
            scenario_id=offer["scenario_id"],
            lines=[
                NewLine(title=title, unit_price=price, quantity=count, offer_id=stay_id)
                for price, count in by_price(prices)
            ],
            channel=CHANNEL,
        )
    except UserError as error:
        raise errors.not_on_sale() from error


async def take(
    ctx: CallCtx,
    id: UUID,
    stay_id: UUID,
    provider_id: UUID,
    check_in: date,
    check_out: date,
    *,
    ttl: timedelta | None = None,
) -> Hold:
    """Hold the nights under an id: for a while, or for good until the booking is cancelled."""
    await ctx.capacity.open(stay_id, kind=RESOURCE, measure=Measure.DATE, provider=provider_id)
    try:
        return await ctx.capacity.hold([Claim(stay_id, check_in, check_out)], id=id, ttl=ttl)
    except CapacityError as error:
        raise errors.taken() from error


async def _add(ctx: CallCtx, booking: models.Booking) -> None:
    try:
        await ctx.change.add(booking)
    except Exception as error:  # the driver's own error: the SDK says which constraint it is about
        if violated_constraint(error) == models.NO_OVERLAP:
            raise errors.taken() from None
        raise


def _may_cancel(ctx: CallCtx, transaction: Mapping[str, Any]) -> bool:
    viewer = ctx.viewer
    return (
        "booking:write" in viewer.permissions
        or (viewer.kind == "customer" and viewer.customer_id == transaction["customer_id"])
        or (viewer.kind == "provider" and viewer.provider_id == transaction["provider_id"])
    )
