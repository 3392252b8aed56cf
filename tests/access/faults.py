"""What a planner does that has forgotten something: planted, to see that it is found."""

from __future__ import annotations

from typing import Any

from serai.graph.rules import visible
from serai.graph.statement import TRUE, conjunction
from serai.graph.where import link_condition


def lost_inverse_guard(statement: Any, entity: Any, one: Any, alias: str, target: Any, far: str) -> str:
    """A to-many link followed whoever may see the to-one link it is the other side of."""
    if one.through is not None:
        return link_condition(statement, entity, one, alias, target, far)
    inverse = target.fields[one.inverse]
    joined = f"{statement.column(far, inverse.column)} = {alias}.id"
    return conjunction([joined, visible(statement, target, far)])


def lost_rule(statement: Any, entity: Any, alias: str) -> str:
    return TRUE


def lost_guard(statement: Any, entity: Any, alias: str, one: Any) -> str:
    return TRUE
