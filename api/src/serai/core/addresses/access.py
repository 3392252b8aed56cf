"""Who may see addresses: the customer whose they are, and who may see all of customers; no provider."""

from __future__ import annotations

from serai_sdk import own, permission

SEE_ADDRESS = permission("customers:read") | own("customer_id")
