"""``aggregate`` as JSON text, and what is filtered and ordered by counts, sums and extremes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from .amounts import amount_sql, minor_units
from .arguments import Const, Tree, is_null
from .comparisons import COMPARE, compared, null_condition
from .errors import GraphRequestError
from .leaves import DECIMAL, INT, Leaf
from .measures import summed_leaf
from .pieces import members, or_null
from .registry import ColumnField, Entity, ExpressionField, MoneyField
from .selection import below, selections
from .statement import TRUE, Selection, Statement, conjunction, disjunction, literal, negation
from .tally import Function, Tally

FUNCTIONS: Final = get_args(Function)
KINDS: Final = {"sum": "Numbers", "avg": "Numbers", "min": "Extremes", "max": "Extremes"}


def aggregate_json(
    statement: Statement, entity: Entity, selection: Selection, conditions: Callable[[str], list[str]]
) -> str:
    """``aggregate`` of a list as JSON text; ``conditions`` are those of its rows."""
    tally = Tally(statement, entity, statement.alias(entity))
    written = written_json(tally, selection)
    if not tally.primitives:
        return written
    return tally.select(written, conjunction(conditions(tally.alias)))


def written_json(tally: Tally, selection: Selection) -> str:
    """The object that ``aggregate`` is, over the columns of the tally's result."""
    name = tally.entity.name
    pairs: list[tuple[str, str]] = []
    for one in selections(tally.statement.request, below(selection), f"{name}Aggregate"):
        if one.name == "__typename":
            pairs.append((one.key, literal(f'"{name}Aggregate"')))
        elif one.name == "count":
            pairs.append((one.key, f"{tally.count()}::text"))
        elif one.name == "countDistinct":
            pairs.append((one.key, _parts(tally, one, f"{name}Distinct", _distinct_json)))
        else:
            pairs.append((one.key, _parts(tally, one, f"{name}{KINDS[one.name]}", _json_of(one.name))))
    return members(pairs)


def _parts(
    tally: Tally, selection: Selection, type_name: str, written: Callable[[Tally, Selection], str]
) -> str:
    return members(
        (
            part.key,
            literal(f'"{type_name}"') if part.name == "__typename" else written(tally, part),
        )
        for part in selections(tally.statement.request, below(selection), type_name)
    )


def _distinct_json(tally: Tally, part: Selection) -> str:
    return f"{tally.distinct(tally.entity.fields[part.name])}::text"


def _json_of(function: Any) -> Callable[[Tally, Selection], str]:
    def written(tally: Tally, part: Selection) -> str:
        one = tally.entity.fields[part.name]
        if isinstance(one, MoneyField):
            return tally.by_currency(function, one, lambda minor, code: _money(tally, part, minor, code))
        assert isinstance(one, ColumnField | ExpressionField)
        leaf = one.leaf if function in ("min", "max") else summed_leaf(one)
        return or_null(leaf.to_json(tally.leaf(function, one)))

    return written


def _money(tally: Tally, selection: Selection, minor: str, code: str) -> str:
    return members(
        (
            part.key,
            literal('"Money"')
            if part.name == "__typename"
            else f"""'"' || {amount_sql(minor, code)} || '"'"""
            if part.name == "amount"
            else f"""'"' || {code} || '"'""",
        )
        for part in selections(tally.statement.request, below(selection), "Money")
    )


# -- filters


def aggregated_condition(statement: Statement, entity: Entity, alias: str, tree: Tree, linked: str) -> str:
    """What a filter says of all linked rows together: ``linked`` is the condition for the row ``alias`` to be one."""
    tally = Tally(statement, entity, alias)
    condition = tally_condition(tally, tree)
    return condition if condition == TRUE else tally.select(condition, linked)


def tally_condition(tally: Tally, tree: Tree | None) -> str:
    """The condition of an aggregate filter over the columns of the tally's result."""
    if is_null(tree):
        return TRUE
    assert isinstance(tree, dict)
    parts: list[str] = []
    for key, given in tree.items():
        if is_null(given):
            continue
        if key == "and":
            parts.extend(tally_condition(tally, one) for one in _items(given))
        elif key == "or":
            parts.append(disjunction([tally_condition(tally, one) for one in _items(given)]))
        elif key == "not":
            parts.append(negation(tally_condition(tally, given)))
        elif key == "count":
            parts.append(compared(tally.statement, tally.count(), INT, _object(given)))
        else:
            parts.extend(_field(tally, key, name, one) for name, one in _object(given).items())
    return conjunction(parts)


