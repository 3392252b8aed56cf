"""The least that can be given to a mutation: what its code then does with it is not what is tested."""

from __future__ import annotations

import typing
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from serai.graph.registry import Registry
from serai_sdk import Money
from serai_sdk.declare import REQUIRED, Argument, InputRecord, is_optional, without_none


def minimal_input(registry: Registry, record: InputRecord) -> dict[str, Any]:
    """The fields that must be given, with whatever value they take."""
    return {
        one.final_name: _value(registry, one, without_none(one.annotation))
        for one in record.fields
        if one.default is REQUIRED and not is_optional(one.annotation)
    }


def _value(registry: Registry, one: Argument, annotation: Any) -> Any:
    if typing.get_origin(annotation) is list:
        return [_value(registry, one, typing.get_args(annotation)[0])]
    if one.ref is not None:
        return f"{registry.entities[one.ref].prefix}_{1:032x}"
    nested = getattr(annotation, "__serai_input__", None)
    if nested is not None:
        return minimal_input(registry, nested)
    if annotation is Money:
        return {"amount": "1.00", "currency": "EUR"}
    if hasattr(annotation, "__serai_value__"):
        return {}
    if issubclass(annotation, Enum):
        return next(iter(annotation)).value
    return {
        str: "x",
        int: one.minimum or 1,
        bool: True,
        Decimal: "1",
        date: "2026-01-01",
        datetime: "2026-01-01T00:00:00Z",
    }[annotation]
