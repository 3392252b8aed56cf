"""What happens to scenarios."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(
        name="scenario.created",
        version=1,
        description="A scenario was drafted.",
        payload={"slug": "its slug"},
    ),
    EventType(
        name="scenario.updated",
        version=1,
        description="A scenario was changed.",
        payload={"from": "the state before", "to": "the state after"},
    ),
)
