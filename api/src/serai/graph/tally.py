"""Aggregates over one set of rows, worked out in one pass, whole or in groups of equal keys.

The SQL has up to three layers. The innermost reads rows and gives values names (``k0`` a key, ``v0`` a value, ``c0`` a
currency). The next adds them up (``p0``). Where amounts are listed by currency, rows are added up by currency first,
which is one pass and few groups, and the last layer puts those together (``l0`` a list). Different values cannot be
counted like that, nor can amounts in several currency columns: those are added up by grouping sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from .comparisons import CODE_POINTS, guarded
from .measures import Measured
from .registry import ColumnField, Entity, ExpressionField, Field, MoneyField, OneField
from .row_values import leaf_sql
from .rules import allowed, visible
from .statement import FALSE, TRUE, Statement, conjunction

Function = Literal["sum", "avg", "min", "max"]
COMBINED: Final = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
DIGITS: Final = 6
"""To how many decimals averages of numbers are rounded."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """An aggregate that PostgreSQL works out itself; ``value`` is ``None`` where rows are counted."""

    function: str
    value: str | None

    def sql(self) -> str:
        if self.value is None:
            return "count(*)"
        if self.function == "distinct":
            return f"count(distinct {self.value})"
        return f"{self.function}({self.value})"


@dataclass(frozen=True, slots=True)
class Joined:
    """A row that a to-one path leads to; there is none where ``condition`` does not hold."""

    entity: Entity
    alias: str
    condition: str


class Tally:
    """Collects what is wanted of the rows ``alias`` of an entity; ``name`` is what its result is called."""

    def __init__(self, statement: Statement, entity: Entity, alias: str) -> None:
        self.statement = statement
        self.entity = entity
        self.alias = alias
        self.name = statement.plain_alias("sum")
        self.keys: list[str] = []
        self.values: list[str] = []
        self.currencies: list[str] = []
        self.primitives: list[Primitive] = []
        self.lists: list[tuple[int, str, Callable[[str], str]]] = []
        self.joins: dict[tuple[str, str], Joined] = {}

    # -- what is wanted of rows

    def key(self, sql: str) -> str:
        """One more key of the groups: where its value is found."""
        self.keys.append(sql)
        return f"{self.name}.k{len(self.keys) - 1}"

    def value(self, one: Field) -> str:
        """A leaf, or the id of what a link leads to, as far as it may be seen."""
        if isinstance(one, OneField):
            found = self.joined(self.entity, self.alias, one, TRUE)
            return "null::uuid" if found is None else self.far_id(self.alias, one, found)
        assert isinstance(one, ColumnField | ExpressionField)
        guard = allowed(self.statement, self.entity, self.alias, one)
        return shown(guard, leaf_sql(self.statement, self.alias, one), one.leaf.sql)

    def minor(self, one: MoneyField) -> str:
        """An amount in minor units."""
        guard = allowed(self.statement, self.entity, self.alias, one)
        return shown(guard, self.statement.column(self.alias, one.minor), "bigint")

    def code(self, one: MoneyField) -> str:
        """The currency of an amount."""
        guard = allowed(self.statement, self.entity, self.alias, one)
        return shown(guard, self.statement.column(self.alias, one.currency), "text")

    def joined(self, entity: Entity, alias: str, one: OneField, guard: str) -> Joined | None:
        """The row a link leads to, joined beside the rows; ``None`` if it can never be seen."""
        known = self.joins.get((alias, one.name))
        if known is not None:
            return known
        statement = self.statement
        target = statement.registry.entities[one.target]
        far = statement.alias(target)
        condition = conjunction(
            [guard, allowed(statement, entity, alias, one), visible(statement, target, far)]
        )
        if condition == FALSE:
            return None
        found = self.joins[alias, one.name] = Joined(target, far, condition)
        return found

    def far_id(self, alias: str, one: OneField, found: Joined) -> str:
        """The id of the row a link leads to; where whoever sees the link sees the row, nothing needs joining."""
        if found.condition == TRUE:
            return self.statement.column(alias, one.column)
        return f"{found.alias}.id"

    # -- aggregates

    def primitive(self, function: str, value: str | None = None) -> int:
        """The number of an aggregate of PostgreSQL over a value."""
        named = None if value is None else f"v{_index(self.values, value)}"
        return _index(self.primitives, Primitive(function, named))

    def count(self) -> str:
        """How many rows there are."""
        return self._column(self.primitive("count"))

    def distinct(self, one: Field) -> str:
        """How many different values there are."""
        return self._column(self.primitive("distinct", self.value(one)))

    def leaf(self, function: Function, one: Measured) -> str:
        """A sum, average, least or greatest of a leaf; null if there is no value."""
        assert not isinstance(one, MoneyField)
        value = self.value(one)
        if function in ("min", "max"):
            collated = f"{value} {CODE_POINTS}" if one.leaf.textual else value
            return self._column(self.primitive(function, collated))
        total = self._column(self.primitive("sum", value))
        if function == "sum":
            return total
        number = self._column(self.primitive("count", value))
        if one.leaf.graphql == "Float":
            return f"({total} / nullif({number}, 0))"
        return f"trim_scale({half_even(f'({total}::numeric * {10**DIGITS})', number)} * 0.{'1'.rjust(DIGITS, '0')})"

    def amount(self, function: Function, one: MoneyField, currency: str) -> str:
        """A sum, average, least or greatest of the amounts in one currency, in minor units."""
        value = f"case when {self.code(one)} = {currency} then {self.minor(one)} end"
        if function != "avg":
            return self._column(self.primitive(function, value))
        total, number = self.primitive("sum", value), self.primitive("count", value)
        return half_even(self._column(total), self._column(number))

    def by_currency(self, function: Function, one: MoneyField, written: Callable[[str, str], str]) -> str:
        """JSON text of the amounts by currency, each written from its minor units and code."""
        at = _index(self.currencies, self.code(one))
        value = self.minor(one)
        if function == "avg":
            total, number = self.primitive("sum", value), self.primitive("count", value)
            needed = total

            def amount(row: str) -> str:
                return half_even(f"{row}.p{total}", f"{row}.p{number}")
        else:
            needed = self.primitive(function, value)

            def amount(row: str) -> str:
                return f"{row}.p{needed}"

        def listed(row: str) -> str:
            return written(amount(row), f"{row}.c{at}")

        self.lists.append((at, f"p{needed}", listed))
        return f"{self.name}.l{len(self.lists) - 1}"

    def _column(self, number: int) -> str:
        return f"{self.name}.p{number}"

    # -- the SQL

    def select(self, expression: str, condition: str) -> str:
        """An expression over the result, in parentheses."""
        return f"(select {expression} from ({self.result(condition)}) {self.name})"

    def result(self, condition: str) -> str:
        """A select with a row for each group, of all rows one; made last, when all that is wanted is known."""
        keys = [f"k{number}" for number in range(len(self.keys))]
        if not self.lists:
            return self._summed(condition, keys, [], _grouped(keys))
        codes = [f"c{number}" for number in range(len(self.currencies))]
        if len(codes) == 1 and not any(one.function == "distinct" for one in self.primitives):
            by_currency = self._summed(condition, keys, codes, _grouped([*keys, *codes]))
            return self._combined(by_currency, keys, [self._again(one) for one in self.primitives], [TRUE])
        sets = [keys, *([*keys, code] for code in codes)]
        listed = ", ".join("(" + ", ".join(one) + ")" for one in sets)
        grouping = f" group by grouping sets ({listed})"
        summed = self._summed(
            condition, keys, codes, grouping, [f"grouping({one}) as g{one}" for one in codes]
        )
        whole = conjunction([f"part.g{code} = 1" for code in codes])
        picked = [lambda column: f"max(part.{column}) filter (where {whole})" for _ in self.primitives]
        return self._combined(summed, keys, picked, [f"part.g{code} = 0" for code in codes])

    def _summed(
        self, condition: str, keys: list[str], codes: list[str], grouping: str, more: Sequence[str] = ()
    ) -> str:
        """The rows added up by keys (and currencies), from their values."""
        columns = [*keys, *codes, *more, *(f"{one.sql()} as p{at}" for at, one in enumerate(self.primitives))]
        return f"select {', '.join(columns)} from {self._rows(condition)}{grouping}"

    def _rows(self, condition: str) -> str:
        statement = self.statement
        named = [
            f"{sql} as {letter}{number}"
            for letter, found in (("k", self.keys), ("c", self.currencies), ("v", self.values))
            for number, sql in enumerate(found)
        ]
        joins = [
            (statement.tables(one.entity, one.alias), f"{one.alias}.id = {column}", one.condition)
            for column, one in self._joins()
        ]
        tables = statement.tables(self.entity, self.alias)
        for table, tied, rule in joins:
            far = f"({table})" if " join " in table else table
            tables += f" left join {far} on {conjunction([tied, rule])}"
        if not named:
            return f"{tables} where {condition}"
        return f"(select {', '.join(named)} from {tables} where {condition}) vals"

    def _joins(self) -> Iterator[tuple[str, Joined]]:
        """What is joined, each after what leads to it; what nothing is read of is left out."""
        text = " ".join([*self.keys, *self.values, *self.currencies])
        entities = {self.alias: self.entity} | {one.alias: one.entity for one in self.joins.values()}
        found: list[tuple[str, Joined]] = []
        for (alias, name), one in reversed(self.joins.items()):
            if not re.search(rf"\b{one.alias}(\.|_)", text):
                continue
            link = entities[alias].fields[name]
            assert isinstance(link, OneField)
            column = self.statement.column(alias, link.column)
            text += f" {column} {one.condition}"
            found.append((column, one))
        yield from reversed(found)

    def _combined(
        self, inner: str, keys: list[str], again: Sequence[Callable[[str], str]], sets: list[str]
    ) -> str:
        """What was added up by currency put together: aggregates of all, and the lists."""
        columns = [*keys, *(f"{combine(f'p{at}')} as p{at}" for at, combine in enumerate(again))]
        for number, (at, needed, written) in enumerate(self.lists):
            among = conjunction([sets[at], f"part.c{at} is not null", f"part.{needed} is not null"])
            listed = (
                f"string_agg({written('part')}, ',' order by part.c{at} {CODE_POINTS}) filter (where {among})"
            )
            columns.append(f"'[' || coalesce({listed}, '') || ']' as l{number}")
        return f"select {', '.join(columns)} from ({inner}) part{_grouped(keys)}"

    @staticmethod
    def _again(one: Primitive) -> Callable[[str], str]:
        """How what was added up in parts is added up."""

        def combine(column: str) -> str:
            whole = f"{COMBINED[one.function]}(part.{column})"
            return f"coalesce({whole}, 0)::bigint" if one.function == "count" else whole

        return combine


def _grouped(keys: Sequence[str]) -> str:
    return f" group by {', '.join(keys)}" if keys else ""


def _index(known: list[Any], one: Any) -> int:
    if one not in known:
        known.append(one)
    return known.index(one)


def shown(guard: str, value: str, sql: str) -> str:
    """A value the viewer may not see counts as null, which has a type."""
    return f"null::{sql}" if guard == FALSE else guarded(guard, value)


def half_even(total: str, number: str) -> str:
    """A quotient rounded to a whole number, halves to the even one; null without values.

    Exact, as PostgreSQL's division and rounding of numbers are not: a remainder is compared with half of the divisor.
    """
    whole, rest = f"div({total}, {number})", f"2 * abs(mod({total}, {number}))"
    up = f"{rest} > {number} or ({rest} = {number} and mod({whole}, 2) <> 0)"
    return f"case when {number} > 0 then {whole} + case when {up} then sign({total}) else 0 end end"
