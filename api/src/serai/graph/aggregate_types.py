"""Types of aggregates: for each entity what comes out, and what a connection tells of all its rows.

A part stands in a type only where the entity has fields for it, so that a small entity has few types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from .aggregate_inputs import DESCRIBED, ENDS, SUMS, filter_types, order_types
from .definitions import FieldDef, InputDef, TypeDef
from .group_types import MAX_GROUP_KEYS, group_types
from .measures import Measured, distinct, extremes, numbers, summed_leaf
from .paging import PAGE_ARGUMENTS
from .registry import Entity, Field, MoneyField

GROUPS: Final = (
    "The rows in groups of equal keys, counted and summed; without an order by their keys. Money is never summed "
    "across currencies."
)


def entity_types(entity: Entity) -> Iterator[TypeDef]:
    """Everything about aggregates and groups of one entity."""
    yield from _outputs(entity)
    yield from filter_types(entity)
    yield from order_types(entity)
    yield from group_types(entity)


def connection_fields(entity: Entity) -> tuple[FieldDef, ...]:
    """What a connection tells of all its rows, whatever page is asked for."""
    name = entity.name
    return (
        FieldDef("aggregate", f"{name}Aggregate!", "Counts, sums and extremes over the rows of all pages."),
        FieldDef(
            "estimate", "Estimate!", "About how many rows there are: exact up to 1000, else by a sample."
        ),
        FieldDef(
            "groups",
            f"{name}GroupConnection!",
            GROUPS,
            (
                InputDef(
                    "by",
                    f"[{name}GroupBy!]!",
                    f"What is the same within a group: one to {MAX_GROUP_KEYS} fields.",
                ),
                InputDef("having", f"{name}AggregateFilter", "What the groups must be like."),
                InputDef(
                    "orderBy",
                    f"[{name}GroupOrderBy!]",
                    "How groups are ordered: one key or aggregate an element, then by the keys left.",
                ),
                *PAGE_ARGUMENTS,
            ),
        ),
        FieldDef(
            "totalCount",
            "Int!",
            "How many rows there are on all pages.",
            (
                InputDef(
                    "upTo", "Int", "Count no further than this: what is more is this number. At least 1."
                ),
            ),
        ),
    )


def _outputs(entity: Entity) -> Iterator[TypeDef]:
    name = entity.name
    parts = [FieldDef("count", "Int!", DESCRIBED["count"])]
    if any(distinct(entity)):
        parts.append(FieldDef("countDistinct", f"{name}Distinct!", DESCRIBED["countDistinct"]))
        yield TypeDef(
            "object",
            f"{name}Distinct",
            f"How many different values fields of {name} have, null not among them.",
            lambda: tuple(
                FieldDef(one.name, "Int!", one.description, deprecated=one.deprecated)
                for one in _sorted(distinct(entity))
            ),
            origin=entity.origin,
        )
    if any(numbers(entity)):
        parts.extend(FieldDef(one, f"{name}Numbers!", DESCRIBED[one]) for one in SUMS)
        yield _object(f"{name}Numbers", f"Sums or averages over {name} rows.", entity, numbers, _summed)
    if any(extremes(entity)):
        parts.extend(FieldDef(one, f"{name}Extremes!", DESCRIBED[one]) for one in ENDS)
        yield _object(
            f"{name}Extremes",
            f"The least or greatest values of {name} rows.",
            entity,
            extremes,
            lambda one: "[Money!]!" if isinstance(one, MoneyField) else one.leaf.graphql,
        )
    yield TypeDef(
        "object",
        f"{name}Aggregate",
        f"Counts, sums and extremes over {name} rows, as far as they may be seen.",
        lambda: tuple(parts),
        origin=entity.origin,
    )


def _summed(one: Measured) -> str:
    return "[Money!]!" if isinstance(one, MoneyField) else summed_leaf(one).graphql


def _object(
    name: str,
    description: str,
    entity: Entity,
    fields: Callable[[Entity], Iterable[Measured]],
    type_of: Callable[[Measured], str],
) -> TypeDef:
    return TypeDef(
        "object",
        name,
        description,
        lambda: tuple(
            FieldDef(one.name, type_of(one), one.description, deprecated=one.deprecated)
            for one in fields(entity)
        ),
        origin=entity.origin,
    )


def _sorted(fields: Iterable[Field]) -> list[Field]:
    return sorted(fields, key=lambda one: (one.name != "id", one.name))
