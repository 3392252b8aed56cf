"""Nights held for a while in the graph: the hold, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from serai_sdk import CallCtx, arg, column, connection, entity, input, mutation, sql, to_one

from . import access, errors, holding, models
from .models import StayHoldStatus


@entity(
    models.StayHold,
    prefix="shd",
    access=access.SEES_HOLD,
    unindexed="a customer has few, and those of a stay are found by it; what is over is soon forgotten",
)
class StayHold:
    """That a customer has nights of a stay for a while, before they are booked. Made a booking, that has its number."""

    stay = to_one("Stay", "Whose nights are held.")
    customer = to_one("Customer", "For whom.")
    check_in: date = column("The first night, a local date of the place.")
    check_out: date = column("The day of departure: the night before it is the last.")
    guests: int = column("How many guests.")
    status: StayHoldStatus = sql(
        "case when status = 'HELD' and expires_at <= serai_now() then 'EXPIRED' else status end",
        "Where it is in its life; `EXPIRED` once its time is over.",
    )
    is_live: bool = sql(
        "status = 'HELD' and expires_at > serai_now()", "Whether it keeps the nights from others now."
    )
    expires_at: datetime = column(
        "Until when the nights are held, unless it is extended, booked or released."
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")


@input
class StayHoldInput:
    """Which nights of which stay to hold, for whom, and for how long."""

    stay: UUID = arg("The stay.", ref="Stay")
    customer: UUID | None = arg("For whom, if you book for others.", ref="Customer")
    check_in: date = arg("The first night, a local date of the place.")
    check_out: date = arg("The day of departure.")
    guests: int = arg("How many guests.", minimum=1)
    minutes: int = arg("For how long.", default=15, minimum=1, maximum=60)


@input
class StayBookInput:
    """Which hold to book."""

    hold: UUID = arg("The hold.", ref="StayHold")


@input
class StayHoldExtendInput:
    """Which hold is to last longer."""

    hold: UUID = arg("The hold.", ref="StayHold")
    minutes: int = arg("For how long from now, at least.", default=15, minimum=1, maximum=60)


@input
class StayHoldReleaseInput:
    """Which hold to let go."""

    hold: UUID = arg("The hold.", ref="StayHold")


@mutation(
    "Hold nights of a stay for a while: nobody else gets them, until they are booked, released, or the time is over.",
    input=StayHoldInput,
    payload={"hold": "StayHold"},
    errors=errors.HOLD_CODES,
    access=access.PLACES,
)
async def stay_hold(ctx: CallCtx, input: StayHoldInput) -> Mapping[str, Any]:
    return {
        "hold": await holding.hold(
            ctx,
            stay_id=input.stay,
            customer_id=input.customer,
            check_in=input.check_in,
            check_out=input.check_out,
            guests=input.guests,
            minutes=input.minutes,
        )
    }


@mutation(
    "Book what is held, at the prices of now; makes a transaction with it.",
    input=StayBookInput,
    payload={"booking": "Booking"},
    errors=errors.BOOK_CODES,
    access=access.PLACES,
)
async def stay_book(ctx: CallCtx, input: StayBookInput) -> Mapping[str, Any]:
    return {"booking": await holding.book(ctx, hold_id=input.hold)}


@mutation(
    f"Hold nights for longer, {holding.MOST_MINUTES} minutes in all at most.",
    input=StayHoldExtendInput,
    payload={"hold": "StayHold"},
    errors=errors.GO_ON_CODES,
    access=access.PLACES,
)
async def stay_hold_extend(ctx: CallCtx, input: StayHoldExtendInput) -> Mapping[str, Any]:
    return {"hold": await holding.extend(ctx, hold_id=input.hold, minutes=input.minutes)}


@mutation(
    "Let go of nights that are held: they are free at once. What has ended stays as it is.",
    input=StayHoldReleaseInput,
    payload={"hold": "StayHold"},
    errors=errors.RELEASE_CODES,
    access=access.PLACES,
)
async def stay_hold_release(ctx: CallCtx, input: StayHoldReleaseInput) -> Mapping[str, Any]:
    return {"hold": await holding.release(ctx, hold_id=input.hold)}


QUERIES: Final = (
    connection("stayHolds", "StayHold", "Nights that are held for a while, as far as you may see it."),
)
MUTATIONS: Final = (stay_hold, stay_book, stay_hold_extend, stay_hold_release)
