"""Values of several parts: money, places, JSON, and the plain value types a plug-in declares itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NewType
from uuid import UUID

from .declare import part, value

JSON = NewType("JSON", object)
"""Any JSON value, stored as ``jsonb``."""

Answers = NewType("Answers", object)
"""Answers to questions set up at run time, a ``jsonb`` object by the question's key; filtered by question."""

EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split(),
        0,
    ),
    **dict.fromkeys(("BHD IQD JOD KWD LYD OMR TND").split(), 3),
    **dict.fromkeys(("CLF UYW").split(), 4),
}
"""Number of digits of the minor unit of each ISO 4217 currency that does not have two."""

CURRENCIES: frozenset[str] = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
        "BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR "
        "FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
        "JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
        "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
        "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
        "TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG "
        "XOF XPF YER ZAR ZMW ZWG"
    ).split()
)
"""The active currencies of ISO 4217 (funds, metals and testing codes left out)."""


MOST_MINOR = 2**63 - 1
"""The greatest amount in minor units: what a ``bigint`` holds."""
LONGEST = len(str(MOST_MINOR)) - 1


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency in its minor unit (cents): never a float, never summed across currencies."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            raise ValueError(f"{self.currency!r} is not an active currency of ISO 4217")

    @property
    def exponent(self) -> int:
        """Digits of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD."""
        return EXPONENTS.get(self.currency, 2)

    @property
    def amount(self) -> Decimal:
        """The amount in the major unit, with the currency's own number of digits."""
        return Decimal(self.minor).scaleb(-self.exponent)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> Money:
        """Money from an amount in the major unit; ``ValueError`` if it has more digits than the
        currency, or is beyond ``MOST_MINOR``."""
        exponent = EXPONENTS.get(currency, 2)
        try:
            given = Decimal(amount)
        except InvalidOperation:
            raise ValueError(f"{amount!r} is not a decimal number") from None
        if not given.is_finite() or given.adjusted() + exponent > LONGEST:
            raise ValueError(f"{amount} {currency} is beyond all bounds")
        if given and given.adjusted() < -exponent:
            raise ValueError(f"{amount} {currency} has more than {exponent} decimal places")
        above, below = given.as_integer_ratio()
        minor, rest = divmod(above * 10**exponent, below)
        if rest:
            raise ValueError(f"{amount} {currency} has more than {exponent} decimal places")
        if abs(minor) > MOST_MINOR:
            raise ValueError(f"{amount} {currency} is beyond all bounds")
        return cls(minor, currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(
                f"{self.currency} and {other.currency} cannot be added: money keeps to its currency"
            )
        return other

    def to_json(self) -> dict[str, Any]:
        """The shape of ``Money`` in the graph: amount as a decimal string, currency code."""
        return {"amount": str(self.amount), "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Ref:
    """A row of whatever entity: what ``to_one("Node")`` of a value type holds.

    ``entity`` is its name, or the prefix of its ids, which also names rows of plug-ins that are not loaded.
    """

    entity: str
    id: UUID


@value
class Point:
    """A point on the earth (WGS 84)."""

    latitude: float = part("Degrees north.")
    longitude: float = part("Degrees east.")


@value
class Place:
    """Where something is or happens."""

    point: Point | None = part("Where it is on the map.")
    city_code: str | None = part("UN/LOCODE of the city, such as DEBER or CNHGH.")
    address: str | None = part("The address as people write it.")
    time_zone: str | None = part("IANA time zone whose calendar counts there, such as Europe/Berlin.")


@value
class ExternalRef:
    """What a row is called in another system."""

    source: str = part("The system, by the name it was imported under.")
    id: str = part("The id there.")
