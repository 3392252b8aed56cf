"""Who may see notes: staff that may. No customer, no provider, no app, whatever it was granted."""

from __future__ import annotations

from serai_sdk import Permission, acting, permission

SEE_NOTE = acting("staff") & permission("notes:read")

PERMISSIONS = (
    Permission(
        name="notes:read",
        title="Read what staff noted down about customers",
        implies=("customers:read",),
        roles=("operator", "support"),
    ),
    Permission(
        name="notes:write",
        title="Note down something about customers, change and remove one's own notes",
        implies=("notes:read",),
        roles=("operator", "support"),
    ),
    Permission(
        name="notes:remove",
        title="Remove anybody's notes",
        implies=("notes:read",),
        roles=("operator",),
    ),
)
