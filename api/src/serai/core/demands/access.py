"""Who may see demands.

A customer sees its own in full. A provider's members see in full what was awarded to it, and of the scenarios their
provider, being approved, serves the demands still looking for one, without customer, contact and personal answers.
"""

from __future__ import annotations

from serai.core.providers.models import ProviderStatus
from serai_sdk import Permission, own, permission, until, via, when

from .states import SEEKING

READ = permission("demands:read")
AWARDED = own("awarded_provider_id", viewer="provider_id")
SERVED = via(
    "scenario", via("servings", own("provider_id") & via("provider", when("status", ProviderStatus.APPROVED)))
)

SEE_IN_FULL = READ | own("customer_id") | AWARDED

SEE_DEMAND = SEE_IN_FULL | when("status", *SEEKING) & until("window_end") & SERVED

PERMISSIONS = (
    Permission(name="demands:read", title="See all demands", roles=("analyst", "operator", "support")),
    Permission(
        name="demands:write",
        title="Open, award, extend and cancel demands for any customer",
        implies=("demands:read", "proposals:read"),
        roles=("operator", "support"),
    ),
)
