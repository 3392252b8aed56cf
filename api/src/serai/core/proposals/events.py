"""What happens to proposals."""

from __future__ import annotations

from serai_sdk import EventParty, EventType

BOTH = (EventParty.CUSTOMER, EventParty.PROVIDER)
"""The customer of the demand, and whose proposal it is."""

PARTIES = {"demandId": "the demand it answers", "providerId": "whose it is"}
PRICE = {"priceMinor": "the price in the currency's minor unit", "currency": "the currency's code"}

EVENTS = (
    EventType(
        name="proposal.submitted",
        version=1,
        told_to=BOTH,
        description="A provider answered a demand.",
        payload=PARTIES | PRICE,
    ),
    EventType(
        name="proposal.updated",
        version=1,
        told_to=BOTH,
        description="A proposal was changed.",
        payload=PARTIES | PRICE,
    ),
    EventType(
        name="proposal.withdrawn",
        version=1,
        told_to=BOTH,
        description="A proposal was withdrawn.",
        payload=PARTIES,
    ),
    EventType(
        name="proposal.awarded",
        version=1,
        told_to=BOTH,
        description="A proposal won: its transaction was placed.",
        payload=PARTIES | {"transactionId": "what came of it"},
    ),
    EventType(
        name="proposal.closed",
        version=1,
        told_to=BOTH,
        description="A proposal came to nothing, for the reason told.",
        payload=PARTIES | {"reason": "why, as in the graph"},
    ),
    EventType(
        name="proposal.expired",
        version=1,
        told_to=BOTH,
        description="It was noted that a proposal's time had passed.",
        payload=PARTIES,
    ),
)
