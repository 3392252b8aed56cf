"""Filters compiled into conditions about a row: its fields, and the rows its links reach."""

from __future__ import annotations

from typing import Any

from .aggregates import aggregated_condition
from .amounts import money_condition
from .answers import answers_condition, is_answers
from .arguments import Tree, is_null, tree_from
from .comparisons import compared, guarded, id_decoder
from .errors import GraphRequestError
from .external_refs import refs_condition
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    ManyField,
    MoneyField,
    OneField,
    RefsField,
    StoredCases,
)
from .row_values import leaf_sql, tied
from .rules import allowed, is_kind, leads_on, visible
from .statement import FALSE, TRUE, Statement, conjunction, disjunction, literal, negation


def where_condition(statement: Statement, entity: Entity, alias: str, tree: Tree | None) -> str:
    """The condition a filter puts on the row ``alias``."""
    if is_null(tree):
        return TRUE
    assert isinstance(tree, dict)
    return _fields(statement, entity, alias, entity.fields, tree)


def _fields(
    statement: Statement,
    entity: Entity,
    alias: str,
    fields: dict[str, Field] | Any,
    tree: dict[str, Tree],
    guard: str = TRUE,
) -> str:
    """``guard`` is that of the value type whose parts ``fields`` are."""
    parts: list[str] = []
    for key, given in tree.items():
        if key == "and":
            parts.extend(
                _fields(statement, entity, alias, fields, _object(one), guard) for one in _items(given)
            )
        elif key == "or":
            if not is_null(given):
                parts.append(
                    disjunction(
                        [
                            _fields(statement, entity, alias, fields, _object(one), guard)
                            for one in _items(given)
                        ]
                    )
                )
        elif key == "not":
            if not is_null(given):
                parts.append(negation(_fields(statement, entity, alias, fields, _object(given), guard)))
        elif key not in fields:
            if not is_null(given):
                parts.append(_of_kind(statement, entity, alias, key, given))
        elif not is_null(given) and is_answers(fields[key]):
            parts.append(_answers(statement, entity, alias, fields[key], _items(given), guard))
        elif not is_null(given):
            parts.append(_field(statement, entity, alias, fields[key], _object(given), guard))
    return conjunction(parts)


def _of_kind(statement: Statement, entity: Entity, alias: str, name: str, given: Tree) -> str:
    """That a row of an interface is of a kind, and as the filter on that kind says."""
    kind = entity.kind_named(name)
    assert kind is not None, name
    return conjunction([is_kind(entity, kind, alias), where_condition(statement, kind, alias, given)])


def _items(tree: Tree) -> list[Tree]:
    if isinstance(tree, dict):
        return [tree]
    # a list in a variable that is no list of objects is an empty one
    return tree if isinstance(tree, list) else []


def _object(tree: Tree) -> dict[str, Tree]:
    if is_null(tree):
        return {}
    assert isinstance(tree, dict), tree
    return tree


def _field(
    statement: Statement, entity: Entity, alias: str, one: Field, tree: dict[str, Tree], whole: str
) -> str:
    guard = conjunction([whole, allowed(statement, entity, alias, one)])
    match one:
        case IdField():
            return compared(statement, f"{alias}.id", None, tree, encode=id_decoder(entity), sql="uuid")
        case ColumnField() | ExpressionField():
            value = guarded(guard, leaf_sql(statement, alias, one))
            condition = compared(statement, value, one.leaf, tree, nullable=one.nullable or guard != TRUE)
            if isinstance(one, ExpressionField) and one.stored is not None and guard == TRUE:
                return conjunction([condition, *_among_stored(statement, alias, one.stored, tree)])
            return condition
        case MoneyField():
            return money_condition(statement, alias, one, guard, tree)
        case CompositeField():
            return _fields(statement, entity, alias, one.parts, tree, guard)
        case OneField():
            return _to_one(statement, alias, one, guard, tree)
        case RefsField():
            return conjunction([guard, refs_condition(statement, entity, alias, tree)])
        case ManyField():
            return conjunction(
                [_to_many(statement, entity, alias, one, guard, key, given) for key, given in tree.items()]
            )
    raise GraphRequestError(f"{entity.name}.{one.name} cannot be filtered by", hint="see its `where` type")


