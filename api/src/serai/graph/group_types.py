"""Types of groups: what rows are grouped by, the keys they share, and their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from .definitions import FieldDef, InputDef, TypeDef
from .measures import fields_of, key_parts, key_type
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    LeafShape,
    OneField,
    ValueShape,
    ValueType,
)

MAX_GROUP_KEYS: Final = 4


def value_group_types(value: ValueType) -> Iterator[TypeDef]:
    """Grouping by the parts of a value type kept in columns."""
    if not any(key_parts(value)):
        return
    described = {part.name: part.description for part in value.parts.values()}

    def inputs(suffix: str) -> tuple[InputDef, ...]:
        return tuple(
            InputDef(name, _key_input(how, suffix, _of_shape(shape)), described[name])
            for name, how, shape in key_parts(value)
        )

    name = value.name
    yield TypeDef(
        "object",
        f"{name}Keys",
        f"What of {name} was grouped by.",
        lambda: tuple(
            FieldDef(part, _key_output(how, _of_shape(shape)), described[part])
            for part, how, shape in key_parts(value)
        ),
        origin=value.origin,
    )
    yield _one_of(
        f"{name}GroupBy", f"What of {name} is grouped by: exactly one part.", value, inputs, "GroupBy"
    )
    yield _one_of(
        f"{name}KeysOrderBy", f"What of {name} in keys is ordered by.", value, inputs, "KeysOrderBy"
    )


def group_types(entity: Entity) -> Iterator[TypeDef]:
    """Keys, groups and pages of groups of one entity."""
    name = entity.name

    def keys() -> Iterator[tuple[Field, str]]:
        for one in fields_of(entity):
            how = key_type(one)
            if how is not None:
                yield one, how

    def inputs(suffix: str) -> tuple[InputDef, ...]:
        return tuple(
            InputDef(
                one.name, _key_input(how, suffix, _of_field(one)), one.description, deprecated=one.deprecated
            )
            for one, how in keys()
        )

    yield TypeDef(
        "object",
        f"{name}Keys",
        f"What {name} rows of a group have in common: what `by` names, and nothing else.",
        lambda: tuple(
            FieldDef(one.name, _key_output(how, _of_field(one)), one.description, deprecated=one.deprecated)
            for one, how in keys()
        ),
        origin=entity.origin,
    )
    yield _one_of(
        f"{name}GroupBy", f"What {name} rows are grouped by: exactly one field.", entity, inputs, "GroupBy"
    )
    yield _one_of(
        f"{name}KeysOrderBy", f"Which key of {name} rows is ordered by.", entity, inputs, "KeysOrderBy"
    )
    yield TypeDef(
        "object",
        f"{name}Group",
        f"{name} rows with the same keys.",
        lambda: (
            FieldDef("keys", f"{name}Keys!", "What they have in common; what may not be seen is null."),
            FieldDef("aggregate", f"{name}Aggregate!", "Counts, sums and extremes over them."),
        ),
        origin=entity.origin,
    )
    yield TypeDef(
        "object",
        f"{name}GroupConnection",
        f"A page of groups of {name} rows.",
        lambda: (
            FieldDef("edges", f"[{name}GroupEdge!]!", "The groups of the page, each with its cursor."),
            FieldDef("nodes", f"[{name}Group!]!", "The groups of the page."),
            FieldDef("pageInfo", "PageInfo!", "Where the page begins and ends."),
            FieldDef("totalCount", "Int!", "How many groups there are on all pages."),
        ),
        origin=entity.origin,
    )
    yield TypeDef(
        "object",
        f"{name}GroupEdge",
        f"A group of {name} rows in a page.",
        lambda: (
            FieldDef("cursor", "String!", "Where it stands: pass it as `after` or `before`."),
            FieldDef("node", f"{name}Group!", "The group."),
        ),
        origin=entity.origin,
    )


def _one_of(
    name: str,
    description: str,
    owner: Entity | ValueType,
    inputs: Callable[[str], Sequence[InputDef]],
    suffix: str,
) -> TypeDef:
    return TypeDef("input", name, description, lambda: inputs(suffix), origin=owner.origin, is_one_of=True)


def _key_input(how: str, suffix: str, of: str) -> str:
    if how in ("link", "value"):
        return f"{of}{suffix}"
    if how == "money":
        return f"Money{suffix}"
    if suffix == "KeysOrderBy":
        return "OrderDirection"
    return {"instant": "InstantBucket", "date": "DateBucket"}.get(how, "Boolean")


def _key_output(how: str, of: str) -> str:
    return f"{of}Keys" if how in ("link", "value") else "MoneyKeys" if how == "money" else of


def _of_field(one: Field) -> str:
    """The type a key leads to, or has."""
    match one:
        case IdField():
            return "ID"
        case OneField(target=target):
            return target
        case CompositeField(value=value):
            return value.name
        case ColumnField(leaf=leaf) | ExpressionField(leaf=leaf):
            return leaf.graphql
    return "Money"


def _of_shape(shape: LeafShape | ValueShape) -> str:
    return shape.leaf.graphql if isinstance(shape, LeafShape) else shape.value.name
