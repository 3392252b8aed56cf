"""What happens to demands."""

from __future__ import annotations

from serai_sdk import EventParty, EventType

PARTIES = (EventParty.CUSTOMER,)

EVENTS = (
    EventType(
        name="demand.opened",
        version=1,
        told_to=PARTIES,
        description="A demand was opened.",
        payload={"scenarioId": "its scenario"},
    ),
    EventType(
        name="demand.cancelled",
        version=1,
        told_to=PARTIES,
        description="A demand was cancelled by its customer or by staff.",
    ),
    EventType(
        name="demand.awarded",
        version=1,
        told_to=PARTIES,
        description="A demand was awarded to a provider.",
        payload={"providerId": "to whom"},
    ),
    EventType(
        name="demand.fulfilled", version=1, told_to=PARTIES, description="What was needed has been delivered."
    ),
    EventType(
        name="demand.reopened",
        version=1,
        told_to=PARTIES,
        description="A demand is open again: its transaction was cancelled, or it was given a new window.",
    ),
    EventType(
        name="demand.extended",
        version=1,
        told_to=PARTIES,
        description="A demand looks for a provider for longer.",
        payload={"windowEnd": "the new end of its window"},
    ),
    EventType(
        name="demand.lapsed",
        version=1,
        told_to=PARTIES,
        description="It was noted that a demand's window had ended without an award.",
    ),
    EventType(
        name="demand.proposed", version=1, told_to=PARTIES, description="A demand got its first proposal."
    ),
)
