"""Who may see providers: everybody the public face of approved ones, members their own in full."""

from __future__ import annotations

from serai_sdk import Permission, own, permission, via, when

from .models import ProviderStatus

READ = permission("providers:read")
OWN = own("id", viewer="provider_id")
PUBLIC = when("status", ProviderStatus.APPROVED)

BELONGING = via("members", own("principal_id"))
"""Whoever is a member by its principal, as whatever it acts now: so that an applicant sees what became of it."""

SEE_PROVIDER = PUBLIC | READ | OWN | BELONGING

SEE_INTERNALS = READ | OWN
"""Contact, payout account and review note."""

SEE_MEMBER = READ | own("provider_id") | own("principal_id")

SEE_SERVING = via("scenario") & via("provider")

PERMISSIONS = (
    Permission(
        name="providers:read",
        title="See all providers in full",
        roles=("analyst", "operator", "reviewer", "support"),
    ),
    Permission(
        name="providers:review",
        title="Approve, reject and suspend providers",
        implies=("providers:read",),
        roles=("operator", "reviewer"),
    ),
    Permission(
        name="providers:write",
        title="Apply in the name of a provider",
        implies=("providers:read",),
        roles=("operator", "reviewer"),
    ),
)
