"""Who may see what there is and who holds it: staff and apps that may, and providers what is theirs."""

from __future__ import annotations

from serai_sdk import Permission, acting, own, permission, via

READ = permission("capacity:read")

SEE_RESOURCE = READ | own("provider_id")

SEE_PART = via("resource")
"""Claims and blackouts: whoever sees what they are of."""

SEE_HOLD = READ | via("claims")
"""Whoever sees something that it holds; of the rest not even that it is held."""

CHANGES = permission("capacity:write") | acting("provider")
"""Staff, and providers what is theirs: the mutation looks whether it is."""

PERMISSIONS = (
    Permission(
        name="capacity:read",
        title="See all that can be held, and who holds it",
        roles=("analyst", "operator", "support"),
    ),
    Permission(
        name="capacity:write",
        title="Take capacity off sale, and change how much there is",
        implies=("capacity:read",),
        roles=("operator",),
    ),
)
