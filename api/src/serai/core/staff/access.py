"""Who may see staff and roles: staff that may; no app, whatever it was granted."""

from __future__ import annotations

from serai_sdk import Permission, acting, permission

SEE_STAFF = acting("staff") & permission("staff:read")

PERMISSIONS = (Permission(name="staff:read", title="See staff and roles", roles=("operator",)),)