def _answers(
    statement: Statement, entity: Entity, alias: str, one: Field, items: list[Tree], whole: str
) -> str:
    assert isinstance(one, ColumnField)
    guard = conjunction([whole, allowed(statement, entity, alias, one)])
    column = statement.column(alias, one.column)
    return conjunction([answers_condition(statement, column, guard, _object(item)) for item in items])


def _among_stored(statement: Statement, alias: str, stored: StoredCases, tree: dict[str, Tree]) -> list[str]:
    """What else holds of rows whose expression equals what is asked for: said of the column, an index answers it."""
    found: list[str] = []
    column = tied(statement, alias, stored.otherwise)
    for operator, type_ in (("eq", "text"), ("in", "text[]")):
        given = tree.get(operator)
        if given is None or is_null(given):
            continue
        param = statement.param(given, type_)
        operand = param if operator == "eq" else f"any({param})"
        cases = [
            f"{literal(value)} = {operand} and {tied(statement, alias, condition)}"
            for condition, value in stored.cases
        ]
        found.append(disjunction([f"{column} = {operand}", *cases]))
    return found


def _to_one(statement: Statement, alias: str, one: OneField, guard: str, tree: dict[str, Tree]) -> str:
    target = statement.registry.entities[one.target]
    far = statement.alias(target)
    condition = conjunction(
        [
            f"{far}.id = {statement.column(alias, one.column)}",
            visible(statement, target, far),
            where_condition(statement, target, far, tree),
        ]
    )
    if FALSE in (condition, guard):
        return FALSE
    found = f"exists (select 1 from {statement.tables(target, far)} where {condition})"
    return conjunction([guard, found])


def link_condition(
    statement: Statement, entity: Entity, one: ManyField, alias: str, target: Entity, far: str
) -> str:
    """The rows a to-many link reaches: they point here, they are visible, and so is the link that makes them point."""
    inverse = target.fields[one.inverse]
    assert isinstance(inverse, OneField)
    if one.through is None:
        reached = f"{statement.column(far, inverse.column)} = {alias}.id"
    else:
        reached = _through(statement, entity, one, alias, statement.column(far, inverse.column))
    return conjunction(
        [
            reached,
            allowed(statement, target, far, inverse),
            visible(statement, target, far),
            where_condition(statement, target, far, None if one.where is None else tree_from(one.where)),
        ]
    )


def _through(statement: Statement, entity: Entity, one: ManyField, alias: str, far: str) -> str:
    """That a visible row in the middle leads where the column ``far`` does, and that what is there is visible."""
    link = entity.fields[one.through or ""]
    assert isinstance(link, ManyField)
    between = statement.registry.entities[link.target]
    middle = statement.alias(between)
    across = between.fields[one.across]
    assert isinstance(across, OneField)
    met = statement.column(middle, across.column)
    condition = conjunction(
        [
            f"{met} = {far}",
            allowed(statement, entity, alias, link),
            link_condition(statement, entity, link, alias, between, middle),
            allowed(statement, between, middle, across),
            _met(statement, between, across, met),
        ]
    )
    if condition == FALSE:
        return FALSE
    return f"exists (select 1 from {statement.tables(between, middle)} where {condition})"


def _met(statement: Statement, between: Entity, across: OneField, key: str) -> str:
    """That the row where both links lead is visible, unless the rule of the row in the middle says so already."""
    if leads_on(between.rule, across.python):
        return TRUE
    there = statement.registry.entities[across.target]
    row = statement.alias(there)
    condition = visible(statement, there, row)
    if condition in (TRUE, FALSE):
        return condition
    return f"exists (select 1 from {statement.tables(there, row)} where {row}.id = {key} and {condition})"


def _to_many(
    statement: Statement,
    entity: Entity,
    alias: str,
    one: ManyField,
    guard: str,
    quantifier: str,
    given: Tree,
) -> str:
    if is_null(given):
        return TRUE
    target = statement.registry.entities[one.target]
    far = statement.alias(target)
    linked = conjunction([guard, link_condition(statement, entity, one, alias, target, far)])
    if quantifier == "aggregate":
        return aggregated_condition(statement, target, far, given, linked)
    condition = where_condition(statement, target, far, given)
    if quantifier == "every":
        condition = negation(condition)
    wanted = conjunction([linked, condition])
    if wanted == FALSE:
        return FALSE if quantifier == "some" else TRUE
    found = f"exists (select 1 from {statement.tables(target, far)} where {wanted})"
    return found if quantifier == "some" else f"not {found}"
