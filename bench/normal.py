"""Answers as they are compared: an instant is an instant however it is written, and an amount a number."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)")


def normal(value: Any) -> Any:
    """The same value in one spelling."""
    match value:
        case dict():
            return {
                name: str(Decimal(one).normalize()) if name == "amount" and one is not None else normal(one)
                for name, one in value.items()
            }
        case list():
            return [normal(one) for one in value]
        case str() if INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value
