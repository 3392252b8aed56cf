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
    EventType(
        name="customer.forgotten",
        version=1,
        description="Everything personal of a customer was deleted; its row stays, empty.",
    ),
    EventType(
        name="customer.merged",
        version=1,
        description="Customers turned out to be this one; what was theirs is its own now.",
        payload={"fromIds": "the customers that are gone"},
    ),
    EventType(
        name="customer.assigned",
        version=1,
        description="Somebody else of the staff looks after a customer, or nobody any more.",
        payload={"staffId": "who looks after it now"},
    ),
)
