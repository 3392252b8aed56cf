"""What several nouns stand on; knows no noun itself."""

from .change import Body, Change, changing
from .errors import Busy, ChangeMisused, IdempotencyInProgress, IdempotencyKeyReused, LockOrderError
from .outcome import Outcome

__all__ = [
    "Body",
    "Busy",
    "Change",
    "ChangeMisused",
    "IdempotencyInProgress",
    "IdempotencyKeyReused",
    "LockOrderError",
    "Outcome",
    "changing",
]
