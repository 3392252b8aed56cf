"""What of an entity can be counted, summed, compared and grouped by, and in which types that stands in the graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from .filters import FILTERS
from .leaves import DATE, DECIMAL, INSTANT, Leaf
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    LeafShape,
    MoneyField,
    OneField,
    ValueShape,
    ValueType,
)

NUMBERS: Final = ("Int", "Float", "Decimal")
EXTREMES: Final = (*NUMBERS, "String", "DateTime", "Date")
COUNTER: Final = "version"
"""Counts the changes of a row, by convention in every entity; over several rows it adds up to nothing."""
KEYS: Final = ("Int", "String", "Boolean", "CurrencyCode")

Measured: TypeAlias = ColumnField | ExpressionField | MoneyField


def numbers(entity: Entity) -> Iterator[Measured]:
    """The fields of which there are sums and averages, in the order they are shown in."""
    return (one for one in _leaves(entity) if _type(one) in (*NUMBERS, "Money") and one.name != COUNTER)


def extremes(entity: Entity) -> Iterator[Measured]:
    """The fields of which there is a least and a greatest."""
    return (one for one in _leaves(entity) if _type(one) in (*EXTREMES, "Money"))


def distinct(entity: Entity) -> Iterator[ColumnField | ExpressionField | OneField]:
    """The fields whose different values are counted."""
    for one in fields_of(entity):
        if isinstance(one, OneField) and one.filterable:
            yield one
    for one in _leaves(entity):
        if not isinstance(one, MoneyField) and one.leaf.sql != "jsonb":
            yield one


def summed_leaf(one: ColumnField | ExpressionField) -> Leaf:
    """What a sum or an average is: whole numbers have exact ones that may be too large for them."""
    return DECIMAL if one.leaf.graphql == "Int" else one.leaf


def key_type(one: Field) -> str | None:
    """How a field is grouped by: ``leaf``, ``instant``, ``date``, ``money``, ``value`` or ``link``."""
    if not one.filterable:
        return None
    match one:
        case IdField():
            return "leaf"
        case OneField():
            return "link"
        case MoneyField():
            return "money"
        case CompositeField(value=value):
            return "value" if any(key_parts(value)) else None
        case ColumnField(many=False, leaf=leaf) | ExpressionField(many=False, leaf=leaf):
            return _leaf_key(leaf)
    return None


def key_parts(value: ValueType) -> Iterator[tuple[str, str, LeafShape | ValueShape]]:
    """The parts of a value type that can be grouped by: name, how, and shape."""
    for part in value.parts.values():
        match part.shape:
            case LeafShape(leaf=leaf, ref=None):
                how = _leaf_key(leaf)
                if how is not None:
                    yield part.name, how, part.shape
            case ValueShape(value=inner) if any(key_parts(inner)):
                yield part.name, "value", part.shape


def fields_of(entity: Entity) -> list[Field]:
    """The fields in the order they are shown in."""
    return sorted(entity.fields.values(), key=lambda one: (one.name != "id", one.name))


def _leaf_key(leaf: Leaf) -> str | None:
    if leaf is INSTANT:
        return "instant"
    if leaf is DATE:
        return "date"
    return "leaf" if leaf.graphql in KEYS or leaf.enum is not None else None


def _leaves(entity: Entity) -> Iterator[Measured]:
    for one in fields_of(entity):
        if not one.filterable:
            continue
        if isinstance(one, MoneyField) or (
            isinstance(one, ColumnField | ExpressionField)
            and not one.many
            and (one.leaf.graphql in FILTERS or one.leaf.enum is not None)
        ):
            yield one


def _type(one: Measured) -> str:
    return "Money" if isinstance(one, MoneyField) else one.leaf.graphql
