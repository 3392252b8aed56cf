"""What happens to consents."""

from __future__ import annotations

from serai_sdk import EventType

PAYLOAD = {
    "customerId": "whose it is",
    "purpose": "what for",
    "textVersion": "which version of the text was agreed to",
}

EVENTS = (
    EventType(
        name="consent.given", version=1, description="A customer agreed to something.", payload=PAYLOAD
    ),
    EventType(name="consent.withdrawn", version=1, description="A customer took it back.", payload=PAYLOAD),
)
