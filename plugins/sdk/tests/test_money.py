"""Money is exact: read from decimal numbers digit for digit, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from serai_sdk import Money
from serai_sdk.values import MOST_MINOR


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("10.50", "EUR", 1050),
        ("10.500000000000000000000000000000000000000000", "EUR", 1050),
        (Decimal("1E+3"), "EUR", 100_000),
        ("-0.01", "EUR", -1),
        ("-0", "EUR", 0),
        ("0.000", "JPY", 0),
        (7, "JPY", 7),
        ("1.234", "KWD", 1234),
        ("92233720368547758.07", "EUR", MOST_MINOR),
        ("-92233720368547758.07", "EUR", -MOST_MINOR),
        ("9223372036854775807", "JPY", MOST_MINOR),
    ],
)
def test_an_amount_is_kept_to_its_last_digit(amount: Decimal | str | int, currency: str, minor: int) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("10.505", "EUR", "more than 2 decimal places"),
        ("0.5", "JPY", "more than 0 decimal places"),
        ("10.5000000000000000000000000000000000000000001", "EUR", "more than 2 decimal places"),
        ("1234567890123456.785", "EUR", "more than 2 decimal places"),
        ("1E-999999", "EUR", "more than 2 decimal places"),
        ("92233720368547758.08", "EUR", "beyond all bounds"),
        ("123456789012345678901234567890.12", "EUR", "beyond all bounds"),
        ("1E+999999", "EUR", "beyond all bounds"),
        ("Infinity", "EUR", "beyond all bounds"),
        ("NaN", "EUR", "beyond all bounds"),
        ("ten", "EUR", "not a decimal number"),
        ("10", "XXX", "not an active currency"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused(amount: str, currency: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Money.of(amount, currency)
