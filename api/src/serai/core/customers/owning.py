"""Whose something is that belongs to a customer: the customer's own, or anybody's for staff."""

from __future__ import annotations

from uuid import UUID

from serai.core.refusals import not_found
from serai_sdk import CallCtx, Change, UserError

from .models import Customer

THERE = """
select 1 as there
from core_customer
where id = $1
  and forgotten_at is null
for key share
"""


async def is_there(change: Change, customer_id: UUID) -> bool:
    """Whether there is such a customer, not forgotten, and will be until this change ends: for rows that refer to it.

    It takes the lock that inserting such a row takes anyway, so it may be asked at any place in the order of locks.
    """
    return bool(await change.execute(THERE, customer_id))


def own_or_given(ctx: CallCtx, customer_id: UUID | None) -> UUID:
    """The customer that was named, or the one the viewer acts as; ``UserError`` if there is neither."""
    found = customer_id or ctx.viewer.customer_id
    if found is None:
        raise UserError("CUSTOMER_MISSING", "Say whose it is.", field="customer")
    return found


async def locked_customer(
    ctx: CallCtx,
    customer_id: UUID,
    *,
    may: str = "customers:write",
    noun: str = "customer",
    field: str = "customer",
) -> Customer:
    """The customer, locked, if it is the viewer or the viewer holds the permission; else there is none."""
    if ctx.viewer.customer_id != customer_id and may not in ctx.viewer.permissions:
        raise not_found(noun, field=field)
    customer = await ctx.change.get(Customer, customer_id)
    if customer is None or customer.forgotten_at is not None:
        raise not_found(noun, field=field)
    return customer
