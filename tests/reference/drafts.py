"""The draft of a query: chance, wishes, variables, and arguments whose values come from the rows there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from random import Random
from typing import Any, TypeVar, cast

from graphql import GraphQLSchema, get_named_type

from .features import DEEP, reaches
from .filters import KINDS, OFFER, View
from .nouns import ANSWERS, EXPONENTS, NOUNS, Computed, Leaf, Many, Money, One, Order, Parts, Refs, id_of
from .pages import Marks
from .rows import Row
from .searching import SEARCHED, is_unspaced, words
from .sums import Sums

T = TypeVar("T")

DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "ASC_NULLS_LAST", "DESC_NULLS_FIRST", "DESC_NULLS_LAST")
FAMILIES = {
    "eq": "where_eq",
    "ne": "where_ne",
    "in": "where_in",
    "notIn": "where_not_in",
    **dict.fromkeys(("gt", "gte", "lt", "lte"), "where_compare"),
    **dict.fromkeys(("contains", "startsWith", "endsWith"), "where_text"),
    "isNull": "where_is_null",
}


class Name(str):
    """The value of an enum: bare in a document, in quotes in variables."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable where a value would be."""

    name: str


@dataclass(slots=True)
class Variable:
    """A variable: its type, its value, and how to draw another value that fits as well."""

    type: str
    value: Any
    again: Callable[[], Any] | None


