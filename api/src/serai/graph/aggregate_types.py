"""Types of aggregates and groups: for each entity what comes out, what it is filtered by and ordered by.

A part stands in a type only where the entity has fields for it, so that a small entity has few types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from .definitions import FieldDef, InputDef, TypeDef, ValueDef
from .filters import FILTERS
from .measures import Measured, distinct, extremes, fields_of, key_parts, key_type, numbers, summed_leaf
from .paging import PAGE_ARGUMENTS
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

MAX_GROUP_KEYS: Final = 4
BUCKETS: Final = ("HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
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
GROUPS: Final = (
    "The rows in groups of equal keys, counted and summed; without an order by their keys. Money is never summed "
    "across currencies."
)


def shared_types() -> Iterator[TypeDef]:
    """What does not depend on the registry."""
    yield TypeDef(
        "object",
        "Estimate",
        "About how many rows there are.",
        lambda: (
            FieldDef("count", "Int!", "How many there are, as far as is known."),
            FieldDef("low", "Int!", "At least so many, at 95 % confidence."),
            FieldDef("high", "Int!", "At most so many, at 95 % confidence."),
            FieldDef(
                "isExact", "Boolean!", "Whether they were counted; then all three numbers are the same."
            ),
        ),
    )
    yield TypeDef(
        "enum",
        "TimeUnit",
        "What time is cut into.",
        lambda: (
            ValueDef("HOUR", "Hours; of instants only."),
            ValueDef("DAY", "Days, from midnight to midnight there."),
            ValueDef("WEEK", "Weeks, from Monday."),
            ValueDef("MONTH", "Months."),
            ValueDef("QUARTER", "Quarters of years."),
            ValueDef("YEAR", "Years."),
        ),
    )
    yield TypeDef(
        "input",
        "InstantBucket",
        "How instants are put together.",
        lambda: (
            InputDef("bucket", "TimeUnit!", "All instants of one such unit are one key: its beginning."),
            InputDef(
                "timeZone",
                "String!",
                "Where days begin: a name of the IANA time zone database, such as `Europe/Berlin`.",
                "UTC",
            ),
        ),
    )
    yield TypeDef(
        "input",
        "DateBucket",
        "How dates are put together.",
        lambda: (InputDef("bucket", "TimeUnit!", "All dates of one such unit are one key: its first day."),),
    )
    yield TypeDef(
        "input",
        "MoneyGroupBy",
        "What of money is grouped by.",
        lambda: (InputDef("currency", "Boolean!", "Its currency: true."),),
    )
    yield TypeDef(
        "input",
        "MoneyKeysOrderBy",
        "What of money in keys is ordered by.",
        lambda: (InputDef("currency", "OrderDirection!", "Its currency, by its code."),),
    )
    yield TypeDef(
        "object",
        "MoneyKeys",
        "What of money was grouped by.",
        lambda: (FieldDef("currency", "CurrencyCode", "The currency; null where there is no money."),),
        is_shareable=True,
    )


def value_types(value: ValueType) -> Iterator[TypeDef]:
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


def entity_types(entity: Entity) -> Iterator[TypeDef]:
    """Everything about aggregates and groups of one entity."""
    yield from _outputs(entity)
    yield from _filters(entity)
    yield from _orders(entity)
    yield from _groups(entity)


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


# -- what comes out


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


# -- what it is filtered and ordered by


def _filters(entity: Entity) -> Iterator[TypeDef]:
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


def _orders(entity: Entity) -> Iterator[TypeDef]:
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


# -- groups


def _groups(entity: Entity) -> Iterator[TypeDef]:
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


def _sorted(fields: Iterable[Field]) -> list[Field]:
    return sorted(fields, key=lambda one: (one.name != "id", one.name))
