"""What the plug-in tells others: ids, dates and money, nothing about the person."""

from __future__ import annotations

from typing import Final

from serai_sdk import EventParty, EventType

PLACED: Final = EventType(
    name="booking.placed",
    version=1,
    told_to=(EventParty.CUSTOMER,),
    description="Nights of a stay were booked.",
    payload={
        "stayId": "the stay, a uuid",
        "transactionId": "the transaction made with it, a uuid",
        "checkIn": "the first night, a local date (ISO 8601)",
        "checkOut": "the day of departure, a local date (ISO 8601)",
        "guests": "how many guests",
        "totalMinor": "the price, in the currency's minor unit",
        "currency": "its ISO 4217 code",
    },
)
CANCELLED: Final = EventType(
    name="booking.cancelled",
    version=1,
    told_to=(EventParty.CUSTOMER,),
    description="A booking was cancelled; its nights are free again.",
    payload={
        "stayId": "the stay, a uuid",
        "transactionId": "the transaction cancelled with it, a uuid",
        "checkIn": "the first night, a local date (ISO 8601)",
        "checkOut": "the day of departure, a local date (ISO 8601)",
    },
)

EVENTS: Final = (PLACED, CANCELLED)
