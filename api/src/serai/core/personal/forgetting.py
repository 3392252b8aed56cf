"""Forgetting a customer: everything personal goes, in every table there is a mark of; the row stays for the sums."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.customers.models import Customer
from serai.core.demands.models import DemandStatus
from serai.core.principals.models import Principal
from serai.core.providers.models import ProviderMember
from serai.core.refusals import not_found
from serai.core.staff.models import Staff
from serai.core.transactions.models import Transaction
from serai.core.transactions.states import LIVE
from serai.core.webhooks.keeping import forget_customer
from serai_sdk import CallCtx, UserError, check_version
from serai_sdk.orm import violated_constraint

from .marks import READ, mark_of
from .tables import Table, present

FOR_UPDATE = "select 1 as locked from core_customer where id = $1 for update"

OPEN_DEMANDS = """
select count(*) as open
from core_demand
where customer_id = $1
  and (status = 'AWARDED' or status = any($2::text[]) and (window_end is null or window_end > serai_now()))
"""

EXTERNAL_IDS = """
update core_external_ref
set external_id = serai_forgotten(source, external_id)
where entity = 'cus'
  and row_id = $1
  and external_id not like 'forgotten:%'
"""

KEYS = """
delete from core_idempotency
where viewer = any($1::text[])
  and outcome is not null
"""


async def forget(ctx: CallCtx, customer_id: UUID, *, expected_version: int | None) -> None:
    """Delete everything personal of a customer that nothing is open with; the customer itself, or staff that may."""
    if ctx.viewer.customer_id != customer_id and "customers:forget" not in ctx.viewer.permissions:
        raise not_found("customer", field="id")
    marks = [mark_of(row) for row in await ctx.fetch(READ)]
    tables = await present(ctx.fetch, marks)
    for table in tables:
        if not table.mark.is_core:
            await ctx.change.execute(table.lock(), customer_id)
    customer = await ctx.change.get(Customer, customer_id)
    if customer is None or customer.forgotten_at is not None:
        raise not_found("customer", field="id")
    check_version(customer, expected_version)
    # nobody writes a row that refers to it from here on, and who just did is waited for
    await ctx.change.execute(FOR_UPDATE, customer_id)
    for table in tables:
        if table.mark.is_core:
            await ctx.change.execute(table.lock(), customer_id)
    # only now: who was opening one of its demands anew has been waited for
    await _check_nothing_is_open(ctx, customer)
    principal_id, customer.principal_id = customer.principal_id, None
    customer.account_manager_id = None
    customer.forgotten_at = ctx.now
    if principal_id is not None:
        await _forget_login(ctx, principal_id)
    await ctx.change.save(customer)
    await _empty(ctx, customer_id, tables)
    await ctx.change.execute(EXTERNAL_IDS, customer_id)
    await forget_customer(ctx, customer_id)
    login = principal_id.hex if principal_id else ""
    await ctx.change.execute(KEYS, [f"customer:{login}:{customer_id.hex}::"])
    await ctx.change.emit("customer.forgotten", customer)


async def _check_nothing_is_open(ctx: CallCtx, customer: Customer) -> None:
    live = await Transaction.filter(customer_id=customer.id, status__in=LIVE).count()
    if live:
        raise UserError(
            "TRANSACTIONS_LIVE",
            f"{live} transactions are placed or confirmed: fulfil or cancel them first.",
            field="id",
        )
    seeking = [DemandStatus.OPEN.value, DemandStatus.PROPOSED.value]
    [demands] = await ctx.change.execute(OPEN_DEMANDS, customer.id, seeking)
    if demands["open"]:
        raise UserError(
            "DEMANDS_OPEN", f"{demands['open']} demands are not over: cancel them first.", field="id"
        )


async def _forget_login(ctx: CallCtx, principal_id: UUID) -> None:
    """The login goes too, unless the person also signs in as a provider's member or as staff: then it is theirs."""
    is_needed = (
        await ProviderMember.filter(principal_id=principal_id).exists()
        or await Staff.filter(principal_id=principal_id).exists()
    )
    principal = None if is_needed else await ctx.change.get(Principal, principal_id)
    if principal is not None:
        principal.login = f"forgotten-{principal_id.hex}"
        principal.display_name = ""
        principal.granted = []
        principal.is_active = False
        await ctx.change.save(principal)


async def _empty(ctx: CallCtx, customer_id: UUID, tables: Sequence[Table]) -> None:
    """What is farthest from the customer first: the rows by way of which it is found are there until then."""
    for table in sorted(tables, key=lambda one: -len(one.mark.path)):
        try:
            if table.mark.is_deleted:
                await ctx.change.execute(table.delete(), customer_id)
            elif (statement := table.wipe()) is not None:
                await ctx.change.execute(statement, customer_id, ctx.now)
        except IntegrityError as error:
            raise UserError(
                "NOT_EMPTIED",
                f"{table.mark.table} does not let its personal data go ({violated_constraint(error)}): "
                "whoever made the table has to allow it.",
                field="id",
            ) from error
