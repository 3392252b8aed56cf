"""The ledger as plug-ins see it: accounts of owners, and transfers between them, in whole units of an asset.

Amounts are integers in the asset's smallest unit: cents of a currency, points. A transfer is one or several postings,
each out of one account and into another; it is written once and never altered. What is promised but not yet owed is
transferred as pending, and posted (whole or in part) or voided later; until then it is reserved where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Protocol
from uuid import UUID

from .values import Money

__all__ = ["Balance", "Ledger", "Owner", "Posting", "percentage", "split"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an account is: ``PLATFORM`` (no id), ``CUSTOMER``, ``PROVIDER`` or ``STAFF`` with the id of the row."""

    kind: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount above zero that moves from one account into another of the same asset."""

    source: UUID
    target: UUID
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account holds, in the smallest unit of its asset.

    ``posted`` is what is settled, ``reserved`` what pending transfers would take out, ``expected`` what they would
    bring in. What can be spent is ``available``: what is only expected cannot.
    """

    posted: int
    reserved: int
    expected: int

    @property
    def available(self) -> int:
        """``posted`` less ``reserved``."""
        return self.posted - self.reserved


class Ledger(Protocol):
    """The one ledger. Every call belongs to the current change, and is undone with it."""

    async def account(self, owner: Owner, kind: str, asset: str) -> UUID:
        """The account of that owner, kind and asset, opened if there is none.

        ``asset`` is a currency of ISO 4217, or another asset that was declared. Raises ``ValueError`` for a kind or an
        asset nobody declared.
        """

    async def transfer(
        self,
        postings: Sequence[Posting],
        *,
        id: UUID,
        reference: str | None = None,
        is_pending: bool = False,
        expires_at: datetime | None = None,
    ) -> UUID:
        """Write a transfer under an id the caller has made; the same again is the same transfer, and done once.

        Raises ``UserError``: ``INSUFFICIENT_FUNDS`` where an account that may not be overdrawn would be,
        ``TRANSFER_ID_REUSED`` where the id is that of another transfer.
        """

    async def post(self, pending: UUID, *, id: UUID, amounts: Sequence[int] | None = None) -> UUID:
        """Settle what is pending, whole, or of each posting (in order) the given amount; the rest is let go.

        Raises ``UserError``: ``TRANSFER_NOT_FOUND``, ``TRANSFER_RESOLVED``, ``TRANSFER_EXPIRED``.
        """

    async def void(self, pending: UUID, *, id: UUID) -> UUID:
        """Let go what is pending. Raises as ``post`` does."""

    async def reverse(self, transfer: UUID, *, id: UUID, reference: str | None = None) -> UUID:
        """Write the opposite of a settled transfer, once. Raises ``TRANSFER_REVERSED`` the second time."""

    async def balance(self, account: UUID, *, at: datetime | None = None) -> Balance:
        """What an account holds now, or held at an instant: everything written until then, that instant included."""


def split(total: Money, shares: Sequence[int | Fraction]) -> list[Money]:
    """``total`` in parts by shares (weights above or equal to zero), not a unit more or less in sum.

    Each part is first rounded toward zero; the units left over go one each to the parts that lost most by it, to the
    earlier of equal ones (the largest remainder method of Hamilton). Raises ``ValueError`` for no shares, shares below
    zero, or none above.
    """
    if any(one < 0 for one in shares) or not any(shares):
        raise ValueError("shares are zero or more, and one of them is more")
    whole = sum(Fraction(one) for one in shares)
    sign = -1 if total.minor < 0 else 1
    exact = [abs(total.minor) * Fraction(one) / whole for one in shares]
    parts = [int(one) for one in exact]
    left = abs(total.minor) - sum(parts)
    by_loss = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_loss[:left]:
        parts[index] += 1
    return [Money(sign * one, total.currency) for one in parts]


def percentage(total: Money, percent: int | Fraction) -> tuple[Money, Money]:
    """That many percent of ``total``, rounded half to even, and the rest: together exactly ``total``.

    Raises ``ValueError`` unless ``percent`` is 0 to 100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is not between 0 and 100")
    part = round(total.minor * Fraction(percent) / 100)
    return Money(part, total.currency), Money(total.minor - part, total.currency)
