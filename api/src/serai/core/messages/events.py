"""What happens to messages; never what they say."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(
        name="proposal.messaged",
        version=1,
        description="One side of a proposal wrote to the other.",
        payload={
            "proposalId": "the proposal",
            "demandId": "the demand it answers",
            "providerId": "whose proposal it is",
            "side": "which side wrote: CUSTOMER, PROVIDER or STAFF",
        },
    ),
)
