"""Stays and bookings in the graph, what they add to customers and providers, and the root fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from serai_sdk import (
    CallCtx,
    Graph,
    Money,
    Timeline,
    arg,
    batched,
    column,
    connection,
    count_of,
    entity,
    extend,
    input,
    lookup,
    mutation,
    offer_kind,
    sql,
    to_many,
    to_one,
    where_argument,
)

from . import access, errors, held, models, service
from .alternatives import alternatives as find_alternatives
from .models import BookingStatus, StayType
from .quotes import StayQuote
from .quotes import quote as make_quotes

FURTHER = "stays are found by type, size, city or words, and filtered further among those"


@offer_kind(models.Stay, kind="booking_stay")
class Stay:
    """Something to sleep in or on, sold by the night: a kind of offer."""

    stay_type: StayType = column("What guests sleep in or on.", unindexed=FURTHER)
    capacity: int = column("How many guests it takes.")
    price_per_night: Money = column("The price of an ordinary night.", unindexed=FURTHER)
    weekend_percent: int = column(
        "What the nights from Friday and Saturday cost more, in percent.", unindexed=FURTHER
    )
    high_season_percent: int = column(
        "What a night of the high season costs more, in percent.", unindexed=FURTHER
    )
    high_season_months: list[int] = column("The months of the high season, 1 for January.")
    amenities: list[str] = column("What there is, such as shower or wifi.")
    check_in_from: str = column(
        "From when guests may arrive, by the clock of the place, as HH:MM.", unindexed=FURTHER
    )
    bookings = to_many(
        "Booking", "Its bookings, as far as you may see them.", by="stay", order=("check_in", "id")
    )

    holds = to_many(
        "StayHold", "Its nights that are held, as far as you may see it.", by="stay", order=("check_in", "id")
    )

    @batched(
        "What it costs for a period and whether it is free; null if it does not take so many guests.",
        needs=(
            "capacity",
            "price_per_night",
            "weekend_percent",
            "high_season_percent",
            "high_season_months",
        ),
        arguments={
            "check_in": arg("The first night, a local date of the place.", annotation=date),
            "check_out": arg("The day of departure.", annotation=date),
            "guests": arg("How many guests.", annotation=int, default=1, minimum=1),
        },
    )
    async def quote(
        ctx: CallCtx,
        parents: Sequence[Mapping[str, Any]],
        *,
        check_in: date,
        check_out: date,
        guests: int,
    ) -> list[StayQuote | None]:
        return await make_quotes(ctx, parents, check_in=check_in, check_out=check_out, guests=guests)

    @batched(
        "Others of the same type in the same city that take as many guests, those nearest in size first.",
        needs=("id",),
        entity="Stay",
        many=True,
        arguments={
            "first": arg("How many at most.", annotation=int, default=3, minimum=1, maximum=10),
        },
    )
    async def alternatives(
        ctx: CallCtx,
        parents: Sequence[Mapping[str, Any]],
        *,
        first: int,
    ) -> list[list[UUID]]:
        return await find_alternatives(ctx, [parent["id"] for parent in parents], most=first)


NIGHTS = "nights are looked up by check_in and stay"
DETAIL = "bookings are found by stay, customer, transaction or check_in; each index more slows booking"


@entity(models.Booking, prefix="bkg", access=access.SEES_BOOKING)
class Booking:
    """That a customer has a stay for some nights."""

    stay = to_one("Stay", "What is booked.")
    customer = to_one("Customer", "Who booked it.")
    transaction = to_one("Transaction", "What was agreed with it, and the money.")
    check_in: date = column("The first night, a local date of the place.")
    check_out: date = column("The day of departure: the night before it is the last.", unindexed=NIGHTS)
    nights: int = sql("check_out - check_in", "How many nights.", unindexed=NIGHTS)
    guests: int = column("How many guests.", unindexed=DETAIL)
    status: BookingStatus = column("Where it is in its life.", unindexed=DETAIL)
    total: Money = column("The price of all nights.", unindexed=DETAIL)
    cancelled_at: datetime | None = column("When it was cancelled.", unindexed=DETAIL)
    created_at: datetime = column("When it was placed.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@extend("Customer")
class CustomerBookings:
    bookings = to_many("Booking", "Stays they booked.", by="customer", order=("-check_in", "id"))
    booking_count: int | None = count_of(
        "bookings",
        "How many stays they booked, without cancelled ones.",
        where={"status": {"ne": "CANCELLED"}},
    )


@extend("Provider")
class ProviderStays:
    stays = to_many("Stay", "What it offers by the night.", by="provider")
    stay_count: int | None = count_of("stays", "How much it offers by the night.")


@input
class DateRange:
    """Local dates from ``start`` to the day before ``end``."""

    start: date = arg("The first day.")
    end: date = arg("The day after the last.")


@input
class BookingPlaceInput:
    """Which stay to book, for whom, and when."""

    stay: UUID = arg("The stay.", ref="Stay")
    customer: UUID | None = arg("For whom, if you book for others.", ref="Customer")
    check_in: date = arg("The first night, a local date of the place.")
    check_out: date = arg("The day of departure.")
    guests: int = arg("How many guests.", minimum=1)


@input
class BookingCancelInput:
    """Which booking to cancel, and why."""

    id: UUID = arg("The booking.", ref="Booking")
    reason: str = arg("Why, in a few words.", default="cancelled", max_length=1000)
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Book a stay; makes a transaction with it. The nights are counted in local dates of the place.",
    input=BookingPlaceInput,
    payload={"booking": "Booking"},
    errors=errors.PLACE_CODES,
    access=access.PLACES,
)
async def booking_place(ctx: CallCtx, input: BookingPlaceInput) -> Mapping[str, Any]:
    return {
        "booking": await service.place(
            ctx,
            stay_id=input.stay,
            customer_id=input.customer,
            check_in=input.check_in,
            check_out=input.check_out,
            guests=input.guests,
        )
    }


@mutation(
    "Cancel a booking and its transaction; its nights are free again.",
    input=BookingCancelInput,
    payload={"booking": "Booking"},
    errors=errors.CANCEL_CODES,
    access=access.CANCELS,
)
async def booking_cancel(ctx: CallCtx, input: BookingCancelInput) -> Mapping[str, Any]:
    return {
        "booking": await service.cancel(
            ctx, booking_id=input.id, reason=input.reason, expected_version=input.expected_version
        )
    }


def is_free(between: Any) -> Mapping[str, Any]:
    """The condition that no live booking or hold shares a night with the dates."""
    overlapping = {"checkIn": {"lt": between.end}, "checkOut": {"gt": between.start}}
    return {
        "bookings": {"none": {"status": {"ne": "CANCELLED"}, **overlapping}},
        "holds": {"none": {"isLive": {"eq": True}, **overlapping}},
    }


def takes(guests: Any) -> Mapping[str, Any]:
    """The condition that a stay takes that many guests."""
    return {"capacity": {"gte": guests}}


GRAPH: Final = Graph(
    entities=(Stay, Booking, held.StayHold),
    extends=(CustomerBookings, ProviderStays),
    queries=(
        connection(
            "stays",
            "Stay",
            "Stays, by default those longest known first.",
            arguments={
                "availableBetween": where_argument(DateRange, "Only those free on all these dates.", is_free),
                "guests": where_argument(int, "Only those that take so many guests.", takes),
            },
        ),
        connection("bookings", "Booking", "Bookings you may see."),
        lookup("stay", "Stay", "One stay by its id."),
        lookup("booking", "Booking", "One booking by its id."),
        *held.QUERIES,
    ),
    mutations=(booking_place, booking_cancel, *held.MUTATIONS),
    timelines=(
        Timeline(
            "Booking", customer="customer", at="created_at", kind="booking.placed", title="Booked a stay"
        ),
        Timeline(
            "Booking",
            customer="customer",
            at="cancelled_at",
            kind="booking.cancelled",
            title="A booking was cancelled",
        ),
    ),
)
