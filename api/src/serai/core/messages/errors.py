"""What can be wrong with a message, in words that say what to do."""

from __future__ import annotations

from serai_sdk import UserError

POST_CODES = {
    "INVALID": "The message is empty.",
    "TOO_MANY": "There are too many messages about this proposal, or too many of one side within a short time.",
}


def too_fast(*, most: int, minutes: int) -> UserError:
    return UserError(
        "TOO_MANY",
        f"One side writes at most {most} messages within {minutes} minutes: wait a little.",
        field="proposal",
    )


def too_many(*, most: int) -> UserError:
    return UserError(
        "TOO_MANY", f"A proposal has at most {most} messages: go on by other means.", field="proposal"
    )


def closed(*, proposal: str) -> UserError:
    """What became of the demand is not told: its providers do not all see that."""
    return UserError(
        "ILLEGAL_STATE",
        f"The proposal is {proposal}: messages are exchanged while the demand looks for a provider, and afterwards "
        "with the one it was awarded to.",
        field="proposal",
    )
