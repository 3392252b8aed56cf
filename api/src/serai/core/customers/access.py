"""Who may see customers: themselves in full; a provider's members the name and contact of those it is dealing with."""

from __future__ import annotations

from serai.core.transactions.states import LIVE
from serai_sdk import Permission, own, permission, via, when

READ = permission("customers:read")
SELF = own("id", viewer="customer_id")

DEALING = via("transactions", own("provider_id") & when("status", *LIVE))
"""Providers with a live transaction of the customer: placed or confirmed, neither fulfilled nor cancelled."""

SEE_CUSTOMER = READ | SELF | DEALING

SEE_PROFILE = READ | SELF
"""Everything beyond name and contact."""

PERMISSIONS = (
    Permission(name="customers:read", title="See all customers", roles=("operator", "support")),
    Permission(
        name="customers:write",
        title="Register and change customers",
        implies=("customers:read",),
        roles=("operator", "support"),
    ),
    Permission(
        name="customers:merge",
        title="Find customers that are the same person and merge them",
        implies=("customers:read",),
        roles=("operator", "support"),
    ),
    Permission(
        name="customers:export",
        title="Export everything held on a customer",
        implies=("customers:read",),
        roles=("operator",),
    ),
    Permission(
        name="customers:forget",
        title="Delete everything personal of a customer for good",
        implies=("customers:read",),
        roles=("operator",),
    ),
)
