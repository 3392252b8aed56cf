"""Deleting everything personal of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from serai.core.refusals import CONFLICT, NOT_FOUND
from serai_sdk import CallCtx, acting, arg, input, mutation, permission

from .forgetting import forget


@input
class CustomerForgetInput:
    """A customer of whom nothing personal shall be left."""

    id: UUID = arg("The customer.", ref="Customer")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Delete everything personal of a customer for good: one's own, or for staff that may anybody's. Its row stays, "
    "empty, for the sums that refer to it; who signs in only as this customer cannot sign in any more.",
    input=CustomerForgetInput,
    payload={"customer": "Customer"},
    errors={
        "NOT_FOUND": NOT_FOUND,
        "CONFLICT": CONFLICT,
        "TRANSACTIONS_LIVE": "Transactions are placed or confirmed: fulfil or cancel them first.",
        "DEMANDS_OPEN": "Demands are open or awarded: cancel them, or have them fulfilled, first.",
        "NOT_EMPTIED": "A plug-in's table does not let its personal data go; the message names it.",
    },
    access=permission("customers:forget") | acting("customer"),
)
async def customer_forget(ctx: CallCtx, input: CustomerForgetInput) -> Mapping[str, Any]:
    await forget(ctx, input.id, expected_version=input.expected_version)
    return {"customer": input.id}


MUTATIONS = (customer_forget,)
