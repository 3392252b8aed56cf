"""What aggregates are filtered and ordered by: counts, sums and extremes of the rows of an entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from .definitions import InputDef, TypeDef
from .filters import FILTERS
from .measures import Measured, extremes, numbers, summed_leaf
from .registry import Entity, MoneyField

SUMS: Final = ("sum", "avg")
ENDS: Final = ("min", "max")
DESCRIBED: Final = {
    "count": "How many rows there are.",
    "countDistinct": "How many different values its fields have.",
    "sum": "The sums of its numbers; null where there is no value, of money a list by currency.",
    "avg": "The averages of its numbers: half to even, money to the digits of its currency, others to six decimals.",
    "min": "The least of its values; of money a list by currency.",
    "max": "The greatest of its values; of money a list by currency.",
}


def filter_types(entity: Entity) -> Iterator[TypeDef]:
    """What `having` and a link's `aggregate` take."""
    name = entity.name

    def filter_of(leaf: str) -> str:
        return FILTERS[leaf][0] if leaf in FILTERS else f"{leaf}Filter"

    def summed(one: Measured) -> str:
        return "MoneyFilter" if isinstance(one, MoneyField) else filter_of(summed_leaf(one).graphql)

    def compared(one: Measured) -> str:
        return "MoneyFilter" if isinstance(one, MoneyField) else filter_of(one.leaf.graphql)

    parts = [InputDef("count", "IntFilter", DESCRIBED["count"])]
    if any(numbers(entity)):
        parts.extend(InputDef(one, f"{name}NumbersFilter", DESCRIBED[one]) for one in SUMS)
        yield _input(
            f"{name}NumbersFilter",
            f"Conditions on sums or averages over {name} rows; money within one currency, which is named.",
            entity,
            numbers,
            summed,
        )
    if any(extremes(entity)):
        parts.extend(InputDef(one, f"{name}ExtremesFilter", DESCRIBED[one]) for one in ENDS)
        yield _input(
            f"{name}ExtremesFilter",
            f"Conditions on the least or greatest values of {name} rows; money within one currency, which is named.",
            entity,
            extremes,
            compared,
        )
    itself = f"{name}AggregateFilter"
    parts.extend(
        (
            InputDef("and", f"[{itself}!]", "All of these hold."),
            InputDef("or", f"[{itself}!]", "One of these holds; an empty list never does."),
            InputDef("not", itself, "This does not hold."),
        )
    )
    yield TypeDef(
        "input",
        itself,
        f"Conditions on counts, sums and extremes over {name} rows; all that are given must hold.",
        lambda: tuple(parts),
        origin=entity.origin,
    )


def order_types(entity: Entity) -> Iterator[TypeDef]:
    """What groups, and rows by their links, are ordered by."""
    name = entity.name

    def order(one: Measured) -> str:
        return "MoneyOrder" if isinstance(one, MoneyField) else "OrderDirection"

    parts = [InputDef("count", "OrderDirection", DESCRIBED["count"])]
    for kinds, which, fields in (("Numbers", SUMS, numbers), ("Extremes", ENDS, extremes)):
        if any(fields(entity)):
            parts.extend(InputDef(one, f"{name}{kinds}OrderBy", DESCRIBED[one]) for one in which)
            yield _input(
                f"{name}{kinds}OrderBy",
                f"Which of these of {name} rows is ordered by: exactly one.",
                entity,
                fields,
                order,
                is_one_of=True,
            )
    yield TypeDef(
        "input",
        f"{name}AggregateOrderBy",
        f"What over {name} rows is ordered by: exactly one.",
        lambda: tuple(parts),
        origin=entity.origin,
        is_one_of=True,
    )
    yield TypeDef(
        "input",
        f"{name}GroupOrderBy",
        f"What groups of {name} rows are ordered by: exactly one.",
        lambda: (*parts, InputDef("keys", f"{name}KeysOrderBy", "One of the keys that `by` names.")),
        origin=entity.origin,
        is_one_of=True,
    )


def _input(
    name: str,
    description: str,
    entity: Entity,
    fields: Callable[[Entity], Iterable[Measured]],
    type_of: Callable[[Measured], str],
    *,
    is_one_of: bool = False,
) -> TypeDef:
    return TypeDef(
        "input",
        name,
        description,
        lambda: tuple(
            InputDef(one.name, type_of(one), one.description, deprecated=one.deprecated)
            for one in fields(entity)
        ),
        origin=entity.origin,
        is_one_of=is_one_of,
    )
