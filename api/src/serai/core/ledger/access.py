"""Who may see the ledger: owners their own accounts and what moves them, staff and apps that may, everything."""

from __future__ import annotations

from serai_sdk import Permission, own, permission, via

READ = permission("ledger:read")

SEE_ACCOUNT = READ | own("customer_id") | own("provider_id") | own("staff_id")

SEE_ENTRY = via("account")

SEE_TRANSFER = READ | via("entries")
"""Whoever sees one of its accounts; of the other ones not even that they take part."""

PERMISSIONS = (
    Permission(
        name="ledger:read",
        title="See all accounts of the ledger and what moves between them",
        roles=("analyst", "operator"),
    ),
)
