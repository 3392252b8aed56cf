"""Who may see imports and saved mappings: staff and apps that may."""

from __future__ import annotations

from serai_sdk import Permission, permission

SEE_IMPORT = permission("imports:read")

PERMISSIONS = (
    Permission(name="imports:read", title="See imports and saved mappings", roles=("operator",)),
    Permission(name="imports:write", title="Import", implies=("imports:read",), roles=("operator",)),
)
