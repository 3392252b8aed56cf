"""The ledger in the graph: accounts with their balances, and statements of what moved them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from serai.engines.ledger.balances import read_balances
from serai_sdk import (
    CallCtx,
    Graph,
    arg,
    batched,
    column,
    connection,
    entity,
    extend,
    lookup,
    part,
    sql,
    to_many,
    to_one,
    value,
)
from serai_sdk.ledger import Balance

from .access import SEE_ACCOUNT, SEE_ENTRY, SEE_TRANSFER
from .models import LedgerAccount as LedgerAccountRow
from .models import LedgerEntry as LedgerEntryRow
from .models import LedgerOwnerKind, LedgerPhase
from .models import LedgerTransfer as LedgerTransferRow

_UNITS = " ".join(f"when {digits} then {Decimal(1).scaleb(-digits):f}" for digits in range(10))
AMOUNT = f"amount * case exponent {_UNITS} end"
"""An amount in units of its asset, with as many digits as it has."""


@value
class LedgerBalance:
    """What an account holds, in units of its asset (`12.50` of EUR)."""

    posted: Decimal = part("What is settled.")
    reserved: Decimal = part("What pending transfers would take out.")
    expected: Decimal = part("What pending transfers would bring in; it cannot be spent.")
    available: Decimal = part("What can be spent: what is settled less what is reserved.")


def _in_units(held: Balance, exponent: int) -> LedgerBalance:
    return LedgerBalance(
        posted=Decimal(held.posted).scaleb(-exponent),
        reserved=Decimal(held.reserved).scaleb(-exponent),
        expected=Decimal(held.expected).scaleb(-exponent),
        available=Decimal(held.available).scaleb(-exponent),
    )


OWNER = "accounts are found by their owner"
STATEMENT = "entries are read as the statement of their account, or below their transfer"


@entity(LedgerAccountRow, prefix="acc", access=SEE_ACCOUNT)
class LedgerAccount:
    """What somebody holds of one asset (a currency, or points) for one purpose."""

    owner_kind: LedgerOwnerKind = column("Whose it is.", unindexed=OWNER)
    customer = to_one("Customer", "The customer whose it is.")
    provider = to_one("Provider", "The provider whose it is.")
    staff = to_one("Staff", "The member of the staff whose it is.")
    kind: str = column("What for, such as `wallet` or `payable`.", unindexed=OWNER)
    asset: str = column(
        "What it holds: a currency of ISO 4217, or another asset such as `POINTS`.", unindexed=OWNER
    )
    may_overdraw: bool = column("Whether it may go below nothing.")
    created_at: datetime = column("When it was opened.", unindexed=OWNER)
    updated_at: datetime = column("When it was last changed.")
    version: int = column("Goes up by one with every change.")

    entries = to_many("LedgerEntry", "Its statement: what moved it, in order.", by="account", order=("at",))

    @batched(
        "What it holds, or held at an instant: all that was written until then, that instant included.",
        needs=("id",),
        arguments={
            "at": arg("The instant; now, if none is given.", annotation=datetime | None, default=None),
        },
    )
    async def balance(
        ctx: CallCtx, parents: Sequence[Mapping[str, Any]], *, at: datetime | None
    ) -> list[LedgerBalance]:
        held = await read_balances(ctx.fetch, [one["id"] for one in parents], at=at)
        return [_in_units(*held[one["id"]]) for one in parents]


@entity(LedgerTransferRow, prefix="tfr", access=SEE_TRANSFER)
class LedgerTransfer:
    """Something of value moved, promised, or let go; never altered."""

    phase: LedgerPhase = column(
        "What it does.", unindexed="three values: each has too many rows for an index"
    )
    at: datetime = column("When it was written.")
    reference: str | None = column("What it is about, as whoever wrote it says.")
    expires_at: datetime | None = column("When what is pending is let go, if nothing is done before.")
    resolves = to_one("LedgerTransfer", "The pending transfer that it settles or lets go.")
    reverses = to_one("LedgerTransfer", "The settled transfer that it undoes.")

    entries = to_many(
        "LedgerEntry", "What it moves, account by account, as far as you may see them.", by="transfer"
    )


@entity(LedgerEntryRow, prefix="ent", access=SEE_ENTRY)
class LedgerEntry:
    """An amount into an account, or out of it; those of a transfer add up to nothing."""

    account = to_one("LedgerAccount", "The account that it moves.")
    transfer = to_one("LedgerTransfer", "The transfer that it is part of.")
    amount: Decimal = sql(
        AMOUNT,
        "How much, in units of the asset: above zero into the account, below out of it.",
        unindexed=STATEMENT,
    )
    asset: str = column("What is moved; sums mean something within one asset only.", unindexed=STATEMENT)
    is_pending: bool = column("Whether it is only promised, or takes back what was.")
    at: datetime = column("When it was written.", unindexed=STATEMENT)


@extend("Customer")
class CustomerLedger:
    ledger_accounts = to_many("LedgerAccount", "What is held for it.", by="customer")


@extend("Provider")
class ProviderLedger:
    ledger_accounts = to_many("LedgerAccount", "What is held for it, and what it is owed.", by="provider")


GRAPH = Graph(
    entities=(LedgerAccount, LedgerTransfer, LedgerEntry),
    extends=(CustomerLedger, ProviderLedger),
    queries=(
        connection("ledgerAccounts", "LedgerAccount", "All accounts one may see."),
        lookup("ledgerAccount", "LedgerAccount", "One account by its id."),
        connection("ledgerTransfers", "LedgerTransfer", "All transfers one may see."),
        lookup("ledgerTransfer", "LedgerTransfer", "One transfer by its id."),
        connection(
            "ledgerEntries", "LedgerEntry", "All entries one may see: to sum up what moved, and when."
        ),
    ),
)
