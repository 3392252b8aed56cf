"""Who may see staff and roles."""

from __future__ import annotations

from serai_sdk import Permission, permission

SEE_STAFF = permission("staff:read")

PERMISSIONS = (Permission(name="staff:read", title="See staff and roles", roles=("operator",)),)
