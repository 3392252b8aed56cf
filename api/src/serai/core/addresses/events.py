"""What happens to addresses."""

from __future__ import annotations

from serai_sdk import EventType

PAYLOAD = {"customerId": "whose it is", "kind": "what it is for"}

EVENTS = (
    EventType(name="address.added", version=1, description="A customer has a new address.", payload=PAYLOAD),
    EventType(
        name="address.updated", version=1, description="An address of a customer changed.", payload=PAYLOAD
    ),
    EventType(
        name="address.removed", version=1, description="An address of a customer is gone.", payload=PAYLOAD
    ),
)
