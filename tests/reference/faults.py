"""Faults to plant in the planner: each takes one thing away that only some answers show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from unittest.mock import patch

from serai.graph import (
    amounts,
    answers,
    arguments,
    batches,
    comparisons,
    connection,
    external_refs,
    groups,
    objects,
    order,
    plan,
    planning,
    rules,
    search,
    selection,
    statement,
    tally,
    totals,
    where,
)
from serai.graph.leaves import INT, UUID_KEY
from serai.graph.registry import ManyField
from serai.graph.statement import FALSE, TRUE, Statement

LINK_CONDITION = where.link_condition

Plant = tuple[Any, str, Callable[[Any], Any]]
"""Where, by which name, and what is there instead of what was."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault; ``plants`` are exchanged all at once."""

    name: str
    plants: Sequence[Plant]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The engine has the fault within the block."""
        with ExitStack() as stack:
            for owner, name, exchange in self.plants:
                stack.enter_context(patch.object(owner, name, exchange(getattr(owner, name))))
            yield


def _instead(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _rewritten(old: str, new: str) -> Callable[[Any], Any]:
    """What compiles, with its SQL changed."""

    def exchange(sound: Any) -> Any:
        return lambda *given, **named: sound(*given, **named).replace(old, new)

    return exchange


def _unguarded(*_: Any) -> str:
    return TRUE


def _known_kind(_: Statement, entity: Any, alias: str) -> str:
    return rules.known_kind(entity, alias)


def _no_inverse_guard(stmt: Statement, entity: Any, one: ManyField, alias: str, target: Any, far: str) -> str:
    if one.through is not None:
        return LINK_CONDITION(stmt, entity, one, alias, target, far)
    inverse: Any = target.fields[one.inverse]
    here = f"{stmt.column(far, inverse.column)} = {alias}.id"
    return statement.conjunction([here, rules.visible(stmt, target, far)])


def _through_any(stmt: Statement, entity: Any, one: ManyField, alias: str, far: str) -> str:
    """A link through rows that nobody checks."""
    link: Any = entity.fields[one.through or ""]
    between: Any = stmt.registry.entities[link.target]
    middle = stmt.alias(between)
    near, across = between.fields[link.inverse], between.fields[one.across]
    return (
        f"exists (select 1 from {between.table} {middle} where {stmt.column(middle, near.column)} = {alias}.id "
        f"and {stmt.column(middle, across.column)} = {far})"
    )


def _as_text(sound: Any) -> Any:
    def typed(key: str, answer: str) -> Any:
        leaf, sql, encode, value = sound(key, answer)
        return leaf, sql, encode, f"({answer} #>> '{{}}')" if key in ("text", "choice") else value

    return typed


def _unguarded_answers(sound: Any) -> Any:
    return lambda stmt, column, _guard, tree: sound(stmt, column, TRUE, tree)


def _unordered(sound: Any) -> Any:
    return lambda *given: re.sub(r"order by ref\d+\.source, ref\d+\.external_id", "", sound(*given))


def _unordered_search(statement: Statement, alias: str, _: Any) -> list[order.Key]:
    """What is found, in the order of ids."""
    return [
        order.Key("search", "0", INT, True, False, False, False),
        order.Key("id", f"{alias}.id", UUID_KEY, True, False, False, True),
    ]


def _blind_to_spelling(sound: Any) -> Any:
    """A rank that words as they are written add nothing to."""

    def ranked(*given: Any) -> list[order.Key]:
        keys = sound(*given)
        return [replace(keys[0], sql=keys[0].sql.replace("::integer", "::integer * 0")), *keys[1:]]

    return ranked


def _blind_far_away(sound: Any) -> Any:
    """An order that forgets the rule of the row that the third link leads to."""

    def through(statement: Statement, alias: str, one: Any, given: Any, path: str, guard: str) -> order.Key:
        if path.count(".") < 2:
            return cast(order.Key, sound(statement, alias, one, given, path, guard))
        with patch.object(order, "visible", _known_kind):
            return cast(order.Key, sound(statement, alias, one, given, path, guard))

    return through


def _every_as_some(sound: Any) -> Any:
    def to_many(stmt: Any, entity: Any, alias: str, one: Any, guard: str, quantifier: str, given: Any) -> Any:
        quantifier = "some" if quantifier == "every" else quantifier
        return sound(stmt, entity, alias, one, guard, quantifier, given)

    return to_many


def _three_valued(part: str) -> str:
    return {TRUE: FALSE, FALSE: TRUE}.get(part, f"(not ({part}))")


def _without_nulls(sound: Any) -> Any:
    def ordering(self: Any, expression: str, *, reverse: bool) -> str:
        return sound(self, expression, reverse=reverse).split(" nulls ")[0]

    return ordering


def _never_reversed(sound: Any) -> Any:
    return lambda self, expression, *, reverse: sound(self, expression, reverse=False)


def _nulls_not_turned(sound: Any) -> Any:
    def ordering(self: Any, expression: str, *, reverse: bool) -> str:
        text = sound(self, expression, reverse=reverse)
        swapped = {"first": "last", "last": "first"}
        head, found, placed = text.partition(" nulls ")
        return f"{head} nulls {swapped[placed]}" if found and reverse else text

    return ordering


def _one_more(sound: Any) -> Any:
    return lambda self, limit: sound(self, limit + 1)


def _untied(sound: Any) -> Any:
    def order_keys(*given: Any) -> Any:
        keys = sound(*given)
        return keys[:-1] if len(keys) > 1 else keys

    return order_keys


def _inclusive(sound: Any) -> Any:
    def beyond(*given: Any, **named: Any) -> str:
        return sound(*given, **named).replace(") > (", ") >= (").replace("> \x02", ">= \x02")

    return beyond


def _only_skip(sound: Any) -> Any:
    return lambda request, node, name: None if name == "include" else sound(request, node, name)


def _only_exact(condition: str, type_: Any) -> bool:
    return bool(condition == type_.name)


def _as_viewer(sound: Any) -> Any:
    def rule_condition(stmt: Statement, *given: Any) -> str:
        stmt.as_system, kept = False, stmt.as_system
        try:
            return sound(stmt, *given)
        finally:
            stmt.as_system = kept

    return rule_condition


def _untouched(sound: Any) -> Any:
    def plan_operation(*given: Any) -> Any:
        made = sound(*given)
        return plan.OperationPlan(made.roots, frozenset(), made.rows, made.mutation)

    return plan_operation


def _turned(sound: Any) -> Any:
    """Each row gets what was answered for another."""

    async def answered(*given: Any, **named: Any) -> Any:
        results = await sound(*given, **named)
        return {
            key: one
            if isinstance(one, Exception)
            else dict(zip(one, reversed(list(one.values())), strict=True))
            for key, one in results.items()
        }

    return answered


def _as_written(sound: Any) -> Any:
    return lambda stmt, _, tree: sound(stmt, "serai_search_exact", tree)


def _any_currency(sound: Any) -> Any:
    def money(*given: Any) -> str:
        return re.sub(r"(\S+_currency) = (\S+)", r"\1 = coalesce(\1, \2)", sound(*given))

    return money


def _inner(sound: Any) -> Any:
    return lambda self, *given: sound(self, *given).replace(" left join ", " join ")


def _unruled(_: Any) -> Any:
    return lambda parts: statement.conjunction(parts[1:])


def _half_up(total: str, number: str) -> str:
    return f"round({total}::numeric / nullif({number}, 0))"


def _backwards(sound: Any) -> Any:
    return lambda self, key, direction: sound(self, key, "DESC")


def _of_all(sound: Any) -> Any:
    def amount(self: Any, function: Any, one: Any, currency: str) -> str:
        return sound(self, function, one, f"coalesce({self.code(one)}, {currency})")

    return amount


def _unlinked(sound: Any) -> Any:
    def condition(stmt: Any, entity: Any, alias: str, tree: Any, linked: str) -> str:
        reached = linked.split(" and ")[0]
        return sound(stmt, entity, alias, tree, linked if "exists" in reached else reached)

    return condition


FAULTS = (
    Fault("a lost coalesce", [(objects, "or_null", _instead(lambda expression: expression))]),
    Fault("a lost rule of the row a link leads to", [(objects, "visible", _instead(_known_kind))]),
    Fault("a lost rule of the row a filter goes through", [(where, "visible", _instead(_known_kind))]),
    Fault("a lost rule of the row an order goes through", [(order, "visible", _instead(_known_kind))]),
    Fault("a lost rule of the rows of a list", [(plan, "visible", _instead(_known_kind))]),
    Fault("a lost rule of rows read by id", [(plan, "obeyed", _instead(_unguarded))]),
    Fault("a lost guard of a selected field", [(objects, "allowed", _instead(_unguarded))]),
    Fault("a lost guard of a filtered field", [(where, "allowed", _instead(_unguarded))]),
    Fault("a lost guard of an ordered field", [(order, "allowed", _instead(_unguarded))]),
    Fault(
        "a lost guard of the link that a list inverts",
        [(one, "link_condition", _instead(_no_inverse_guard)) for one in (objects, where)],
    ),
    Fault("a link through rows whoever may see them", [(where, "_through", _instead(_through_any))]),
    Fault("a link that forgets its own filter", [(where, "tree_from", _instead(lambda _: None))]),
    Fault(
        "external ids of other entities",
        [(external_refs, "_of", _instead(lambda _, alias, ref: f"{ref}.row_id = {alias}.id"))],
    ),
    Fault("external ids in no order", [(objects, "refs_json", _unordered)]),
    Fault(
        "answers of any type taken for text",
        [(answers, "_typed", _as_text)],
    ),
    Fault(
        "answers found by the index whoever may see them", [(where, "answers_condition", _unguarded_answers)]
    ),
    Fault("an argument of a list held to the viewer's rights", [(rules, "rule_condition", _as_viewer)]),
    Fault("nulls where the database has them", [(order.Key, "ordering", _without_nulls)]),
    Fault("nulls not turned with the order", [(order.Key, "ordering", _nulls_not_turned)]),
    Fault("a page from the wrong end", [(order.Key, "ordering", _never_reversed)]),
    Fault("a page of one row more", [(connection._Connection, "source", _one_more)]),
    Fault("an order without the id", [(connection, "order_keys", _untied)]),
    Fault("a cursor's own row in the next page", [(connection, "beyond", _inclusive)]),
    Fault(
        "a cursor that forgets nulls",
        [(order, "_strictly", _rewritten(" is null and ", " is null and not "))],
    ),
    Fault(
        "no rows known beyond a cursor", [(connection._Connection, "past", _instead(lambda *_, **__: FALSE))]
    ),
    Fault("a negation that knows unknown", [(where, "negation", _instead(_three_valued))]),
    Fault("every as some", [(where, "_to_many", _every_as_some)]),
    Fault("an inequality that forgets nulls", [(where, "compared", _rewritten("is distinct from", "<>"))]),
    Fault("a filter that tells case apart", [(comparisons, "_like", _rewritten("lower(", "("))]),
    Fault("a money filter that forgets the currency", [(where, "money_condition", _any_currency)]),
    Fault("thousandths taken for hundredths", [(objects, "_money", _rewritten("0.001 ", "0.01 "))]),
    Fault("amounts filtered by two digits always", [(amounts, "EXPONENTS", _instead({}))]),
    Fault("sums that forget the rules of their rows", [(totals, "conjunction", _unruled)]),
    Fault("a lost guard of a summed field", [(tally, "allowed", _instead(_unguarded))]),
    Fault("a lost guard of a group's key", [(groups, "allowed", _instead(_unguarded))]),
    Fault("a lost rule of the row a group's key comes from", [(tally, "visible", _instead(_known_kind))]),
    Fault("averages rounded half up", [(tally, "half_even", _instead(_half_up))]),
    Fault("units of time that begin in UTC", [(groups, "time_zone", _instead(lambda _: "UTC"))]),
    Fault("groups in an order without their keys", [(groups._Groups, "by_key", _backwards)]),
    Fault(
        "a page of groups of one more",
        [(groups._Groups, "listed", _rewritten(".place <= ", ".place <= 1 + "))],
    ),
    Fault("money listed from all currencies", [(tally.Tally, "amount", _of_all)]),
    Fault("having left out", [(groups, "tally_condition", _instead(lambda *_: TRUE))]),
    Fault("sums of links over hidden rows", [(where, "aggregated_condition", _unlinked)]),
    Fault("a count that goes on", [(totals, "_bound", _instead(lambda _: 10**9))]),
    Fault("an @include that is ignored", [(selection, "_condition", _only_skip)]),
    Fault(
        "fragments on interfaces left out",
        [(selection, "_applies", _instead(lambda _, *two: _only_exact(*two)))],
    ),
    Fault("a search in the order of ids", [(connection, "ranked", _instead(_unordered_search))]),
    Fault("a rank that does not mind how words are written", [(connection, "ranked", _blind_to_spelling)]),
    Fault("a lost rule of the third row an order goes through", [(order, "_through", _blind_far_away)]),
    Fault("an order of one kind that others have a part in", [(order, "is_kind", _instead(_unguarded))]),
    Fault("a filter of one kind that others pass", [(where, "is_kind", _instead(_unguarded))]),
    Fault("a cursor's own group in the next page", [(groups, "beyond", _inclusive)]),
    Fault("a search that finds everything", [(connection, "search_condition", _instead(lambda *_: TRUE))]),
    Fault("a search for words as they are written", [(search, "_asked", _as_written)]),
    Fault("kinds of offer joined strictly", [(Statement, "tables", _inner)]),
    Fault("values of a batched field turned around", [(batches, "answered", _turned)]),
    Fault("a plan kept for other permissions", [(planning, "plan_operation", _untouched)]),
    Fault("a plan kept for other variables", [(arguments.VariableUse, "shape", _instead(lambda *_: ()))]),
)
