"""Fields as selections, filters as objects, pages and cursors read back."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from serai.graph.registry import (
    ColumnField,
    CompositeField,
    ExpressionField,
    Field,
    JsonField,
    MoneyField,
    RefsField,
    ValueShape,
    ValueType,
)


def selection(one: Field) -> str:
    """A field with all its parts, as a selection; nothing for links and Python fields."""
    match one:
        case ColumnField() | ExpressionField():
            return one.name
        case MoneyField():
            return f"{one.name} {{ amount currency }}"
        case CompositeField():
            return f"{one.name} {{ {' '.join(selection(part) for part in one.parts.values())} }}"
        case JsonField() | RefsField():
            return f"{one.name} {{ {parts_of(one.value)} }}"
    return ""


def parts_of(value: ValueType) -> str:
    return " ".join(
        f"{part.name} {{ {parts_of(part.shape.value)} }}" if isinstance(part.shape, ValueShape) else part.name
        for part in value.parts.values()
        if not hasattr(part.shape, "item") or not isinstance(part.shape.item, ValueShape)
    )


def is_comparable(one: Field) -> bool:
    match one:
        case MoneyField():
            return True
        case ColumnField() | ExpressionField():
            return not one.many and one.leaf.graphql != "JSON"
    return False


def satisfies(values: Mapping[str, Any], where: Mapping[str, Any] | None) -> bool:
    """Whether a row is as a declared filter says, by the values of its fields."""
    holds = {"eq": lambda v, g: v == g, "ne": lambda v, g: v != g, "in": lambda v, g: v in g}
    return all(
        holds[operator](values[name], given)
        for name, conditions in (where or {}).items()
        for operator, given in conditions.items()
    )


def nested(at: tuple[str, ...], innermost: Any) -> Any:
    for name in reversed(at):
        innermost = {name: innermost}
    return innermost


def at_path(values: Any, at: tuple[str, ...]) -> Any:
    for name in at:
        values = values and values[name]
    return values


def same(value: Any) -> Any:
    return value


def row_id(one: Any) -> Any:
    return one and one["id"]


def page_ids(page: Any) -> Any:
    return page and (page["totalCount"], sorted(one["id"] for one in page["nodes"]))


def edge_ids(page: Any) -> Any:
    return page["totalCount"], sorted(one["node"]["id"] for one in page["edges"])


def cursor_keys(text: str) -> list[Any]:
    decoded: list[Any] = json.loads(base64.b64decode(text))
    return decoded
