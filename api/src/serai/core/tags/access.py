"""Who may see tags: who may see all customers. Neither customers nor providers learn of them."""

from __future__ import annotations

from serai_sdk import Permission, permission

SEE_TAG = permission("customers:read")

PERMISSIONS = (
    Permission(
        name="tags:write",
        title="Make, rename and remove tags",
        implies=("customers:read",),
        roles=("operator",),
    ),
)
