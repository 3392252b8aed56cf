"""Operators of filters as conditions on one SQL value, all two-valued: a null is not equal, not greater, not alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .arguments import Tree, is_null
from .errors import GraphRequestError, InvalidId
from .leaves import Leaf, id_parts
from .registry import Entity
from .statement import FALSE, TRUE, Statement, conjunction, negation

COMPARE: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
CODE_POINTS: Final = 'collate "C"'
FOLDING: Final = 'collate "pg_c_utf8"'


def guarded(guard: str, value: str) -> str:
    """A value the viewer may not see counts as null."""
    if guard == TRUE:
        return value
    return "null" if guard == FALSE else f"case when {guard} then {value} end"


def id_decoder(entity: Entity | None) -> Callable[[Any], Any]:
    """Turn ids of the graph into uuids; an id of another type is an error that says so."""

    def decode(value: Any) -> Any:
        if isinstance(value, list):
            return [decode(one) for one in value]
        try:
            prefix, key = id_parts(str(value))
        except ValueError as error:
            raise InvalidId(str(error), hint="pass an id as the graph gave it out") from None
        if entity is not None and prefix != entity.prefix:
            raise InvalidId(
                f"{value!r} is not the id of a {entity.name}",
                hint=f"ids of {entity.name} begin with {entity.prefix}_",
            )
        return key

    return decode


def compared(
    statement: Statement,
    value: str,
    leaf: Leaf | None,
    tree: dict[str, Tree],
    *,
    encode: Callable[[Any], Any] | None = None,
    sql: str | None = None,
    nullable: bool = False,
) -> str:
    """The conditions of a filter on an SQL value; ``encode`` turns what was given into what is bound."""
    type_ = sql or (leaf.sql if leaf else "text")
    parts: list[str] = []
    for operator, given in tree.items():
        if operator == "isNull":
            parts.append(null_condition(statement, value, given))
        elif is_null(given):
            if operator not in ("eq", "ne"):
                raise GraphRequestError(
                    f"the operator {operator!r} was given null", hint="leave it out, or use isNull"
                )
            parts.append(f"{value} is null" if operator == "eq" else f"{value} is not null")
        elif operator == "eq":
            parts.append(f"{value} = {statement.param(given, type_, encode)}")
        elif operator == "ne":
            compared = "is distinct from" if nullable else "<>"
            parts.append(f"{value} {compared} {statement.param(given, type_, encode)}")
        elif operator == "in":
            parts.append(f"{value} = any({statement.param(given, type_ + '[]', encode)})")
        elif operator == "notIn":
            parts.append(negation(f"{value} = any({statement.param(given, type_ + '[]', encode)})"))
        elif operator in COMPARE:
            collation = f" {CODE_POINTS}" if leaf is not None and leaf.textual else ""
            parts.append(
                f"{value}{collation} {COMPARE[operator]} {statement.param(given, type_, encode)}{collation}"
            )
        else:
            parts.append(_like(statement, value, operator, given))
    return conjunction(parts)


def null_condition(statement: Statement, value: str, given: Tree) -> str:
    """Whether an SQL value is null, as the filter's ``isNull`` has it."""
    if is_null(given):
        return TRUE
    return f"({value} is null) = {statement.param(given, 'boolean')}"


def _like(statement: Statement, value: str, operator: str, given: Tree) -> str:
    before = "" if operator == "startsWith" else "%"
    after = "" if operator == "endsWith" else "%"

    def pattern(text: Any) -> str:
        escaped = str(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"{before}{escaped}{after}"

    param = statement.param(given, "text", pattern)
    return f"lower({value} {FOLDING}) like lower({param} {FOLDING})"
