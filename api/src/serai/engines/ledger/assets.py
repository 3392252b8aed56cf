"""What accounts hold, and which kinds of account there are: who may have them, and whether they may be overdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from serai_sdk.values import CURRENCIES, EXPONENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKind:
    """A kind of account: its name, the kinds of owner that have it, and whether it may go below nothing."""

    name: str
    owners: frozenset[str]
    may_overdraw: bool


KINDS: Final = {
    one.name: one
    for one in (
        AccountKind(name="world", owners=frozenset(("PLATFORM",)), may_overdraw=True),
        AccountKind(name="clearing", owners=frozenset(("PLATFORM",)), may_overdraw=True),
        AccountKind(name="revenue", owners=frozenset(("PLATFORM",)), may_overdraw=True),
        AccountKind(name="wallet", owners=frozenset(("CUSTOMER",)), may_overdraw=False),
        AccountKind(name="deposit", owners=frozenset(("CUSTOMER",)), may_overdraw=False),
        AccountKind(name="payable", owners=frozenset(("PROVIDER",)), may_overdraw=True),
        AccountKind(name="reserve", owners=frozenset(("PROVIDER",)), may_overdraw=False),
        AccountKind(name="reward", owners=frozenset(("CUSTOMER", "PROVIDER", "STAFF")), may_overdraw=False),
    )
}
"""``world`` is where value comes from and goes to; a provider's ``payable`` is below nothing when sales were undone."""

POINTS: Final = {"POINTS": 0}
"""Assets beside currencies, with their exponents."""


def exponent_of(asset: str) -> int:
    """Digits behind the point of an asset; ``ValueError`` if there is no such asset."""
    if asset in CURRENCIES:
        return EXPONENTS.get(asset, 2)
    if asset in POINTS:
        return POINTS[asset]
    raise ValueError(f"there is no asset {asset!r}: a currency of ISO 4217, or one of {', '.join(POINTS)}")
