"""What happens to notes."""

from __future__ import annotations

from serai_sdk import EventType

PAYLOAD = {"customerId": "about whom it is"}

EVENTS = (
    EventType(name="note.added", version=1, description="Staff noted something down.", payload=PAYLOAD),
    EventType(
        name="note.edited", version=1, description="A note was changed by its author.", payload=PAYLOAD
    ),
    EventType(name="note.removed", version=1, description="A note is gone.", payload=PAYLOAD),
)
