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

HOLD_CODES: Final[Mapping[str, str]] = {
    **PLACE_CODES,
    "TOO_MANY_HOLDS": "The customer has as many holds as one may have at once.",
}

GO_ON_CODES: Final[Mapping[str, str]] = {
    "HELD_FOR_LONG": "The hold would last longer than nights are held without being booked.",
    "HOLD_OVER": "The hold has expired, was released, or is a booking already.",
    "NOT_FOUND": "There is no such hold, or the viewer may do nothing with it.",
}

BOOK_CODES: Final[Mapping[str, str]] = {
    "HOLD_OVER": GO_ON_CODES["HOLD_OVER"],
    "NOT_FOUND": GO_ON_CODES["NOT_FOUND"],
    "UNAVAILABLE": "The stay is no longer on sale.",
}

RELEASE_CODES: Final[Mapping[str, str]] = {
    "HOLD_OVER": "The hold is a booking by now: cancel that.",
    "NOT_FOUND": GO_ON_CODES["NOT_FOUND"],
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


def no_such_hold() -> UserError:
    return UserError("NOT_FOUND", "There is no such hold.", field="hold")


def hold_is_over(*, why: str) -> UserError:
    return UserError("HOLD_OVER", why, field="hold")


def held_for_long(*, most_minutes: int) -> UserError:
    return UserError(
        "HELD_FOR_LONG",
        f"Nights are held for {most_minutes} minutes at most: book them, or ask for less.",
        field="minutes",
    )


def too_many_holds(*, most: int) -> UserError:
    return UserError(
        "TOO_MANY_HOLDS", f"The customer has {most} holds: book or release one of them first.", field="stay"
    )


def no_longer_on_sale() -> UserError:
    return UserError("UNAVAILABLE", "The stay is no longer on sale.", field="hold")
