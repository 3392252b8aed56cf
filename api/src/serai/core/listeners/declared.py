"""The core's own listeners."""

from __future__ import annotations

from typing import Final

from serai_sdk import CallCtx, Happened, Listener

ANALYZE: Final = {
    "customers": "analyze core_customer, core_customer_address",
    "offers": "analyze core_offer",
    "providers": "analyze core_provider",
    "transactions": "analyze core_transaction, core_transaction_line",
}
"""What an import of a noun fills: until the database has counted it, lists of it may be read the slow way."""


async def count_imported(ctx: CallCtx, happened: Happened) -> None:
    """Have the database count what an import has changed."""
    statement = ANALYZE.get(str(happened.payload.get("noun")))
    if statement is not None:
        await ctx.change.execute(statement)


LISTENERS: Final = (
    Listener(
        "core.count_imported",
        count_imported,
        events=("import.completed",),
        description="Has the database count the tables an import has filled, so that it reads them well.",
    ),
)
