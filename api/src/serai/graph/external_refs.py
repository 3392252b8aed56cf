"""What other systems call a row: one table for all entities, read and filtered within the one statement."""

from __future__ import annotations

from typing import Final

from .arguments import Tree, is_null
from .errors import GraphRequestError
from .pieces import members
from .registry import Entity, RefsField
from .selection import below, selections
from .statement import Selection, Statement, conjunction, literal

TABLE: Final = "core_external_ref"
COLUMNS: Final = {"source": "source", "id": "external_id"}


def refs_json(statement: Statement, entity: Entity, alias: str, one: RefsField, selection: Selection) -> str:
    """The external ids of the row ``alias`` as JSON text, by source and id."""
    ref = statement.plain_alias("ref")
    row = members(
        (
            part.key,
            literal(f'"{one.value.name}"')
            if part.name == "__typename"
            else f"to_json({ref}.{COLUMNS[part.name]})::text",
        )
        for part in selections(statement.request, below(selection), one.value.name)
    )
    return (
        f"'[' || array_to_string(array(select {row} from {TABLE} {ref} where {_of(entity, alias, ref)} "
        f"order by {ref}.source, {ref}.external_id), ',') || ']'"
    )


def refs_condition(statement: Statement, entity: Entity, alias: str, tree: dict[str, Tree]) -> str:
    """That one of the external ids of the row ``alias`` is as the filter says."""
    ref = statement.plain_alias("ref")
    parts = [_of(entity, alias, ref)]
    source, id = tree.get("source"), tree.get("id")
    if not is_null(source):
        assert source is not None
        parts.append(f"{ref}.source = {statement.param(source, 'text')}")
    if not is_null(id):
        assert isinstance(id, dict)
        parts.extend(_compared(statement, ref, operator, given) for operator, given in id.items())
    return f"exists (select 1 from {TABLE} {ref} where {conjunction(parts)})"


def _of(entity: Entity, alias: str, ref: str) -> str:
    return f"{ref}.entity = {literal(entity.prefix)} and {ref}.row_id = {alias}.id"


def _compared(statement: Statement, ref: str, operator: str, given: Tree) -> str:
    if is_null(given):
        raise GraphRequestError(f"the operator {operator!r} was given null", hint="leave it out")
    if operator == "eq":
        return f"{ref}.external_id = {statement.param(given, 'text')}"
    return f"{ref}.external_id = any({statement.param(given, 'text[]')})"
