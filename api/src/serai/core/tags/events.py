"""What happens to tags."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(name="tag.created", version=1, description="A tag was made."),
    EventType(name="tag.updated", version=1, description="A tag was renamed or described anew."),
    EventType(name="tag.removed", version=1, description="A tag is gone, from all customers that had it."),
    EventType(
        name="customer.tagged",
        version=1,
        description="Tags were put on a customer, or taken off.",
        payload={"addedIds": "the tags put on", "removedIds": "the tags taken off"},
    ),
)
