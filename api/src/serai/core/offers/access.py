"""Who may see offers: everybody what approved providers have published, providers all of their own."""

from __future__ import annotations

from serai.core.providers.models import ProviderStatus
from serai_sdk import Permission, own, permission, via, when

from .models import OfferStatus

READ = permission("offers:read")
PUBLIC = when("status", OfferStatus.PUBLISHED) & via("provider", when("status", ProviderStatus.APPROVED))

OWN = own("provider_id")

SEE_OFFER = PUBLIC | READ | OWN

SEE_INTERNALS = READ | OWN
"""What other systems call it."""

PERMISSIONS = (
    Permission(
        name="offers:read", title="See all offers", roles=("analyst", "operator", "reviewer", "support")
    ),
)
