"""Who may read the feed: staff and apps that may, all of it; customers and providers what is told to them."""

from __future__ import annotations

from serai_sdk import Permission, own, permission

READ = permission("events:read")

SEE_EVENT = READ | own("customer_id") | own("provider_id")
"""Whose it is, is written with it if its type is told to its parties."""

PERMISSIONS = (
    Permission(
        name="events:read",
        title="Read the feed: all that happens, without personal data",
        roles=("analyst", "operator"),
    ),
)
