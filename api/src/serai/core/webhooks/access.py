"""Who may see webhooks and change them: who registered one, and staff and apps that may."""

from __future__ import annotations

from serai_sdk import Permission, acting, own, permission, via

READ = permission("webhooks:read")
WRITE = "webhooks:write"
REGISTER = "webhooks:register"

OWN = own("provider_id") | own("staff_id") | own("principal_id")

SEE_WEBHOOK = READ | OWN

SEE_DELIVERY = via("webhook")

SEE_BODY = via("webhook", OWN)
"""It was written with the rights of who registered the webhook."""

REGISTERS = permission(REGISTER) | acting("provider")
"""Providers, staff and apps their own: the mutation looks whose it is."""

KEEPS = REGISTERS | permission(WRITE)
"""What changes nothing of what is told, nor to whom."""

PERMISSIONS = (
    Permission(
        name="webhooks:read", title="See all webhooks and what became of deliveries", roles=("operator",)
    ),
    Permission(
        name=WRITE,
        title="Pause, resume and remove all webhooks, and have deliveries tried again",
        implies=("webhooks:read",),
        roles=("operator",),
    ),
    Permission(
        name=REGISTER, title="Register webhooks that are told what oneself may see", roles=("operator",)
    ),
)
