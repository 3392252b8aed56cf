"""What happens when something was imported: one event a run, none a row."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(
        name="import.completed",
        version=1,
        description="An import changed something; what is new is read by `updatedAt`.",
        payload={
            "noun": "what was imported, such as customers",
            "source": "the system it came from",
            "new": "how many rows are new",
            "changed": "how many rows were changed",
        },
    ),
)
