"""The scalars that GraphQL itself does not have: how they are read from variables and literals, and written.

What comes out of coercion, for scalars of GraphQL too:

========================  ==============================================
``ID``                    ``str``, as it was sent
``String Int ...``        ``str``, ``int``, ``float``, ``bool``
``Decimal``               ``decimal.Decimal``, finite
``DateTime``              ``datetime``, aware, in UTC
``Date``                  ``date``
``CurrencyCode``          ``str``, an active code of ISO 4217
``JSON``                  any JSON value as Python has it
an enum                   ``str``, the value's name
an input object           ``dict`` by final names, with the defaults
========================  ==============================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
    ValueNode,
    print_ast,
    value_from_ast_untyped,
)

from .leaves import currency, instant_text

DECIMAL_TEXT: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
INSTANT_TEXT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
DATE_TEXT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_SHOWN: Final = 40


def _refuse(name: str, value: object, wanted: str) -> GraphQLError:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    if len(shown) > LONGEST_SHOWN:
        shown = shown[: LONGEST_SHOWN - 3] + "..."
    return GraphQLError(f"{shown} is not a {name}: write {wanted}")


def read_decimal(value: Any) -> Decimal:
    """A decimal number from a string or a whole number; floats are refused, since they have lost digits already."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return Decimal(value)
    if isinstance(value, str) and DECIMAL_TEXT.fullmatch(value):
        return Decimal(value)
    raise _refuse("Decimal", value, 'a number in quotes, such as "10.50"')


def read_instant(value: Any) -> datetime:
    """An instant from ISO 8601 text with an offset."""
    if isinstance(value, str) and INSTANT_TEXT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise _refuse("DateTime", value, 'ISO 8601 with an offset, such as "2026-05-01T14:30:00Z"')


def read_date(value: Any) -> date:
    """A date from ISO 8601 text."""
    if isinstance(value, str) and DATE_TEXT.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _refuse("Date", value, 'a day of the calendar, such as "2026-05-01"')


def read_currency(value: Any) -> str:
    """A currency code."""
    try:
        return currency(value if isinstance(value, str) else "")
    except ValueError:
        raise _refuse("CurrencyCode", value, 'an active code of ISO 4217 in quotes, such as "EUR"') from None


def _scalar(
    name: str,
    description: str,
    *,
    read: Callable[[Any], Any],
    write: Callable[[Any], Any],
    exact: bool = False,
    specified_by: str | None = None,
) -> GraphQLScalarType:
    """A scalar sent as a string; ``exact`` also takes the digits of number literals as they are written."""

    def read_literal(node: ValueNode, _variables: Any = None) -> Any:
        try:
            if isinstance(node, StringValueNode) or (
                exact and isinstance(node, IntValueNode | FloatValueNode)
            ):
                return read(node.value)
            return read(_Literal(print_ast(node)))
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from None

    return GraphQLScalarType(
        name,
        description=description,
        serialize=write,
        parse_value=read,
        parse_literal=read_literal,
        coerce_output_value=write,
        coerce_input_value=read,
        coerce_input_literal=read_literal,
        specified_by_url=specified_by,
    )


class _Literal:
    """A literal of the wrong kind, as it stands in the document."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def _write_decimal(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _write_instant(value: Any) -> str:
    return instant_text(value) if isinstance(value, datetime) else str(value)


def _json_literal(node: ValueNode, variables: Any = None) -> Any:
    return value_from_ast_untyped(node, variables)


DECIMAL: Final = _scalar(
    "Decimal",
    "An exact decimal number, as a string such as `10.50`.",
    read=read_decimal,
    write=_write_decimal,
    exact=True,
)
DATE_TIME: Final = _scalar(
    "DateTime",
    "An instant: ISO 8601 with an offset; written in UTC with six digits, such as `2026-05-01T14:30:00.000000Z`.",
    read=read_instant,
    write=_write_instant,
    specified_by="https://www.rfc-editor.org/rfc/rfc3339",
)
DATE: Final = _scalar("Date", "A day of the calendar, such as `2026-05-01`.", read=read_date, write=str)
CURRENCY_CODE: Final = _scalar(
    "CurrencyCode", "An active currency code of ISO 4217, such as `EUR`.", read=read_currency, write=str
)
JSON: Final = GraphQLScalarType(
    "JSON",
    description="Any JSON value.",
    parse_literal=_json_literal,
    parse_value=lambda value: value,
    coerce_input_value=lambda value: value,
    coerce_input_literal=_json_literal,
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
)

SCALARS: Final = (DECIMAL, DATE_TIME, DATE, CURRENCY_CODE, JSON)
