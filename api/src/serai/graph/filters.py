"""The inputs of ``where`` and ``orderBy``: a filter for each leaf type, two types for each entity and value type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .definitions import InputDef, TypeDef, ValueDef
from .leaves import ANSWERS
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    LeafShape,
    ManyField,
    MoneyField,
    OneField,
    RefsField,
    Registry,
    Shape,
    ValueShape,
    ValueType,
)

EQUALITY: Final = ("eq", "ne", "in", "notIn")
COMPARISON: Final = (*EQUALITY, "gt", "gte", "lt", "lte")
TEXT: Final = ("contains", "startsWith", "endsWith")

OPERATORS: Final = {
    "eq": "Equal to this; null asks for what has no value.",
    "ne": "Not equal to this, or without a value; null asks for what has one.",
    "in": "Equal to one of these.",
    "notIn": "Equal to none of these, or without a value.",
    "gt": "Greater than this.",
    "gte": "Greater than this, or equal.",
    "lt": "Less than this.",
    "lte": "Less than this, or equal.",
    "isNull": "Whether it has no value.",
    "contains": "Contains this text, in upper or lower case.",
    "startsWith": "Begins with this text, in upper or lower case.",
    "endsWith": "Ends with this text, in upper or lower case.",
}

DIRECTIONS: Final = (
    ValueDef("ASC", "The least first; what has no value last."),
    ValueDef("DESC", "The greatest first; what has no value last."),
    ValueDef("ASC_NULLS_FIRST", "What has no value first, then the least."),
    ValueDef("ASC_NULLS_LAST", "The least first; what has no value last."),
    ValueDef("DESC_NULLS_FIRST", "What has no value first, then the greatest."),
    ValueDef("DESC_NULLS_LAST", "The greatest first; what has no value last."),
)

FILTERS: Final = {
    "String": ("StringFilter", "a text; its order is that of code points", (*COMPARISON, "isNull", *TEXT)),
    "Int": ("IntFilter", "a whole number", (*COMPARISON, "isNull")),
    "Float": ("FloatFilter", "a number", (*COMPARISON, "isNull")),
    "Decimal": ("DecimalFilter", "an exact number", (*COMPARISON, "isNull")),
    "DateTime": ("DateTimeFilter", "an instant", (*COMPARISON, "isNull")),
    "Date": ("DateFilter", "a date", (*COMPARISON, "isNull")),
    "Boolean": ("BooleanFilter", "a truth value", ("eq", "ne", "isNull")),
    "ID": ("IdFilter", "an id", (*EQUALITY, "isNull")),
    "CurrencyCode": ("CurrencyCodeFilter", "a currency", (*EQUALITY, "isNull")),
}

WHERE: Final = "What the rows must be like; several conditions must all hold."
ORDER_BY: Final = "How they are ordered: one field an element, the first decides first."


def leaf_filters() -> Iterator[TypeDef]:
    """The filters and orders that do not depend on the registry."""
    for leaf, (name, what, operators) in FILTERS.items():
        yield _filter(name, leaf, f"Conditions on {what}; all that are given must hold.", operators)
    yield TypeDef(
        "input",
        "MoneyFilter",
        "Conditions on an amount of money; amounts compare within one currency only, so name it.",
        lambda: (
            InputDef("currency", "CurrencyCode", "The currency of the amounts; only rows in it are found."),
            *(InputDef(one, "Decimal", OPERATORS[one]) for one in ("eq", "ne", "gt", "gte", "lt", "lte")),
            InputDef("isNull", "Boolean", OPERATORS["isNull"]),
        ),
    )
    yield TypeDef(
        "enum",
        "OrderDirection",
        "Which end comes first, and where what has no value goes.",
        lambda: DIRECTIONS,
    )
    yield TypeDef(
        "input",
        "MoneyOrder",
        "An order by amounts of one currency; other currencies count as no value.",
        lambda: (
            InputDef("currency", "CurrencyCode!", "The currency of the amounts."),
            InputDef("direction", "OrderDirection!", "Which end comes first."),
        ),
    )


def external_ref_filters() -> Iterator[TypeDef]:
    """The filter over external ids: equality only, which an index answers."""
    yield TypeDef(
        "input",
        "ExternalRefFilter",
        "Conditions on what other systems call a row: that one of its external ids is like this.",
        lambda: (
            InputDef("source", "String", "The system; any, if it is left out."),
            InputDef("id", "ExternalIdFilter", "The id there; any, if it is left out."),
        ),
    )
    yield TypeDef(
        "input",
        "ExternalIdFilter",
        "Conditions on an external id; all that are given must hold.",
        lambda: (
            InputDef("eq", "String", "Equal to this."),
            InputDef("in", "[String!]", "Equal to one of these."),
        ),
    )


def answer_filters() -> Iterator[TypeDef]:
    """The filter over answers to questions that are set up at run time."""
    yield TypeDef(
        "input",
        "AnswerFilter",
        "Conditions on the answer to one question; all must hold. An answer of another type counts as none.",
        lambda: (
            InputDef("question", "String!", "The key of the question."),
            InputDef("answered", "Boolean", "Whether there is an answer, of whatever type."),
            InputDef("text", "StringFilter", "The answer as a text."),
            InputDef("number", "FloatFilter", "The answer as a number, compared exactly."),
            InputDef("flag", "BooleanFilter", "The answer as yes or no."),
            InputDef("date", "DateFilter", "The answer as a date, written `YYYY-MM-DD`."),
            InputDef("choice", "StringFilter", "The answer as the one choice taken."),
            InputDef("choices", "ChoicesFilter", "The answer as the list of choices taken."),
        ),
    )
    yield TypeDef(
        "input",
        "ChoicesFilter",
        "Conditions on a list of choices; all that are given must hold.",
        lambda: (
            InputDef("has", "String", "This is among them."),
            InputDef("hasSome", "[String!]", "One of these is among them."),
            InputDef("hasEvery", "[String!]", "All of these are among them."),
        ),
    )


def enum_filter(enum: str) -> TypeDef:
    """The filter over an enum."""
    return _filter(
        f"{enum}Filter", enum, f"Conditions on {enum}; all that are given must hold.", (*EQUALITY, "isNull")
    )


def _filter(name: str, leaf: str, description: str, operators: Sequence[str]) -> TypeDef:
    def fields() -> Iterator[InputDef]:
        for one in operators:
            type_ = "Boolean" if one == "isNull" else f"[{leaf}!]" if one in ("in", "notIn") else leaf
            yield InputDef(one, type_, OPERATORS[one])

    return TypeDef("input", name, description, lambda: tuple(fields()))


def entity_filters(entity: Entity, registry: Registry, fields: Sequence[Field]) -> Iterator[TypeDef]:
    """``Where``, ``Links`` and ``OrderBy`` of an entity, whose fields come in the order they are shown in."""
    name = entity.name

    def where() -> tuple[InputDef, ...]:
        return (
            *_where_fields(registry, fields),
            *_kind_fields(entity, "Where", "It is a {}, and like this."),
            InputDef("and", f"[{name}Where!]", "All of these hold."),
            InputDef("or", f"[{name}Where!]", "One of these holds; an empty list never does."),
            InputDef("not", f"{name}Where", "This does not hold."),
        )

    yield TypeDef(
        "input",
        f"{name}Where",
        f"Conditions on {name}; all that are given must hold.",
        where,
        origin=entity.origin,
    )
    yield TypeDef(
        "input",
        f"{name}Links",
        f"Conditions on the {name} rows that are linked, as far as they may be seen.",
        lambda: (
            InputDef("some", f"{name}Where", "At least one is like this."),
            InputDef("none", f"{name}Where", "None is like this."),
            InputDef("every", f"{name}Where", "All are like this; true if there are none."),
            InputDef("aggregate", f"{name}AggregateFilter", "All of them together are like this."),
        ),
        origin=entity.origin,
    )
    yield TypeDef(
        "input",
        f"{name}OrderBy",
        f"What {name} rows are ordered by: exactly one field.",
        lambda: (
            *_order_fields(registry, fields),
            *_kind_fields(entity, "OrderBy", "By a field of {} rows; of others it is null."),
        ),
        origin=entity.origin,
        is_one_of=True,
    )


def value_filters(value: ValueType, registry: Registry) -> Iterator[TypeDef]:
    """``Where`` and ``OrderBy`` of a value type kept in columns."""
    yield TypeDef(
        "input",
        f"{value.name}Where",
        f"Conditions on the parts of {value.name}; all that are given must hold.",
        lambda: tuple(_part_fields(value, registry, where=True)),
        origin=value.origin,
    )
    yield TypeDef(
        "input",
        f"{value.name}OrderBy",
        f"What is ordered by of {value.name}: exactly one part.",
        lambda: tuple(_part_fields(value, registry, where=False)),
        origin=value.origin,
        is_one_of=True,
    )


def _kind_fields(entity: Entity, suffix: str, description: str) -> Iterator[InputDef]:
    for _, kind in sorted(entity.kinds.items()):
        yield InputDef(kind.argument, f"{kind.name}{suffix}", description.format(kind.name))


def _where_fields(registry: Registry, fields: Iterable[Field]) -> Iterator[InputDef]:
    for one in fields:
        type_ = _where_type(registry, one) if one.filterable else None
        if type_ is not None:
            yield InputDef(one.name, type_, one.description, deprecated=one.deprecated)


def _where_type(registry: Registry, one: Field) -> str | None:
    match one:
        case IdField():
            return "IdFilter"
        case ColumnField(many=False) if one.leaf is ANSWERS:
            return "[AnswerFilter!]"
        case ColumnField(leaf=leaf, many=False) | ExpressionField(leaf=leaf, many=False):
            return _filter_of(registry, leaf.graphql)
        case MoneyField():
            return "MoneyFilter"
        case CompositeField(value=value):
            return f"{value.name}Where" if any(_part_fields(value, registry, where=True)) else None
        case OneField(target=target):
            return f"{target}Where"
        case ManyField(target=target):
            return f"{target}Links"
        case RefsField():
            return "ExternalRefFilter"
    return None


def _order_fields(registry: Registry, fields: Iterable[Field]) -> Iterator[InputDef]:
    for one in fields:
        type_ = _order_type(registry, one) if one.orderable else None
        if type_ is not None:
            yield InputDef(one.name, type_, one.description, deprecated=one.deprecated)


def _order_type(registry: Registry, one: Field) -> str | None:
    match one:
        case IdField():
            return "OrderDirection"
        case ColumnField(leaf=leaf, many=False) | ExpressionField(leaf=leaf, many=False):
            return "OrderDirection" if leaf.graphql != "JSON" else None
        case MoneyField():
            return "MoneyOrder"
        case CompositeField(value=value):
            return f"{value.name}OrderBy" if any(_part_fields(value, registry, where=False)) else None
        case OneField(target=target):
            return f"{target}OrderBy"
        case ManyField(target=target):
            return f"{target}AggregateOrderBy"
    return None


def _part_fields(value: ValueType, registry: Registry, *, where: bool) -> Iterator[InputDef]:
    for part in value.parts.values():
        type_ = _part_type(part.shape, registry, where=where)
        if type_ is not None:
            yield InputDef(part.name, type_, part.description)


def _part_type(shape: Shape, registry: Registry, *, where: bool) -> str | None:
    match shape:
        case LeafShape(leaf=leaf, ref=None):
            if where:
                return _filter_of(registry, leaf.graphql)
            return "OrderDirection" if leaf.graphql != "JSON" else None
        case ValueShape(value=value) if any(_part_fields(value, registry, where=where)):
            return f"{value.name}{'Where' if where else 'OrderBy'}"
    return None


def _filter_of(registry: Registry, leaf: str) -> str | None:
    if leaf in FILTERS:
        return FILTERS[leaf][0]
    return f"{leaf}Filter" if leaf in registry.enums else None
