"""What a user can mend: the codes of each mutation, and the errors themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from serai_sdk import UserError

PLACE_CODES: Final[Mapping[str, str]] = {
    "CUSTOMER_MISSING": "Whoever books for others says for whom.",
    "INVALID_DATES": "The stay ends before its first night, or is longer than may be booked at once.",
    "NOT_FOUND": "There is no such stay or customer, or the viewer may not book it.",
    "PAST_DATE": "The first night is over, by the calendar of the place.",
    "TOO_MANY_GUESTS": "The stay does not take so many guests.",
    "UNAVAILABLE": "Some of the nights are taken, or the stay is not on sale.",
}

CANCEL_CODES: Final[Mapping[str, str]] = {
    "CONFLICT": "Somebody else changed the booking meanwhile; `currentVersion` is its version now.",
    "ILLEGAL_STATE": "The booking, or its transaction, can no longer be cancelled.",
    "NOT_FOUND": "There is no such booking, or the viewer may not cancel it.",
}


def customer_required() -> UserError:
    return UserError("CUSTOMER_MISSING", "Say for which customer the stay is booked.", field="customer")


def no_such_customer() -> UserError:
    return UserError("NOT_FOUND", "There is no such customer.", field="customer")


def no_such_stay() -> UserError:
    return UserError("NOT_FOUND", "There is no such stay.", field="stay")


def no_such_booking() -> UserError:
    return UserError("NOT_FOUND", "There is no such booking.", field="id")


def ends_before_it_begins() -> UserError:
    return UserError("INVALID_DATES", "A stay ends at least one day after it begins.", field="checkOut")


def too_long(*, most: int) -> UserError:
    return UserError("INVALID_DATES", f"At most {most} nights can be booked at once.", field="checkOut")


def past(*, today: date) -> UserError:
    return UserError(
        "PAST_DATE", f"It is {today.isoformat()} there: choose that day or a later one.", field="checkIn"
    )


def too_many_guests(*, capacity: int) -> UserError:
    return UserError("TOO_MANY_GUESTS", f"The stay takes {capacity} at most.", field="guests")


def not_on_sale() -> UserError:
    return UserError("UNAVAILABLE", "The stay is not on sale.", field="stay")


def taken() -> UserError:
    return UserError("UNAVAILABLE", "The stay is taken for some of these nights.", field="checkIn")


def cancelled_already() -> UserError:
    return UserError(
        "ILLEGAL_STATE", "The booking is CANCELLED already: no state follows that one.", field="id"
    )


def transaction_is_over(*, why: str) -> UserError:
    return UserError("ILLEGAL_STATE", why, field="id")