def _field(tally: Tally, function: Any, name: str, given: Tree) -> str:
    if is_null(given):
        return TRUE
    one = tally.entity.fields[name]
    if isinstance(one, MoneyField):
        return _money_condition(tally, function, one, _object(given))
    assert isinstance(one, ColumnField | ExpressionField)
    leaf = one.leaf if function in ("min", "max") else summed_leaf(one)
    return compared(tally.statement, tally.leaf(function, one), leaf, _object(given), nullable=True)


def _money_condition(tally: Tally, function: Any, one: MoneyField, tree: dict[str, Tree]) -> str:
    named = tree.get("currency")
    operators = [key for key in tree if key != "currency"]
    if is_null(named):
        if not operators:
            return TRUE
        raise GraphRequestError(
            f"{function} of {one.name} is compared without a currency",
            hint=f'amounts are added up within one currency only: {one.name}: {{currency: "EUR", gte: "10.00"}}',
        )
    assert named is not None
    statement = tally.statement
    amount = tally.amount(function, one, statement.param(named, "text"))
    if not operators:
        return f"{amount} is not null"
    parts: list[str] = []
    for operator in operators:
        given = tree[operator]
        if operator == "isNull":
            parts.append(null_condition(statement, amount, given))
            continue
        if is_null(given):
            raise GraphRequestError(
                f"the operator {operator!r} was given null", hint="leave it out, or use isNull"
            )
        bound = statement.param([given, named], "bigint", minor_units(operator))
        if operator == "ne":
            parts.append(f"coalesce({amount} <> {bound}, true)")
        else:
            parts.append(f"{amount} {COMPARE.get(operator, '=')} {bound}")
    return conjunction(parts)


def _items(tree: Tree) -> list[Tree]:
    if isinstance(tree, dict):
        return [tree]
    return tree if isinstance(tree, list) else []


def _object(tree: Tree) -> dict[str, Tree]:
    assert isinstance(tree, dict), tree
    return tree


# -- orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An aggregate that is ordered by: its value over the tally's result, and what tells its order from others."""

    name: str
    sql: str
    leaf: Leaf
    direction: str
    nullable: bool


def ordered(tally: Tally, given: Any, path: str) -> Ordered:
    """What an element of an order names, from its plain value; ``path`` says where it stands."""
    key, inner = _only(given, path)
    if key == "count":
        return Ordered(
            name=f"{path}count",
            sql=tally.count(),
            leaf=INT,
            direction=_direction(inner, f"{path}count"),
            nullable=False,
        )
    name, direction = _only(inner, f"{path}{key}.")
    one = tally.entity.fields[name]
    function: Any = key
    words = f"{path}{key}.{name}"
    if isinstance(one, MoneyField):
        if not isinstance(direction, Mapping):
            raise _unnamed(words)
        currency = direction["currency"]
        return Ordered(
            name=f"{words}:{currency}",
            sql=tally.amount(function, one, tally.statement.param(Const(currency), "text")),
            leaf=INT if function in ("min", "max") else DECIMAL,
            direction=_direction(direction["direction"], words),
            nullable=True,
        )
    assert isinstance(one, ColumnField | ExpressionField)
    return Ordered(
        name=words,
        sql=tally.leaf(function, one),
        leaf=one.leaf if function in ("min", "max") else summed_leaf(one),
        direction=_direction(direction, words),
        nullable=True,
    )


def _only(given: Any, path: str) -> tuple[str, Any]:
    if not isinstance(given, Mapping) or len(given) != 1:
        raise _unnamed(path)
    ((name, inner),) = given.items()
    return name, inner


def _direction(given: Any, words: str) -> str:
    if not isinstance(given, str):
        raise GraphRequestError(f"orderBy {words} is null", hint="give a direction, such as DESC")
    return given


def _unnamed(path: str) -> GraphRequestError:
    return GraphRequestError(
        f"orderBy {path.removesuffix('.')} names more or less than one thing",
        hint='give a list with one each: [{count: DESC}, {sum: {total: {currency: "EUR", direction: DESC}}}]',
    )
