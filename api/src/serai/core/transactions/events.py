"""What happens to transactions."""

from __future__ import annotations

from serai_sdk import EventParty, EventType

BOTH = (EventParty.CUSTOMER, EventParty.PROVIDER)

PARTIES = {"customerId": "who buys", "providerId": "who sells"}

EVENTS = (
    EventType(
        name="transaction.placed",
        version=1,
        told_to=BOTH,
        description="A transaction was placed.",
        payload=PARTIES
        | {
            "scenarioId": "the scenario it belongs to",
            "demandId": "the demand it answers",
            "totalMinor": "the total in the currency's minor unit",
            "currency": "the currency's code",
            "channel": "where it was placed",
        },
    ),
    EventType(
        name="transaction.confirmed",
        version=1,
        told_to=BOTH,
        description="Its provider confirmed a transaction.",
        payload=PARTIES,
    ),
    EventType(
        name="transaction.fulfilled",
        version=1,
        told_to=BOTH,
        description="A transaction was fulfilled.",
        payload=PARTIES,
    ),
    EventType(
        name="transaction.cancelled",
        version=1,
        told_to=BOTH,
        description="A transaction was cancelled.",
        payload=PARTIES,
    ),
)
