"""Types of aggregates and groups that do not depend on the registry: estimates, units of time, keys of money."""

from __future__ import annotations

from collections.abc import Iterator

from .definitions import FieldDef, InputDef, TypeDef, ValueDef


def shared_types() -> Iterator[TypeDef]:
    """All of them."""
    yield TypeDef(
        "object",
        "Estimate",
        "About how many rows there are.",
        lambda: (
            FieldDef("count", "Int!", "How many there are, as far as is known."),
            FieldDef("low", "Int!", "At least so many, at 95 % confidence."),
            FieldDef("high", "Int!", "At most so many, at 95 % confidence."),
            FieldDef(
                "isExact", "Boolean!", "Whether they were counted; then all three numbers are the same."
            ),
        ),
    )
    yield TypeDef(
        "enum",
        "TimeUnit",
        "What time is cut into.",
        lambda: (
            ValueDef("HOUR", "Hours; of instants only."),
            ValueDef("DAY", "Days, from midnight to midnight there."),
            ValueDef("WEEK", "Weeks, from Monday."),
            ValueDef("MONTH", "Months."),
            ValueDef("QUARTER", "Quarters of years."),
            ValueDef("YEAR", "Years."),
        ),
    )
    yield TypeDef(
        "input",
        "InstantBucket",
        "How instants are put together.",
        lambda: (
            InputDef("bucket", "TimeUnit!", "All instants of one such unit are one key: its beginning."),
            InputDef(
                "timeZone",
                "String!",
                "Where days begin: a name of the IANA time zone database, such as `Europe/Berlin`.",
                "UTC",
            ),
        ),
    )
    yield TypeDef(
        "input",
        "DateBucket",
        "How dates are put together.",
        lambda: (InputDef("bucket", "TimeUnit!", "All dates of one such unit are one key: its first day."),),
    )
    yield TypeDef(
        "input",
        "MoneyGroupBy",
        "What of money is grouped by.",
        lambda: (InputDef("currency", "Boolean!", "Its currency: true."),),
    )
    yield TypeDef(
        "input",
        "MoneyKeysOrderBy",
        "What of money in keys is ordered by.",
        lambda: (InputDef("currency", "OrderDirection!", "Its currency, by its code."),),
    )
    yield TypeDef(
        "object",
        "MoneyKeys",
        "What of money was grouped by.",
        lambda: (FieldDef("currency", "CurrencyCode", "The currency; null where there is no money."),),
        is_shareable=True,
    )
