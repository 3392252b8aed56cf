"""What happens to customers."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(
        name="customer.registered",
        version=1,
        description="A customer was registered.",
        payload={
            "kind": "PERSON or COMPANY",
            "sourceChannel": "the channel it came from",
            "inviterId": "who invited it",
        },
    ),
    EventType(name="customer.updated", version=1, description="A customer's profile was changed."),
)
