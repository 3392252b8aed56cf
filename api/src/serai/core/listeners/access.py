"""Who may see what listeners have to do, and have it done again: staff and apps that may."""

from __future__ import annotations

from serai_sdk import Permission, permission

READ = permission("listeners:read")
WRITE = "listeners:write"

SEE_CALL = READ

PERMISSIONS = (
    Permission(
        name="listeners:read", title="See what listeners have to do and could not do", roles=("operator",)
    ),
    Permission(
        name=WRITE,
        title="Have listeners told again what they could not do, or have it dropped",
        implies=("listeners:read",),
        roles=("operator",),
    ),
)
