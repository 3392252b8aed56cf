"""Filters compiled into conditions. Every comparison is two-valued: a null is not equal, not greater, not alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from serai_sdk.values import EXPONENTS

from .arguments import Tree, is_null, tree_from
from .errors import GraphRequestError, InvalidId
from .external_refs import refs_condition
from .leaves import Leaf, id_parts
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
)
from .rules import allowed, leads_on, visible
from .statement import FALSE, TRUE, Statement, conjunction, disjunction, negation

COMPARE: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
CODE_POINTS: Final = 'collate "C"'
FOLDING: Final = 'collate "pg_c_utf8"'
BIGINT: Final = 2**63 - 1


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
        elif not is_null(given):
            parts.append(_field(statement, entity, alias, fields[key], _object(given), guard))
    return conjunction(parts)


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
            return _operators(statement, f"{alias}.id", None, tree, encode=id_decoder(entity), sql="uuid")
        case ColumnField() | ExpressionField():
            value = guarded(guard, leaf_sql(statement, alias, one))
            return _operators(statement, value, one.leaf, tree, nullable=one.nullable or guard != TRUE)
        case MoneyField():
            return _money(statement, alias, one, guard, tree)
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


def leaf_sql(statement: Statement, alias: str, one: ColumnField | ExpressionField) -> str:
    """The SQL value of a leaf field of the row ``alias``."""
    if isinstance(one, ColumnField):
        return statement.column(alias, one.column)
    for kind in {part.split(".")[0] for part in one.template.split("\x00_")[1:]}:
        statement.details.setdefault(alias, set()).add(kind)
    return one.template.replace("\x00", alias)


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


def _operators(
    statement: Statement,
    value: str,
    leaf: Leaf | None,
    tree: dict[str, Tree],
    *,
    encode: Callable[[Any], Any] | None = None,
    sql: str | None = None,
    nullable: bool = False,
) -> str:
    type_ = sql or (leaf.sql if leaf else "text")
    parts: list[str] = []
    for operator, given in tree.items():
        if operator == "isNull":
            parts.append(_is_null(statement, value, given))
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
            parts.append(f"{value}{collation} {COMPARE[operator]} {statement.param(given, type_)}{collation}")
        else:
            parts.append(_like(statement, value, operator, given))
    return conjunction(parts)


def _is_null(statement: Statement, value: str, given: Tree) -> str:
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


def _money(statement: Statement, alias: str, one: MoneyField, guard: str, tree: dict[str, Tree]) -> str:
    minor = guarded(guard, statement.column(alias, one.minor))
    currency = guarded(guard, statement.column(alias, one.currency))
    named = tree.get("currency")
    parts: list[str] = []
    for operator, given in tree.items():
        if operator == "currency":
            if not is_null(given):
                parts.append(f"{currency} = {statement.param(given, 'text')}")
            continue
        if operator == "isNull":
            parts.append(_is_null(statement, minor, given))
            continue
        if is_null(given):
            raise GraphRequestError(
                f"the operator {operator!r} was given null", hint="leave it out, or use isNull"
            )
        if is_null(named):
            raise GraphRequestError(
                f"{one.name} is compared without a currency",
                hint=f'amounts compare within one currency only: {one.name}: {{currency: EUR, {operator}: "10.00"}}',
            )
        assert named is not None
        both: Tree = [given, named]
        if operator == "ne":
            parts.append(
                f"{minor} is distinct from {statement.param(both, 'bigint', _minor_units(operator))}"
            )
        else:
            compared = COMPARE.get(operator, "=")
            parts.append(f"{minor} {compared} {statement.param(both, 'bigint', _minor_units(operator))}")
    return conjunction(parts)


def _minor_units(operator: str) -> Callable[[Any], int | None]:
    """Amount and currency as minor units, rounded such that the comparison means what it says; null never compares."""

    def encode(both: Any) -> int | None:
        amount, currency = both
        scaled = Decimal(amount).scaleb(EXPONENTS.get(currency, 2))
        up = operator in ("gte", "lt")
        whole = int(scaled.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))
        if operator in ("eq", "ne") and whole != scaled:
            return None
        return max(-BIGINT, min(BIGINT, whole))

    return encode


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
    condition = where_condition(statement, target, far, given)
    if quantifier == "every":
        condition = negation(condition)
    wanted = conjunction([linked, condition])
    if wanted == FALSE:
        return FALSE if quantifier == "some" else TRUE
    found = f"exists (select 1 from {statement.tables(target, far)} where {wanted})"
    return found if quantifier == "some" else f"not {found}"
