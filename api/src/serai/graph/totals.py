"""What a connection tells of all its rows: how many there are (exactly, up to a bound, about), aggregates, groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from graphql import GraphQLObjectType

from .aggregates import aggregate_json
from .arguments import Tree, argument_trees, is_null
from .errors import GraphRequestError
from .groups import groups_json
from .pieces import members
from .registry import Entity
from .selection import below, selections
from .statement import FALSE, Selection, Statement, conjunction, literal

Conditions: TypeAlias = Callable[[str], list[str]]

EXACT_UP_TO: Final = 1000
SAMPLE: Final = 16
"""Beyond, one row in so many is looked at."""
NORMAL: Final = 1.96
"""How many standard deviations to each side hold 95 %."""


def total_json(statement: Statement, entity: Entity, selection: Selection, conditions: Conditions) -> str:
    """A field of a connection that is about all its rows, as JSON text; ``conditions`` are those of a row."""
    type_ = statement.request.schema.type_map[f"{entity.name}Connection"]
    assert isinstance(type_, GraphQLObjectType)
    trees = argument_trees(selection.node, type_.fields[selection.name].args, statement.request.variables)
    match selection.name:
        case "aggregate":
            return aggregate_json(statement, entity, selection, conditions)
        case "groups":
            return groups_json(statement, entity, selection, trees, conditions)
        case "estimate":
            return _estimate(statement, entity, selection, conditions)
    return _count(statement, entity, trees.get("upTo"), conditions)


def _count(statement: Statement, entity: Entity, up_to: Tree | None, conditions: Conditions) -> str:
    alias = statement.alias(entity)
    condition = conjunction(conditions(alias))
    if condition == FALSE:
        return "'0'"
    if is_null(up_to) or up_to is None:
        return f"(select count(*) from {statement.tables(entity, alias)} where {condition})::text"
    some = statement.plain_alias("seen")
    limit = statement.param(up_to, "bigint", _bound)
    rows = f"select 1 from {statement.tables(entity, alias)} where {condition} limit {limit}"
    return f"(select count(*) from ({rows}) {some})::text"


def _bound(given: Any) -> int:
    if given < 1:
        raise GraphRequestError(f"totalCount: upTo is {given}", hint="upTo counts rows: 1 or more")
    return int(given)


def _estimate(statement: Statement, entity: Entity, selection: Selection, conditions: Conditions) -> str:
    """Rows are in the sample by their ids alone: nothing of rows that may not be seen is in the answer.

    Of ``n`` rows that number varies as a binomial does, so the bounds are those of a score interval, half a row wider
    to each side since rows are whole. It is the same sample each time: the same question has the same answer.
    """
    name = statement.plain_alias("est")
    few, sample = statement.alias(entity), statement.alias(entity)
    condition = conjunction(conditions(few))
    counted = f"select 1 from {statement.tables(entity, few)} where {condition} limit {EXACT_UP_TO + 1}"
    sampled = conjunction([*conditions(sample), f"uuid_hash({sample}.id) & {SAMPLE - 1} = 0"])
    hits = f"select count(*) from {statement.tables(entity, sample)} where {sampled}"
    missed = 1 - 1 / SAMPLE
    spread, shift = NORMAL**2 * missed, NORMAL**2 * missed / 2

    def bound(sign: str) -> str:
        moved = f"({name}.hits {sign} 0.5)"
        edge = f"{moved} + {shift} {sign} sqrt({moved} * {spread} + {shift**2})"
        return f"greatest({EXACT_UP_TO + 1}, ({SAMPLE} * ({edge}))::bigint)"

    is_exact = f"{name}.hits is null"
    exact = {"isExact": f"({is_exact})::text"}
    for key, beyond in (
        ("count", f"greatest({EXACT_UP_TO + 1}, {SAMPLE} * {name}.hits)"),
        ("low", bound("-")),
        ("high", bound("+")),
    ):
        exact[key] = f"(case when {is_exact} then {name}.few else {beyond} end)::text"
    written = members(
        (one.key, literal('"Estimate"') if one.name == "__typename" else exact[one.name])
        for one in selections(statement.request, below(selection), "Estimate")
    )
    return (
        f"(select {written} from (select few.few, case when few.few > {EXACT_UP_TO} then ({hits}) end as hits "
        f"from (select count(*) as few from ({counted}) seen) few) {name})"
    )
