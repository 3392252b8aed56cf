"""Who of the staff looks after a customer."""

from __future__ import annotations

from uuid import UUID

from serai.core.refusals import not_found
from serai.core.staff.models import Staff
from serai_sdk import CallCtx, UserError, check_version

from .owning import locked_customer


async def assign(
    ctx: CallCtx, customer_id: UUID, staff_id: UUID | None, *, expected_version: int | None
) -> None:
    """Let somebody of the staff look after a customer, or nobody; the same one again changes nothing."""
    customer = await locked_customer(ctx, customer_id, field="id")
    check_version(customer, expected_version)
    if staff_id is not None:
        await _check_works_here(ctx, staff_id)
    if customer.account_manager_id == staff_id:
        return
    customer.account_manager_id = staff_id
    await ctx.change.save(customer)
    await ctx.change.emit("customer.assigned", customer, {"staffId": staff_id})


async def _check_works_here(ctx: CallCtx, staff_id: UUID) -> None:
    staff = await Staff.get_or_none(id=staff_id)
    if staff is None or (staff_id != ctx.viewer.staff_id and not await ctx.can_see("Staff", staff_id)):
        raise not_found("member of the staff", field="staff")
    if not staff.is_active:
        raise UserError("STAFF_INACTIVE", "This person does not work here any more.", field="staff")
