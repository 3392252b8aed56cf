"""What happens to staff."""

from __future__ import annotations

from serai_sdk import EventType

EVENTS = (
    EventType(
        name="staff.added",
        version=1,
        description="A person was added to the staff.",
        payload={"roleId": "the role it holds"},
    ),
)
