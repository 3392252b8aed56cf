"""What accounts hold, now and at any instant before, of several at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from serai_sdk.ledger import Balance

from . import statements


async def read_balances(
    fetch: Callable[..., Awaitable[Iterable[Mapping[str, Any]]]],
    accounts: Iterable[UUID],
    *,
    at: datetime | None = None,
) -> dict[UUID, tuple[Balance, int]]:
    """By account its balance, in smallest units, and its exponent: how many digits of a unit of the asset those are.

    ``fetch`` runs one statement; accounts that are not there are missing.
    """
    if at is None:
        rows = await fetch(statements.NOW, list(accounts))
    else:
        rows = await fetch(statements.THEN, list(accounts), at)
    return {
        UUID(bytes=row["id"].bytes): (
            Balance(posted=row["posted"], reserved=row["reserved"], expected=row["expected"]),
            row["exponent"],
        )
        for row in rows
    }
