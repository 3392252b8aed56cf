"""How leaves that Python returns are written: checked against their type, so that one wrong value spoils no answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from .leaves import Leaf, instant_text

MOST: Final = 2**31 - 1
"""The largest ``Int`` of GraphQL."""


def writer(leaf: Leaf) -> Callable[[Any], Any]:
    """What writes a value of that type as JSON has it; it raises where the value is of another type."""
    return WRITERS.get(leaf.graphql, leaf.encode)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unlike(value, "text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair is no text") from None
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unlike(value, "a whole number")
    if not -MOST - 1 <= value <= MOST:
        raise ValueError(f"{value} is beyond the 32 bits of an Int: return a Decimal or text")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unlike(value, "a number")
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _unlike(value, "True or False")
    return value


def _decimal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise _unlike(value, "a Decimal")
    if not Decimal(value).is_finite():
        raise ValueError(f"{value} is not a finite number")
    return str(value)


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise _unlike(value, "a datetime")
    if value.tzinfo is None:
        raise ValueError(f"{value} says no time zone")
    return instant_text(value)


def _date(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _unlike(value, "a date")
    return value.isoformat()


def _json(value: Any) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(value))


def _unlike(value: Any, wanted: str) -> TypeError:
    return TypeError(f"{type(value).__name__} where {wanted} belongs")


WRITERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "String": _text,
    "CurrencyCode": _text,
    "Int": _whole,
    "Float": _number,
    "Boolean": _boolean,
    "Decimal": _decimal,
    "DateTime": _instant,
    "Date": _date,
    "JSON": _json,
}
