"""What several customers held becomes what one holds: their accounts are one owner's, and are emptied into its own."""

from __future__ import annotations

from uuid import UUID

from serai.engines import Change
from serai.engines.ledger.service import Ledger
from serai.storage import new_id
from serai_sdk.ledger import Owner, Posting

HELD = """
select a.id, a.kind, a.asset, b.posted - b.reserved as available
from core_ledger_account a
join core_ledger_balance b on b.account_id = a.id
where a.customer_id = $1
  and not a.may_overdraw
  and a.key not like $2
order by a.id
for no key update of b
"""


async def unite(change: Change, customer_id: UUID) -> None:
    """Transfer what can be spent of accounts that were others' into the customer's own; what is reserved stays."""
    owner, ledger = Owner("CUSTOMER", customer_id), Ledger(change)
    for row in await change.execute(HELD, customer_id, f"customer:{customer_id.hex}:%"):
        if row["available"] > 0:
            own = await ledger.account(owner, row["kind"], row["asset"])
            posting = Posting(UUID(str(row["id"])), own, row["available"])
            await ledger.transfer([posting], id=new_id(), reference="customer.merged")
