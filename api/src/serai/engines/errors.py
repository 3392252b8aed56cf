"""What can go wrong in a change: two mistakes of the code that makes it, three answers its caller may see."""

from __future__ import annotations

from serai.errors import SeraiError
from serai_sdk import SafeError


class ChangeMisused(SeraiError):
    """The code of a change did what the seam does not allow: saved what it had not locked, emitted what is unknown."""


class LockOrderError(ChangeMisused):
    """Rows were locked against the fixed order, which could deadlock with another change."""


class IdempotencyKeyReused(SafeError):
    """The key was used before, for another mutation or another input."""

    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyInProgress(SafeError):
    """The first request under this key has not ended yet."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    retriable = True


class Busy(SafeError):
    """Too many others change the same at this moment."""

    code = "BUSY"
    retriable = True
