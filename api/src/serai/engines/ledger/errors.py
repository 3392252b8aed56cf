"""What stands in the way of a transfer, as callers may mend it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from serai_sdk import UserError


def insufficient() -> UserError:
    """Amounts are not told: whoever pays knows them, and nobody else should."""
    return UserError("INSUFFICIENT_FUNDS", "There is not as much on the account as this takes.")


def id_reused(id: UUID) -> UserError:
    return UserError("TRANSFER_ID_REUSED", f"The id {id} is that of another transfer: make a new one.")


def not_found(id: UUID) -> UserError:
    return UserError("TRANSFER_NOT_FOUND", f"There is no transfer {id}.")


def not_pending(id: UUID) -> UserError:
    return UserError(
        "TRANSFER_NOT_PENDING", f"The transfer {id} is not pending: there is nothing to settle or let go."
    )


def resolved(id: UUID, phase: str) -> UserError:
    said = {"POST": "was posted", "VOID": "was voided", "EXPIRY": "has expired"}[phase]
    return UserError("TRANSFER_RESOLVED", f"The transfer {id} {said} already.")


def expired(id: UUID, at: datetime) -> UserError:
    return UserError("TRANSFER_EXPIRED", f"The transfer {id} has expired at {at.isoformat()}.")


def not_settled(id: UUID) -> UserError:
    return UserError("TRANSFER_NOT_SETTLED", f"The transfer {id} is pending: void it instead.")


def reversed_already(id: UUID) -> UserError:
    return UserError("TRANSFER_REVERSED", f"The transfer {id} was reversed already.")