@dataclass(slots=True)
class Draft:
    """One query in the making.

    ``view`` is that of the viewer for whom the query should find something; ``wishes`` are features it should use.
    """

    draw: Random
    schema: GraphQLSchema
    view: View
    marks: Marks
    wishes: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    variables: dict[str, Variable] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    muted: int = 0
    inside_variable: int = 0
    names: int = 0

    # -- chance

    def want(self, feature: str, share: float) -> bool:
        """Whether to use a feature here: if it is wished for, or by chance."""
        if feature in self.wishes and self.draw.random() < 0.9:
            return True
        return self.draw.random() < share

    def tag(self, *features: str) -> None:
        """The query uses these features."""
        if not self.muted:
            self.used.update(features)
            self.wishes.difference_update(features)

    def wished(self, choices: Sequence[T], features: Callable[[T], set[str] | frozenset[str]]) -> T:
        """One of the choices: one that shows what is wished for, if there is one."""
        fitting = [one for one in choices if features(one) & self.wishes]
        return self.draw.choice(fitting or list(choices))

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def example(self, noun: str) -> Row | None:
        """A row that the query might find."""
        rows = self.view.rows(noun)
        return self.draw.choice(rows) if rows else None

    def any_row(self, noun: str) -> Row:
        return self.draw.choice(list(self.view.tables.all(noun)))

    # -- variables

    def argument(
        self, type_: str, draw: Callable[[], Any], *, share: float = 0.15, fixed: bool = False
    ) -> Any:
        """A value, or a variable that holds it."""
        if self.inside_variable or not self.want("variables", share):
            return draw()
        self.inside_variable += 1
        value = draw()
        self.inside_variable -= 1

        def again() -> Any:
            self.inside_variable += 1
            self.muted += 1
            try:
                return draw()
            finally:
                self.muted -= 1
                self.inside_variable -= 1

        name = self.name("v")
        self.variables[name] = Variable(type_, value, None if fixed else again)
        self.tag("variables")
        return Reference(name)

    # -- where

    def where(self, noun: str, row: Row | None, depth: int = 0, *, bang: str = "") -> Any:
        """A filter that the row mostly passes, or a variable that holds one; ``bang`` in a list of them."""
        return self.argument(f"{noun}Where{bang}", lambda: self._where(noun, row, depth), share=0.12)

    def _where(self, noun: str, row: Row | None, depth: int) -> dict[str, Any]:
        if depth == 0 and reaches(noun, DEEP) and self.want("where_to_one_deep", 0.03):
            return self._far(noun, row, DEEP)
        fields: Any = self.schema.type_map[f"{noun}Where"]
        names = [one for one in fields.fields if one not in ("and", "or", "not")]
        names += [one for one in names if "where_money" in _shows(fields, one)] * 2
        given: dict[str, Any] = {}
        for _ in range(self.draw.choice((1, 1, 1, 2))):
            name = self.wished(names, lambda one: _shows(fields, one) | _is_sql(noun, one, "where_sql"))
            is_link = bool(_shows(fields, name) & {"where_to_one", "where_some", "where_kind"})
            if name in given or (is_link and depth >= 2):
                continue
            made = self._condition(noun, name, get_named_type(fields.fields[name].type), row, depth)
            if made is not None:
                given[name] = made
        if depth < 2:
            self._combined(noun, row, depth, given)
        if self.draw.random() < 0.02:
            given[self.draw.choice(names)] = None
        return given

    def _far(self, noun: str, row: Row | None, steps: int) -> dict[str, Any]:
        """A filter through that many links to one row each, such as the row has."""
        if steps == 0:
            self.tag("where_to_one_deep")
            return self._where(noun, row, 2)
        type_: Any = self.schema.type_map[f"{noun}Where"]
        names = [one for one in type_.fields if isinstance(NOUNS[noun].get(one), One)]
        links = {one: cast(One, NOUNS[noun][one]) for one in names}
        links = {name: one for name, one in links.items() if reaches(one.noun, steps - 1)}
        there = [name for name, one in links.items() if row is not None and self.view.one(row, one)]
        name = self.draw.choice(there or list(links))
        far = self.view.one(row, links[name]) if row is not None else None
        self.tag("where_to_one")
        return {name: self._far(links[name].noun, far or self.example(links[name].noun), steps - 1)}

    def _combined(self, noun: str, row: Row | None, depth: int, given: dict[str, Any]) -> None:
        if self.want("where_and", 0.06):
            self.tag("where_and")
            how_many = self.draw.choice((1, 2, 2))
            given["and"] = [self.where(noun, row, depth + 1, bang="!") for _ in range(how_many)]
        if self.want("where_or", 0.1):
            self.tag("where_or")
            other = self.example(noun)
            made = [self.where(noun, one, depth + 1, bang="!") for one in self.draw.sample([row, other], 2)]
            given["or"] = made if self.draw.random() < 0.95 else self.draw.choice(([], made[:1]))
        if self.want("where_not", 0.12):
            self.tag("where_not")
            other = self.any_row(noun)
            given["not"] = self.where(noun, other, depth + 1) if self.draw.random() < 0.97 else {}

    def _condition(self, noun: str, name: str, type_: Any, row: Row | None, depth: int) -> Any:
        if name == "id":
            self.tag("where_id")
            return self._leaf(type_, row and id_of(noun, row), lambda: id_of(noun, self.any_row(noun)))
        if noun == OFFER and name in KINDS:
            self.tag("where_kind")
            is_it = row is not None and row.noun == KINDS[name]
            return self.where(KINDS[name], row if is_it else self.example(KINDS[name]), depth + 1)
        one = NOUNS[noun][name]
        match one:
            case Leaf() if name in ANSWERS:
                return self.argument("[AnswerFilter!]", lambda: self._answers(noun, one, row), share=0.1)
            case Leaf() | Computed():
                self.tag(*_is_sql(noun, name, "where_sql"))

                def raw(of: Row) -> Any:
                    return of[one.column] if isinstance(one, Leaf) else one.of(of)

                if row is not None and self.draw.random() < 0.1:
                    row = None
                is_told = row is not None and self.view.is_told(row, one.only_if)
                return self._leaf(
                    type_,
                    raw(row) if row is not None and is_told else None,
                    lambda: raw(self.any_row(noun)),
                    has_row=row is not None,
                )
            case Money():
                return self._money(noun, one, row)
            case Parts():
                return self._parts(noun, type_, one, row)
            case One():
                far = row and self.view.one(row, one)
                if far is None and row is not None and self.draw.random() < 0.7:
                    return None
                self.tag("where_to_one")
                return self.where(one.noun, far or self.example(one.noun), depth + 1)
            case Refs():
                return self.argument("ExternalRefFilter", lambda: self._refs(noun, one, row), share=0.1)
            case Many():
                return self._many(one, row, depth)
        raise AssertionError(f"{noun}.{name}")

    def _many(self, one: Many, row: Row | None, depth: int) -> dict[str, Any]:
        linked = self.view.many(row, one) if row is not None else []
        given: dict[str, Any] = {}
        if self.want("where_aggregate", 0.15):
            self.tag("where_aggregate")
            given["aggregate"] = self.having(one.noun, Sums(self.view, one.noun, linked))
            return given
        for quantifier in self.draw.choice((("some",), ("none",), ("every",), ("some", "every"))):
            quantifier = self.wished((quantifier, "some", "none", "every"), lambda key: {f"where_{key}"})
            if quantifier == "none" or not linked:
                far: Row | None = self.any_row(one.noun)
            else:
                far = self.draw.choice(linked)
            self.tag(f"where_{quantifier}")
            made = self.where(one.noun, far, depth + 1) if self.draw.random() < 0.8 else {}
            given[quantifier] = made
        return given

    def _answers(self, noun: str, one: Leaf, row: Row | None) -> list[dict[str, Any]]:
        self.tag("where_answers")
        sample = [self.view.value(each, one) or {} for each in (self.any_row(noun) for _ in range(6))]
        answers = (row and self.view.value(row, one)) or self.draw.choice(sample)
        elements = []
        for _ in range(self.draw.choice((1, 1, 1, 2))):
            question = self.draw.choice(sorted(answers) or ["guests"])
            if self.draw.random() < 0.15:
                question = self.draw.choice(("guests", "food", "arrival", "extras", "pets", "nothing", ""))
            others = [each[question] for each in sample if question in each]
            key = self.argument("String!", lambda question=question: question, share=0.1)
            elements.append({"question": key, **self._answer(answers.get(question), others)})
        if not elements or self.draw.random() < 0.03:
            return []
        return elements

    def _answer(self, answer: Any, others: list[Any]) -> dict[str, Any]:
        """A condition that the answer mostly passes."""
        kind = self.draw.choice(_kinds(answer) if self.draw.random() < 0.8 else sorted(ANSWER_KINDS))
        if kind == "answered":
            return {kind: (answer is not None) != (self.draw.random() < 0.2)}
        if kind == "choices":
            taken = [each for each in answer if isinstance(each, str)] if isinstance(answer, list) else []
            if self.draw.random() < 0.3:
                taken.append(self.draw.choice(("wifi", "sauna", "-")))
            operator = self.draw.choice(("has", "hasSome", "hasEvery"))
            if operator == "has":
                return {kind: {operator: self.draw.choice(taken or ["wifi"])}}
            return {kind: {operator: taken}}
        fitting = [each for each in (_as(kind, other) for other in others) if each is not None]
        type_: Any = self.schema.type_map[ANSWER_KINDS[kind]]
        value = _as(kind, answer)
        made = self._leaf(type_, value, lambda: self.draw.choice(fitting) if fitting else None)
        return {kind: made}

    def _refs(self, noun: str, one: Refs, row: Row | None) -> dict[str, Any]:
        self.tag("where_refs")
        sampled = [self.view.refs(self.any_row(noun), one) or [] for _ in range(4)]
        others = [ref for found in sampled for ref in found] or [{"source": "erp", "id": "-"}]
        ref = self.draw.choice((row and self.view.refs(row, one)) or others)
        given: dict[str, Any] = {}
        if self.draw.random() < 0.6:
            given["source"] = self.argument("String", lambda: ref["source"], share=0.1)
        if self.draw.random() < 0.3:
            given["id"] = {"eq": self.argument("String", lambda: ref["id"], share=0.1)}
        elif self.draw.random() < 0.6:
            several = [ref["id"], *(one["id"] for one in others[:2])]
            given["id"] = {"in": self.argument("[String!]", lambda: several, share=0.1)}
        elif self.draw.random() < 0.1:
            given["id"] = self.draw.choice((None, {}, {"in": []}))
        return given

    def _parts(self, noun: str, type_: Any, parts: Parts, row: Row | None) -> dict[str, Any]:
        self.tag("where_value")
        name = self.draw.choice(list(type_.fields))
        part, inner = parts.parts[name], get_named_type(type_.fields[name].type)
        if isinstance(part, Parts):
            return {name: self._parts(noun, inner, part, row)}
        is_told = row is not None and self.view.is_told(row, parts.only_if)
        return {
            name: self._leaf(
                inner,
                row[part] if row is not None and is_told else None,
                lambda: self.any_row(noun)[part],
                has_row=row is not None,
            )
        }

    def _money(self, noun: str, one: Money, row: Row | None) -> dict[str, Any]:
        self.tag("where_money")

        def raw(of: Row) -> tuple[Decimal, str] | None:
            minor, currency = of[f"{one.column}_minor"], of[f"{one.column}_currency"]
            return None if minor is None else (Decimal(minor).scaleb(-EXPONENTS[currency]), currency)

        amount, currency = (row and raw(row)) or (None, "EUR")
        if amount is None and row is not None and self.draw.random() < 0.5:
            return {"isNull": True}
        found = [raw(one) for one in (self.any_row(noun) for _ in range(6))]
        # amounts of one currency are the ones that compare
        alike = [one[0] for one in found if one is not None and one[1] == currency]
        operators = ("eq", "eq", "ne", "gt", "gte", "lt", "lte", "")
        operator = self.wished(operators, lambda key: {FAMILIES.get(key, "")})
        given: dict[str, Any] = {
            "currency": self.argument("CurrencyCode", lambda: currency, share=0.1, fixed=True)
        }
        if operator:
            self.tag(FAMILIES[operator])
            chosen = self._holding(operator, amount, [*alike, amount or Decimal("1.005")])
            if self.draw.random() < 0.15:
                chosen = chosen + Decimal("0.0005")
            given[operator] = self.argument("Decimal", lambda: format(chosen, "f"), share=0.1)
        return given

    def _leaf(
        self, type_: Any, value: Any, sample: Callable[[], Any], *, has_row: bool = True
    ) -> dict[str, Any]:
        """Operators of one leaf that the value mostly passes."""
        if type_.name.removesuffix("Filter") not in (
            "String Int Float Decimal DateTime Date Boolean Id CurrencyCode".split()
        ):
            self.tag("where_enum")
        given: dict[str, Any] = {}
        for _ in range(self.draw.choice((1, 1, 1, 1, 2))):
            operator = self.wished(list(type_.fields), lambda key: {FAMILIES[key]})
            if has_row and value is None and self.draw.random() < 0.6:
                operator = self.draw.choice([one for one in ("ne", "notIn", "isNull") if one in type_.fields])
            leaf = str(get_named_type(type_.fields[operator].type))
            if operator in ("eq", "ne") and self.want("where_null", 0.06 if value is not None else 0.5):
                self.tag("where_null")
                given[operator] = None
                continue
            if operator == "isNull":
                is_null = value is None if has_row else self.draw.random() < 0.5
                given[operator] = self.argument(
                    "Boolean", lambda is_null=is_null: is_null != (self.draw.random() < 0.1), share=0.1
                )
            else:
                made = self._operand(operator, leaf, value, sample)
                if made is None:
                    continue
                given[operator] = made
            self.tag(FAMILIES[operator])
        return given

    def _operand(self, operator: str, leaf: str, value: Any, sample: Callable[[], Any]) -> Any:
        others = [one for one in (sample() for _ in range(4)) if one is not None]
        if value is None and not others:
            return None
        if operator in ("in", "notIn"):

            def several() -> list[Any]:
                listed = [one for one in (sample() for _ in range(3)) if one is not None]
                if operator == "in" and value is not None:
                    listed.insert(self.draw.randrange(len(listed) + 1), value)
                elif operator == "notIn":
                    listed = [one for one in listed if one != value] or listed[:1]
                return [self.literal(leaf, one) for one in listed]

            return self.argument(f"[{leaf}!]", several, share=0.1)
        base = value if value is not None else others[0]

        def one() -> Any:
            if operator in ("contains", "startsWith", "endsWith"):
                return self._excerpt(operator, str(self.draw.choice([*others, *[base] * 9])))
            return self.literal(leaf, self._holding(operator, base, others))

        return self.argument(leaf, one, share=0.12)

    def _holding(self, operator: str, value: Any, others: Sequence[Any]) -> Any:
        """An operand for which the comparison with the value holds, if there is one."""
        if value is None or self.draw.random() < 0.05:
            return self.draw.choice(others or [value])
        holds = {"eq": eq, "ne": ne, "gt": gt, "gte": ge, "lt": lt, "lte": le}[operator]
        fitting = [one for one in (*others, value) if holds(value, one)]
        return self.draw.choice(fitting or [value])

    def _excerpt(self, operator: str, text: str) -> str:
        length = self.draw.randrange(1, 4)
        start = self.draw.randrange(max(len(text) - length, 0) + 1)
        if operator == "startsWith":
            start = 0
        elif operator == "endsWith":
            start = max(len(text) - length, 0)
        return self.draw.choice((str.upper, str.lower, str))(text[start : start + length])

    def literal(self, leaf: str, value: Any) -> Any:
        """A column as an argument has it."""
        if isinstance(value, datetime):
            zone = timezone(timedelta(hours=self.draw.choice((0, 0, 2, -5))))
            text = value.astimezone(zone).isoformat()
            return text.replace("+00:00", "Z")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, str) and leaf not in ("String", "ID", "CurrencyCode"):
            return Name(value)
        return value

    # -- search

    def search(self, noun: str, row: Row | None) -> str:
        """Words that mostly find the row: some of its own, the last one begun, perhaps with others of other rows."""
        if self.draw.random() < 0.06:
            return self.draw.choice(ODD_WORDS)
        texts = [one[column] for one in (row, self.any_row(noun)) if one for column in SEARCHED[noun]]
        found = words(next((one for one in texts if one), ""))
        if not found:
            return self.draw.choice(ODD_WORDS)
        taken = self.draw.sample(found, self.draw.choice((1, 1, min(2, len(found)))))
        last = taken[-1]
        start = self.draw.randrange(len(last)) if is_unspaced(last) and self.draw.random() < 0.5 else 0
        length = self.draw.randrange(1, len(last) + 1) if self.draw.random() < 0.6 else len(last)
        taken[-1] = last[start : start + length]
        text = self.draw.choice((" ", " ", ", ", "-")).join(taken)
        return text.upper() if text.isascii() and self.draw.random() < 0.3 else text

    # -- orderBy

    def order(self, noun: str) -> list[dict[str, Any]]:
        """One to three keys."""
        keys = [self._key(noun, 0)]
        if self.want("order_several", 0.4):
            keys.extend(self._key(noun, 0) for _ in range(self.draw.choice((1, 1, 2))))
        self.tag("order_by", *(("order_several",) if len(keys) > 1 else ()))
        return keys

    def _key(self, noun: str, depth: int) -> dict[str, Any]:
        if depth == 0 and reaches(noun, DEEP) and self.want("order_to_one_deep", 0.04):
            return self._far_key(noun, DEEP)
        fields: Any = self.schema.type_map[f"{noun}OrderBy"]
        names = list(fields.fields)
        if depth == 2:
            names = [
                one
                for one in names
                if one == "id" or isinstance(NOUNS[noun].get(one), Leaf | Computed | Money)
            ]
        name = self.wished(names, lambda one: _orders(noun, one, depth))
        return {name: self._direction_of(noun, name, depth)}

    def _far_key(self, noun: str, steps: int) -> dict[str, Any]:
        """A key through that many links to one row each."""
        if steps == 0:
            self.tag("order_to_one_deep")
            return self._key(noun, 2)
        type_: Any = self.schema.type_map[f"{noun}OrderBy"]
        links = {one: NOUNS[noun].get(one) for one in type_.fields}
        far = {
            name: one.noun
            for name, one in links.items()
            if isinstance(one, One) and reaches(one.noun, steps - 1)
        }
        name = self.draw.choice(list(far))
        self.tag("order_to_one")
        return {name: self._far_key(far[name], steps - 1)}

    def _direction_of(self, noun: str, name: str, depth: int) -> Any:
        if noun == OFFER and name in KINDS:
            self.tag("order_kind")
            return self._key(KINDS[name], depth + 1)
        one = None if name == "id" else NOUNS[noun][name]
        if isinstance(one, One):
            self.tag("order_to_one")
            return self._key(one.noun, depth + 1)
        if isinstance(one, Money):
            self.tag("order_money")
            return {
                "currency": self.draw.choice(("EUR", "EUR", "JPY", "KWD")),
                "direction": self._direction(),
            }
        if isinstance(one, Parts):
            self.tag("order_value")
            return self._part(one)
        if isinstance(one, Computed):
            self.tag("order_sql")
        if isinstance(one, Many):
            self.tag("order_aggregate", *(("order_far_aggregate",) if depth else ()))
            return self.aggregate_order(f"{one.noun}AggregateOrderBy")
        return self._direction()

    def _part(self, parts: Parts) -> dict[str, Any]:
        name = self.draw.choice(list(parts.parts))
        part = parts.parts[name]
        return {name: self._part(part) if isinstance(part, Parts) else self._direction()}

    def _direction(self) -> Name:
        direction = self.draw.choice(DIRECTIONS[2:] if self.want("order_nulls", 0.3) else DIRECTIONS[:2])
        if "NULLS" in direction:
            self.tag("order_nulls")
        return Name(direction)

    # -- aggregates

    def having(self, noun: str, sums: Sums, depth: int = 0) -> dict[str, Any]:
        """A filter that these sums mostly pass."""
        type_: Any = self.schema.type_map[f"{noun}AggregateFilter"]
        functions = [one for one in ("sum", "avg", "min", "max") if one in type_.fields]
        choice = self.draw.random()
        if depth == 0 and choice < 0.2:
            inner = [self.having(noun, sums, 1) for _ in range(2)]
            return self.draw.choice(({"or": inner}, {"and": inner}, {"not": inner[0]}))
        if choice < 0.5:
            least = self.argument(
                "Int", lambda: max(len(sums.rows) - self.draw.choice((0, 0, 1)), 0), share=0.2
            )
            return {"count": {self.draw.choice(("gte", "eq", "gte")): least}}
        function = self.draw.choice(functions)
        parts: Any = get_named_type(type_.fields[function].type)
        name = self.draw.choice(list(parts.fields))
        filter_: Any = get_named_type(parts.fields[name].type)
        value = sums.leaf(function, name)
        if not isinstance(value, dict):
            return {function: {name: self._sum_leaf(filter_, value)}}
        currency = self.draw.choice([*value, "EUR"])
        amount = value.get(currency)
        given: dict[str, Any] = {"currency": self.argument("CurrencyCode", lambda: currency, fixed=True)}
        operator = self.draw.choice(("eq", "ne", "gte", "lt", "isNull", ""))
        if operator == "isNull":
            given[operator] = amount is None
        elif operator:
            chosen = self._holding(operator, amount, [amount or Decimal("1.005"), Decimal("10.00")])
            given[operator] = self.argument("Decimal", lambda: format(chosen, "f"))
        return {function: {name: given}}

    def _sum_leaf(self, filter_: Any, value: Any) -> dict[str, Any]:
        if value is None:
            return {"isNull": self.draw.random() < 0.8}
        operator = self.draw.choice(("eq", "gte", "lte", "ne"))
        leaf = str(get_named_type(filter_.fields[operator].type))
        shown = format(value, "f") if isinstance(value, Decimal) else self.literal(leaf, value)
        return {operator: self.argument(leaf, lambda: shown)}

    def aggregate_order(self, type_name: str) -> dict[str, Any]:
        """One element of an order by aggregates."""
        type_: Any = self.schema.type_map[type_name]
        function = self.draw.choice([one for one in type_.fields if one != "keys"])
        if function == "count":
            return {function: self._direction()}
        parts: Any = get_named_type(type_.fields[function].type)
        name = self.draw.choice(list(parts.fields))
        if str(parts.fields[name].type) == "MoneyOrder":
            currency = self.draw.choice(("EUR", "EUR", "JPY", "KWD"))
            return {function: {name: {"currency": currency, "direction": self._direction()}}}
        return {function: {name: self._direction()}}

    def by(self, noun: str) -> list[dict[str, Any]]:
        """One or two keys."""
        made: dict[tuple[str, ...], dict[str, Any]] = {}
        for _ in range(self.draw.choice((1, 1, 2, 3))):
            path, given = self._by(noun, 0)
            made[path] = given
        return list(made.values())

    def _by(self, noun: str, depth: int) -> tuple[tuple[str, ...], dict[str, Any]]:
        type_: Any = self.schema.type_map[f"{noun}GroupBy"]
        names = [one for one in type_.fields if depth < 2 or not isinstance(NOUNS[noun].get(one), One)]
        name = self.wished(names, lambda one: _groups(noun, one, str(type_.fields[one].type)))
        far = NOUNS[noun].get(name)
        if isinstance(far, One):
            self.tag("group_to_one")
        if isinstance(far, Computed):
            self.tag("group_sql")
        path, given = self._by_field(type_, name, noun, depth)
        return (name, *path), {name: given}

    def _by_field(self, type_: Any, name: str, noun: str, depth: int) -> tuple[tuple[str, ...], Any]:
        inner: Any = get_named_type(type_.fields[name].type)
        far = NOUNS.get(noun, {}).get(name)
        if depth < 10 and isinstance(far, One) and inner.name == f"{far.noun}GroupBy":
            return self._by(far.noun, depth + 1)
        if inner.name == "MoneyGroupBy":
            return ("currency",), {"currency": True}
        if inner.name in ("InstantBucket", "DateBucket"):
            self.tag("group_bucket")
            units = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
            if inner.name == "DateBucket":
                return (), {"bucket": Name(self.draw.choice(units))}
            given: dict[str, Any] = {"bucket": Name(self.draw.choice(("HOUR", *units)))}
            if self.draw.random() < 0.8:
                zones = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Kathmandu", "UTC")
                given["timeZone"] = self.argument("String!", lambda: self.draw.choice(zones), share=0.3)
            return (), given
        if inner.name == "Boolean":
            return (), True
        part = self.draw.choice(list(inner.fields))
        path, given = self._by_field(inner, part, "", 10)
        return (part, *path), {part: given}

    def group_order(self, noun: str, by: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One or two elements: aggregates, or keys."""
        made: list[dict[str, Any]] = []
        for _ in range(self.draw.choice((1, 1, 2))):
            if self.draw.random() < 0.4:
                made.append({"keys": self._turned(self.draw.choice(by))})
            else:
                made.append(self.aggregate_order(f"{noun}GroupOrderBy"))
        return made

    def _turned(self, given: Any) -> Any:
        """A key of ``by`` as an order by it."""
        if isinstance(given, Mapping) and "bucket" not in given:
            return {name: self._turned(inner) for name, inner in given.items()}
        return self._direction()

    # -- cursors

    def group_cursor(self, noun: str) -> tuple[Any, Any, list[str]] | None:
        """``by`` and ``orderBy`` of groups, with the cursors that an earlier answer gave out for them."""
        by_type: Any = self.schema.type_map[f"{noun}GroupBy"]
        order_type: Any = self.schema.type_map[f"{noun}GroupOrderBy"]
        fitting = [
            (given, found)
            for given, found in self.marks.orders_of_groups(noun)
            if _are_fields(by_type, given["by"]) and _are_fields(order_type, given["orderBy"])
        ]
        if not fitting:
            return None
        given, found = self.draw.choice(fitting)
        return named(given["by"]), named(given["orderBy"]), found

    def cursor(self, noun: str, default: Order) -> tuple[Any, list[str]] | None:
        """An order and the cursors an earlier answer gave out in it, for lists that are by default in that order."""
        fitting = [one for one in self.marks.orders_of(noun) if _is_ordered_by(noun, one)]
        self.draw.shuffle(fitting)
        for order_by in fitting:
            words = tuple(key.words for key in self.view.keys(noun, order_by, default))
            cursors = self.marks.cursors_of(noun, words)
            if cursors:
                return named(order_by), cursors
        return None


ODD_WORDS = (
    "", " ", "!", "' & | :*", "\\", "the", "in the camp", "camping", "camps", "地 营", "的", "露营的地", "😀", "\x00",
    "ＡＮＮ", "zoe", "o'brien", "x" * 300,
)  # fmt: skip
"""What else people type."""

ANSWER_KINDS = {
    "answered": "",
    "choices": "",
    "text": "StringFilter",
    "choice": "StringFilter",
    "number": "FloatFilter",
    "flag": "BooleanFilter",
    "date": "DateFilter",
}


def _kinds(answer: Any) -> list[str]:
    """As what an answer may be asked for."""
    fitting = [kind for kind in ("text", "choice", "number", "flag", "date") if _as(kind, answer) is not None]
    return [*fitting, *(["choices"] if isinstance(answer, list) else []), "answered"]


def _as(kind: str, answer: Any) -> Any:
    """The answer as a value of that kind, or ``None``."""
    match kind:
        case "number":
            is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
            # a Float of the graph is a double: what is none exactly cannot be asked for
            return answer if is_number and int(float(answer)) == int(answer) else None
        case "flag":
            return answer if isinstance(answer, bool) else None
        case "date":
            try:
                return date.fromisoformat(answer) if isinstance(answer, str) and len(answer) == 10 else None
            except ValueError:
                return None
        case _:
            return answer if isinstance(answer, str) else None


def _shows(fields: Any, name: str) -> set[str]:
    """The features that a field of a ``where`` type shows."""
    type_ = str(get_named_type(fields.fields[name].type))
    if type_ == "MoneyFilter":
        return {"where_money"}
    if type_ == "AnswerFilter":
        return {"where_answers"}
    if type_ == "ExternalRefFilter":
        return {"where_refs"}
    if type_ == "IdFilter":
        return {"where_id", "where_eq", "where_ne", "where_in", "where_not_in", "where_is_null", "where_null"}
    if type_.endswith("Links"):
        return {"where_some", "where_none", "where_every", "where_aggregate"}
    if fields.name == "OfferWhere" and name in KINDS:
        return {"where_kind"}
    if type_.endswith("Where"):
        return {"where_value"} if type_ in ("PlaceWhere", "ContactWhere", "PointWhere") else {"where_to_one"}
    shown = {"where_eq", "where_ne", "where_in", "where_not_in", "where_is_null", "where_null"}
    if type_ == "StringFilter":
        return {*shown, "where_text", "where_compare"}
    if type_ in ("IntFilter", "FloatFilter", "DateTimeFilter", "DateFilter"):
        return {*shown, "where_compare"}
    return shown if type_ == "BooleanFilter" else {*shown, "where_enum"}


def _is_sql(noun: str, name: str, feature: str) -> set[str]:
    return {feature} if isinstance(NOUNS[noun].get(name), Computed) else set()


def _groups(noun: str, name: str, type_: str) -> set[str]:
    shown = {"group_bucket"} if "Bucket" in type_ else set()
    one = NOUNS[noun].get(name)
    return {*shown, *(("group_to_one",) if isinstance(one, One) else ()), *_is_sql(noun, name, "group_sql")}


def _are_fields(type_: Any, given: Sequence[Mapping[str, Any]] | None) -> bool:
    """Whether an input type has all that was given: lists of offers and of one kind share their cursors."""
    for one in given or ():
        for name, inner in one.items():
            if name == "keys":
                continue
            if name not in type_.fields:
                return False
            below: Any = get_named_type(type_.fields[name].type)
            if isinstance(inner, Mapping) and hasattr(below, "fields") and not _are_fields(below, [inner]):
                return False
    return True


def _orders(noun: str, name: str, depth: int) -> set[str]:
    if noun == OFFER and name in KINDS:
        return {"order_kind"}
    one = NOUNS[noun].get(name)
    if isinstance(one, One):
        return {"order_to_one", *(("order_far_aggregate",) if depth == 0 else ())}
    if isinstance(one, Money):
        return {"order_money"}
    if isinstance(one, Many):
        return {"order_aggregate", *(("order_far_aggregate",) if depth else ())}
    if isinstance(one, Computed):
        return {"order_sql"}
    return {"order_value"} if isinstance(one, Parts) else set()


def _is_ordered_by(noun: str, order_by: Any) -> bool:
    return all(name == "id" or name in NOUNS[noun] for one in order_by or () for name in one)


def named(order_by: Any) -> Any:
    """An order as it was coerced, written again: directions are names."""
    if isinstance(order_by, Mapping):
        return {
            # the name of a currency or time zone, or the direction of an order by one
            key: one if key in ("currency", "timeZone") and one not in DIRECTIONS else named(one)
            for key, one in order_by.items()
        }
    if isinstance(order_by, list):
        return [named(one) for one in order_by]
    return Name(order_by) if isinstance(order_by, str) else order_by


def written(value: Any) -> str:
    """A value as a document has it."""
    if isinstance(value, Reference):
        return f"${value.name}"
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
