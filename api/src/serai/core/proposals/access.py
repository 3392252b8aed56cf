"""Who may see proposals: the customer those to its demands, a provider its own, staff that may all."""

from __future__ import annotations

from serai_sdk import Permission, own, permission, via

READ = permission("proposals:read")

SEE_PROPOSAL = READ | own("provider_id") | via("demand", own("customer_id"))

PERMISSIONS = (
    Permission(name="proposals:read", title="See all proposals", roles=("analyst", "operator", "support")),
    Permission(
        name="proposals:write",
        title="Propose, and write to customers, in the name of any provider",
        implies=("proposals:read",),
        roles=("operator", "support"),
    ),
)
