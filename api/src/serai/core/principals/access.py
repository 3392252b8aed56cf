"""Who may see principals."""

from __future__ import annotations

from serai_sdk import Permission, own, permission

READ = permission("principals:read")

SEE_PRINCIPAL = READ | own("id", viewer="principal_id")

PERMISSIONS = (Permission(name="principals:read", title="See who can sign in", roles=("operator",)),)
