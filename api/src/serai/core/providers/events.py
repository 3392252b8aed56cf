"""What happens to providers."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(name="provider.applied", version=1, description="Somebody applied to become a provider."),
    EventType(
        name="provider.reviewed",
        version=1,
        description="A provider went from one state to another by a decision of staff.",
        payload={"from": "the state before", "to": "the state after"},
    ),
)
