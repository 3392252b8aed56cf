"""Check constraints several tables have, written once: the database's own last line of defence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from serai_sdk.orm import CheckConstraint


def one_of(table: str, column: str, values: Iterable[Enum]) -> CheckConstraint:
    """The column holds one of the enum's names."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(check=f'"{column}" in ({listed})', name=f"{table}_{column}_valid")


def money(table: str, field: str) -> CheckConstraint:
    """Amount and currency go together, the amount is not negative, the currency has three letters."""
    minor, currency = f'"{field}_minor"', f'"{field}_currency"'
    return CheckConstraint(
        check=(
            f"({minor} is null) = ({currency} is null) and coalesce({minor}, 0) >= 0 "
            f"and coalesce({currency}, 'EUR') ~ '^[A-Z]{{3}}$'"
        ),
        name=f"{table}_{field}_valid",
    )


def place(table: str) -> CheckConstraint:
    """A point has both coordinates, and they are on the earth."""
    return CheckConstraint(
        check=(
            '("place_point_latitude" is null) = ("place_point_longitude" is null) '
            'and coalesce("place_point_latitude", 0) between -90 and 90 '
            'and coalesce("place_point_longitude", 0) between -180 and 180'
        ),
        name=f"{table}_place_valid",
    )


def condition(table: str, name: str, check: str) -> CheckConstraint:
    """A condition of one table's own."""
    return CheckConstraint(check=check, name=f"{table}_{name}")
