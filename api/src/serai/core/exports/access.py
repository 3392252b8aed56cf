"""Who may have lists exported, and whose files one may fetch: staff and apps that may, each its own."""

from __future__ import annotations

from serai_sdk import Permission, own, permission

READ = permission("exports:read")
WRITE = permission("exports:write")

SEE_EXPORT = READ | (WRITE & (own("staff_id") | own("app_id", viewer="principal_id")))
"""Whoever asked for it, as long as they may ask for any; a file also wants the rights it was made with."""

PERMISSIONS = (
    Permission(
        name="exports:write",
        title="Export whole lists of what one may see, and fetch the files",
        roles=("analyst", "operator"),
    ),
    Permission(
        name="exports:read", title="See who exported what, and fetch everybody's files", roles=("operator",)
    ),
)
