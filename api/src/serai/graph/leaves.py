"""Leaf types: how a scalar or enum travels between Python, PostgreSQL and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final
from uuid import UUID

from serai_sdk import CURRENCIES, JSON, Answers

from . import far_time

PREFIX: Final = re.compile(r"[a-z][a-z0-9]{1,7}")
ID_TEXT: Final = re.compile(r"([a-z][a-z0-9]{1,7})_([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf type.

    ``graphql`` is its name in the graph, ``sql`` its type in PostgreSQL; ``to_json`` writes an SQL expression of that
    type as JSON text; ``decode`` reads what a cursor or a hidden column holds (text or JSON) back into Python. What
    Python cannot hold exactly stays text in a cursor, which ``in_cursor`` checks.
    """

    graphql: str
    sql: str
    python: type
    to_json: Callable[[str], str]
    decode: Callable[[Any], Any]
    encode: Callable[[Any], Any]
    comparable: bool = True
    textual: bool = False
    enum: type[Enum] | None = None
    in_cursor: Callable[[str], str] | None = None


def _quoted(expression: str) -> str:
    return f"to_json({expression})::text"


def _plain(expression: str) -> str:
    return f"({expression})::text"


FIRST_INSTANT: Final = "0001-01-01T00:00:00.000000Z"
LAST_INSTANT: Final = "9999-12-31T23:59:59.999999Z"
"""What the graph writes for whatever lies before or behind: the driver, too, takes the ends of time for infinity."""


def _instant(expression: str) -> str:
    return f"""'"' || case when {expression} between '{FIRST_INSTANT}' and '{LAST_INSTANT}' \
then to_char({expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') \
when {expression} > '{LAST_INSTANT}' then '{LAST_INSTANT}' \
when {expression} < '{FIRST_INSTANT}' then '{FIRST_INSTANT}' end || '"'"""


def _date(expression: str) -> str:
    return f"""'"' || case when {expression} between '{FIRST_INSTANT[:10]}' and '{LAST_INSTANT[:10]}' \
then ({expression})::text \
when {expression} > '{LAST_INSTANT[:10]}' then '{LAST_INSTANT[:10]}' \
when {expression} < '{FIRST_INSTANT[:10]}' then '{FIRST_INSTANT[:10]}' end || '"'"""


def _in_quotes(expression: str) -> str:
    return f"'\"' || ({expression})::text || '\"'"


def instant_text(value: datetime) -> str:
    """An instant as the graph writes it: UTC, six digits, ``Z``."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a decimal number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError(f"{value!r} is not a boolean")


def _datetime(value: Any) -> datetime:
    if value in ("infinity", "-infinity"):  # as the driver reads and writes them
        return (datetime.min if value.startswith("-") else datetime.max).replace(tzinfo=UTC)
    read = datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _day(value: Any) -> date:
    if value in ("infinity", "-infinity"):
        return date.min if value.startswith("-") else date.max
    return date.fromisoformat(str(value))


def _same(value: Any) -> Any:
    return value


STRING: Final = Leaf(
    graphql="String", sql="text", python=str, to_json=_quoted, decode=str, encode=_same, textual=True
)
CURRENCY: Final = Leaf(
    graphql="CurrencyCode", sql="text", python=str, to_json=_in_quotes, decode=str, encode=_same, textual=True
)
INT: Final = Leaf(graphql="Int", sql="bigint", python=int, to_json=_plain, decode=int, encode=_same)
FLOAT: Final = Leaf(
    graphql="Float", sql="double precision", python=float, to_json=_quoted, decode=float, encode=_same
)
BOOLEAN: Final = Leaf(
    graphql="Boolean",
    sql="boolean",
    python=bool,
    to_json=_plain,
    decode=_boolean,
    encode=_same,
    comparable=False,
)
DECIMAL: Final = Leaf(
    graphql="Decimal", sql="numeric", python=Decimal, to_json=_in_quotes, decode=_decimal, encode=str
)
INSTANT: Final = Leaf(
    graphql="DateTime",
    sql="timestamptz",
    python=datetime,
    to_json=_instant,
    decode=_datetime,
    encode=instant_text,
    in_cursor=far_time.instant_text,
)
DATE: Final = Leaf(
    graphql="Date",
    sql="date",
    python=date,
    to_json=_date,
    decode=_day,
    encode=date.isoformat,
    in_cursor=far_time.day_text,
)
UUID_KEY: Final = Leaf(
    graphql="ID",
    sql="uuid",
    python=UUID,
    to_json=_in_quotes,
    decode=lambda value: UUID(str(value)),
    encode=str,
)
ANY_JSON: Final = Leaf(
    graphql="JSON", sql="jsonb", python=object, to_json=_plain, decode=_same, encode=_same, comparable=False
)

ANSWERS: Final = replace(ANY_JSON)
"""JSON that holds answers by key: it is filtered answer by answer."""

LEAVES: Final[Mapping[Any, Leaf]] = {
    str: STRING,
    int: INT,
    float: FLOAT,
    bool: BOOLEAN,
    Decimal: DECIMAL,
    datetime: INSTANT,
    date: DATE,
    JSON: ANY_JSON,
    Answers: ANSWERS,
}


def enum_leaf(enum: type[Enum]) -> Leaf:
    """The leaf of an enum whose values are its GraphQL names, stored as text."""

    def decode(value: Any) -> str:
        return str(enum(value).value)

    return Leaf(
        graphql=enum.__name__,
        sql="text",
        python=enum,
        to_json=_in_quotes,
        decode=decode,
        encode=lambda value: value.value if isinstance(value, Enum) else enum(value).value,
        comparable=False,
        enum=enum,
    )


def id_text(prefix: str, key: UUID) -> str:
    """An id of the graph: type tag and uuid."""
    return f"{prefix}_{key.hex}"


def id_parts(text: str) -> tuple[str, UUID]:
    """Prefix and uuid of an id; ``ValueError`` if it is not of that form."""
    match = ID_TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:80]!r} is not an id")
    return match[1], UUID(int=int(match[2], 16))


def currency(text: str) -> str:
    """A currency code, checked."""
    if text not in CURRENCIES:
        raise ValueError(f"{text[:16]!r} is not an active currency code of ISO 4217, such as EUR")
    return text
