"""Merging customers that turned out to be one: everything that referred to the others refers to the survivor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from tortoise.exceptions import IntegrityError

from serai.core.ledger.merging import unite
from serai.core.refusals import not_found
from serai.engines import Change
from serai_sdk import CallCtx, UserError, check_version
from serai_sdk.orm import violated_constraint

from .models import Customer
from .references import Reference, references

MOST = 20

FOR_UPDATE = "select 1 as locked from core_customer where id = any($1::uuid[]) order by id for update"

CLASHES = (
    # a tag that several have, the survivor first, stays once
    """
    delete from core_customer_tag t
    using (
      select id, row_number() over (partition by tag_id order by customer_id <> $1, id) as place
      from core_customer_tag
      where customer_id = any($2::uuid[])
    ) n
    where n.id = t.id
      and n.place > 1
    """,
    # of each kind of address one default stays, the survivor's first
    """
    update core_customer_address a
    set is_default = false
    from (
      select id, row_number() over (partition by kind order by customer_id <> $1, id) as place
      from core_customer_address
      where customer_id = any($2::uuid[])
        and is_default
    ) n
    where n.id = a.id
      and n.place > 1
    """,
    # which consent is the current one is told again when all are the survivor's
    """
    update core_customer_consent
    set is_current = false
    where customer_id = any($2::uuid[])
      and is_current
      and $1::uuid is not null
    """,
)
"""What two customers may each have and one may not: the survivor is ``$1``, all of them ``$2``."""

CURRENT = """
update core_customer_consent c
set is_current = true
from (
  select distinct on (purpose) id
  from core_customer_consent
  where customer_id = $1
  order by purpose, at desc, id desc
) n
where n.id = c.id
"""

EXTERNAL_IDS = """
update core_external_ref
set row_id = $1
where entity = 'cus'
  and row_id = any($2::uuid[])
"""

REMOVE = "delete from core_customer where id = any($1::uuid[])"


async def merge(ctx: CallCtx, into: UUID, from_ids: Sequence[UUID], *, expected_version: int | None) -> None:
    """Let ``into`` have all that the others had; the others are gone."""
    gone = list(dict.fromkeys(from_ids))
    if not gone or len(gone) > MOST:
        raise UserError("INVALID", f"1 to {MOST} customers can be merged into another.", field="from")
    if into in gone:
        raise UserError(
            "INVALID", "A customer is not merged into itself.", field=("from", str(gone.index(into)))
        )
    found = await references(ctx)
    for one in found:
        if not one.is_core:
            await ctx.change.execute(one.lock(), gone)
    survivor, others = await _locked(ctx, into, gone)
    check_version(survivor, expected_version)
    _check_one_signs_in(survivor, others)
    for one in found:
        if one.is_core:
            await ctx.change.execute(one.lock(), gone)
    for statement in CLASHES:
        await ctx.change.execute(statement, into, [into, *gone])
    for one in found:
        await _repoint(ctx, one, into, gone)
    await ctx.change.execute(CURRENT, into)
    await ctx.change.execute(EXTERNAL_IDS, into, gone)
    await unite(cast(Change, ctx.change), into)
    await ctx.change.execute(REMOVE, gone)
    _fill(survivor, others)
    await ctx.change.save(survivor)
    await ctx.change.emit("customer.merged", survivor, {"fromIds": [str(id) for id in gone]})


async def _locked(ctx: CallCtx, into: UUID, gone: Sequence[UUID]) -> tuple[Customer, list[Customer]]:
    """All of them, locked by id; who merges the same the other way round comes second and finds one of them gone."""
    rows: dict[UUID, Customer] = await ctx.change.lock({Customer: [into, *gone]})
    for id, field in ((into, ("into",)), *((id, ("from", str(index))) for index, id in enumerate(gone))):
        if id not in rows or rows[id].forgotten_at is not None:
            raise not_found("customer", field=field)
    # who is writing a row that refers to one of them is waited for
    await ctx.change.execute(FOR_UPDATE, [into, *gone])
    return rows[into], [rows[id] for id in gone]


def _check_one_signs_in(survivor: Customer, others: Sequence[Customer]) -> None:
    logins = {one.principal_id for one in (survivor, *others) if one.principal_id is not None}
    if len(logins) > 1:
        raise UserError(
            "SEVERAL_SIGN_IN",
            f"{len(logins)} of them sign in, each as itself; whose login is to stay has to be decided first.",
            field="from",
        )


async def _repoint(ctx: CallCtx, one: Reference, into: UUID, gone: Sequence[UUID]) -> None:
    try:
        await ctx.change.execute(one.repoint(), list(gone), into, ctx.now)
    except IntegrityError as error:
        raise UserError(
            "CLASH",
            f"{one.table} does not let one customer have what these have together "
            f"({violated_constraint(error)}): mend that first.",
            field="from",
        ) from error


def _fill(survivor: Customer, others: Sequence[Customer]) -> None:
    """What the survivor lacks it takes from the others, in the order they were named."""
    family = {survivor.id, *(one.id for one in others)}
    inviters = [one.inviter_id for one in (survivor, *others)]
    survivor.inviter_id = next((id for id in inviters if id is not None and id not in family), None)
    for other in others:
        survivor.attributes = {**other.attributes, **survivor.attributes}
        if survivor.phone is None:
            survivor.phone, survivor.phone_e164 = other.phone, other.phone_e164
        survivor.email = survivor.email or other.email
        survivor.source_channel = survivor.source_channel or other.source_channel
        survivor.principal_id = survivor.principal_id or other.principal_id
        survivor.account_manager_id = survivor.account_manager_id or other.account_manager_id
