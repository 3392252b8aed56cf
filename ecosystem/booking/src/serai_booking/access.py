"""Who may see and do what with stays and bookings.

A stay is an offer and obeys the rule of offers. What a booking tells about its customer is guarded as the customer is.
"""

from __future__ import annotations

from typing import Final

from serai_sdk import Permission, acting, own, permission, via

PERMISSIONS: Final = (
    Permission(name="booking:read", title="See all bookings", roles=("operator", "support")),
    Permission(
        name="booking:write",
        title="Place and cancel bookings for customers",
        implies=("booking:read",),
        roles=("operator", "support"),
    ),
)

SEES_BOOKING: Final = (
    permission("transactions:read")
    | permission("booking:read")
    | own("customer_id")
    | via("transaction", own("provider_id"))
)
"""Staff, the customer, and the provider that is a party to the booking's transaction."""

SEES_HOLD: Final = permission("booking:read") | own("customer_id")
"""Staff and the customer: to the provider it is a hold of its capacity, by nobody."""

PLACES: Final = acting("customer") | permission("booking:write")
"""A customer for themselves, others for a customer they may see."""

CANCELS: Final = acting("customer", "provider") | permission("booking:write")
"""The two parties; the service checks that the booking is theirs."""
