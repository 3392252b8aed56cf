"""What stands in the way of a hold, as callers may mend it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from serai_sdk.capacity import CapacityError


def no_resource(id: UUID) -> CapacityError:
    return CapacityError(
        "RESOURCE_NOT_FOUND", f"There is no resource {id}.", hint="open it before it is held"
    )


def invalid(why: str) -> CapacityError:
    return CapacityError("CAPACITY_RANGE_INVALID", f"{why}.", hint="ask for another range")


def closed(reason: str | None) -> CapacityError:
    said = f": {reason}" if reason else ""
    return CapacityError(
        "CAPACITY_CLOSED", f"It is not to be had in this time{said}.", hint="ask for another time"
    )


def in_use(used: int) -> CapacityError:
    return CapacityError(
        "CAPACITY_IN_USE",
        f"{used} are held already.",
        hint="release some first, or leave as many as are held",
    )


def id_reused(id: UUID) -> CapacityError:
    return CapacityError(
        "HOLD_ID_REUSED", f"The id {id} is that of another hold.", hint="make a new one for each hold"
    )


def no_hold(id: UUID) -> CapacityError:
    return CapacityError("HOLD_NOT_FOUND", f"There is no hold {id}.", hint="hold first")


def expired(at: datetime) -> CapacityError:
    return CapacityError("HOLD_EXPIRED", f"The hold has expired at {at.isoformat()}.", hint="hold again")


def released() -> CapacityError:
    return CapacityError("HOLD_RELEASED", "The hold was released.", hint="hold again")
