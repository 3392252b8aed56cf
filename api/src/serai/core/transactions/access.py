"""Who may see transactions: the two parties, and staff."""

from __future__ import annotations

from serai_sdk import Permission, own, permission, via

READ = permission("transactions:read")

SEE_TRANSACTION = READ | own("customer_id") | own("provider_id")

SEE_LINE = via("transaction")

PERMISSIONS = (
    Permission(
        name="transactions:read", title="See all transactions", roles=("analyst", "operator", "support")
    ),
    Permission(
        name="transactions:write",
        title="Place, confirm, fulfil and cancel transactions for anybody",
        implies=("transactions:read",),
        roles=("operator", "support"),
    ),
)
