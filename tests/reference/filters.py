"""``where`` and ``orderBy`` over rows in memory, as one viewer sees them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, TypeVar
from uuid import UUID

from .access import Access
from .nouns import ANSWERS, EXPONENTS, NOUNS, PREFIXES, Computed, Leaf, Many, Money, One, Order, Parts, Refs
from .rows import Row
from .searching import SEARCHED
from .sums import Sums, order_words

OFFER = "Offer"
KINDS = {"service": "Service", "stay": "Stay"}
"""By which names offers of a kind are filtered and ordered."""

T = TypeVar("T")
COMPARE = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


class WrongId(ValueError):
    """The id is of another type."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order: how to read it, which way it goes, and by which words it was asked for."""

    read: Callable[[Any], Any]
    words: str
    is_descending: bool
    has_nulls_first: bool = False


class View:
    """What one viewer sees, filters and orders by."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.tables = access.tables

    # -- what the viewer sees

    def is_told(self, row: Row, only_if: str | None) -> bool:
        """Whether what is only for some is for this viewer."""
        return only_if is None or getattr(self.access, only_if)(row)

    def rows(self, noun: str) -> list[Row]:
        return [row for row in self.tables.all(noun) if self.access.sees(row)]

    def one(self, row: Row, field: One) -> Row | None:
        found = self.tables.get(field.noun, row[field.column])
        if found is None or not self.is_told(row, field.only_if) or not self.access.sees(found):
            return None
        return found

    def many(self, row: Row, field: Many) -> list[Row]:
        if not self.is_told(row, field.only_if):
            return []
        return [
            one
            for key in self._met(row, field)
            for one in self.tables.pointing(field.noun, field.column, key)
            if field.which(one) and self.access.sees(one) and self.is_told(one, field.if_told)
        ]

    def _met(self, row: Row, field: Many) -> list[UUID]:
        """What the rows of a link point to: the row itself, or what the visible rows in the middle lead to."""
        if field.through is None:
            return [row.id]
        assert row.noun is not None
        middle = NOUNS[row.noun][field.through]
        assert isinstance(middle, Many)
        keys = dict.fromkeys(one[field.column] for one in self.many(row, middle))
        ends = [self.tables.get(field.across, key) for key in keys]
        return [end.id for end in ends if end is not None and self.access.sees(end)]

    def value(self, row: Row, field: Leaf | Computed) -> Any:
        if not self.is_told(row, field.only_if):
            return None
        return row[field.column] if isinstance(field, Leaf) else field.of(row)

    def money(self, row: Row, field: Money) -> tuple[Decimal, str] | None:
        minor, currency = row[f"{field.column}_minor"], row[f"{field.column}_currency"]
        if minor is None or not self.is_told(row, field.only_if):
            return None
        return Decimal(minor).scaleb(-EXPONENTS[currency]), currency

    def refs(self, row: Row, field: Refs) -> list[dict[str, str]] | None:
        if not self.is_told(row, field.only_if):
            return None
        found = self.tables.refs[PREFIXES[row.noun or "Offer"], row.id]
        return sorted(found, key=lambda one: (one["source"], one["id"]))

    def finds(self, noun: str, row: Row, asked: str | None) -> bool:
        """Whether a user's words find a row; without any, all are found."""
        return asked is None or self.tables.stems.finds(
            asked, [row[column] for column in SEARCHED[noun] if row[column] is not None]
        )

    # -- where

    def matches(self, noun: str, row: Row, where: Mapping[str, Any] | None) -> bool:
        """Whether a row is as the filter says; true or false, never unknown."""
        return all(self._condition(noun, row, key, given) for key, given in (where or {}).items())

    def _condition(self, noun: str, row: Row, key: str, given: Any) -> bool:
        if given is None:
            return True
        if key == "and":
            return all(self.matches(noun, row, one) for one in given)
        if key == "or":
            return any(self.matches(noun, row, one) for one in given)
        if key == "not":
            return not self.matches(noun, row, given)
        if key == "id":
            return compares(row.id, {name: _keys(noun, one) for name, one in given.items()})
        if noun == OFFER and key in KINDS:
            return row.noun == KINDS[key] and self.matches(KINDS[key], row, given)
        field = NOUNS[noun][key]
        match field:
            case Leaf() if key in ANSWERS:
                answers = self.value(row, field)
                return all(_is_answered(answers, one) for one in given)
            case Leaf() | Computed():
                return compares(self.value(row, field), given)
            case Money():
                return _compares_money(self.money(row, field), given)
            case Parts():
                return self._parts(row, field, given, is_told=self.is_told(row, field.only_if))
            case One():
                found = self.one(row, field)
                return found is not None and self.matches(field.noun, found, given)
            case Refs():
                return any(_is_called(one, given) for one in self.refs(row, field) or ())
            case Many():
                linked = self.many(row, field)
                return all(
                    Sums(self, field.noun, linked).holds(one)
                    if key == "aggregate"
                    else self._quantified(field.noun, linked, key, one)
                    for key, one in given.items()
                )
        raise AssertionError(f"{noun}.{key} cannot be filtered by")

    def _parts(self, row: Row, field: Parts, where: Mapping[str, Any], *, is_told: bool) -> bool:
        for name, given in where.items():
            part = field.parts[name]
            if given is None:
                continue
            if isinstance(part, Parts):
                holds = self._parts(row, part, given, is_told=is_told)
            else:
                holds = compares(row[part] if is_told else None, given)
            if not holds:
                return False
        return True

    def _quantified(self, noun: str, rows: Sequence[Row], quantifier: str, where: Any) -> bool:
        if where is None:
            return True
        found = [self.matches(noun, row, where) for row in rows]
        return {"some": any(found), "none": not any(found), "every": all(found)}[quantifier]

    # -- orderBy

    def keys(self, noun: str, wanted: Sequence[Mapping[str, Any]] | None, default: Order) -> list[Key]:
        """The keys of an order; the last is the id, unless it is among them."""
        given: list[Mapping[str, Any]] = list(wanted or ())
        if not given:
            given = [{name: "DESC" if down else "ASC"} for name, down in default]
        keys = [self._key(noun, one, "") for one in given]
        if not any("id" in one for one in given):
            is_descending = keys[-1].is_descending if keys else False
            keys.append(leaf_key(lambda row: row.id, "id", "DESC" if is_descending else "ASC"))
        return keys

    def _key(self, noun: str, given: Mapping[str, Any], path: str) -> Key:
        ((name, direction),) = given.items()
        words = f"{path}{name}"
        if name == "id":
            # never null: where nulls go says nothing, unless the row itself may be missing
            return leaf_key(lambda row: row.id, words, direction if path else direction.split("_")[0])
        if noun == OFFER and name in KINDS:
            inner = self._key(KINDS[name], direction, f"{words}.")

            def of_kind(row: Row) -> Any:
                return inner.read(row) if row.noun == KINDS[name] else None

            return Key(of_kind, inner.words, inner.is_descending, inner.has_nulls_first)
        field = NOUNS[noun][name]
        match field:
            case Leaf() | Computed():
                return leaf_key(lambda row: self.value(row, field), words, direction)
            case Money():
                currency = direction["currency"]

                def amount(row: Row) -> Decimal | None:
                    found = self.money(row, field)
                    return found[0] if found is not None and found[1] == currency else None

                return leaf_key(amount, f"{words} in {currency}", direction["direction"])
            case Parts():
                return self._part(field, direction, f"{words}.", field.only_if)
            case One():
                far = self._key(field.noun, direction, f"{words}.")

                def through(row: Row) -> Any:
                    found = self.one(row, field)
                    return None if found is None else far.read(found)

                return Key(through, far.words, far.is_descending, far.has_nulls_first)
            case Many():
                asked, way = order_words(direction)

                def together(row: Row) -> Any:
                    return Sums(self, field.noun, self.many(row, field)).ordered(direction)

                return leaf_key(together, f"{words}.{asked}", way)
        raise AssertionError(f"{noun}.{name} cannot be ordered by")

    def _part(self, field: Parts, given: Mapping[str, Any], path: str, only_if: str | None) -> Key:
        ((name, direction),) = given.items()
        part = field.parts[name]
        if isinstance(part, Parts):
            return self._part(part, direction, f"{path}{name}.", only_if)
        return leaf_key(
            lambda row: row[part] if self.is_told(row, only_if) else None, f"{path}{name}", direction
        )


def leaf_key(read: Callable[[Any], Any], words: str, direction: str) -> Key:
    """A key of an order, from its direction."""
    direction = direction.removesuffix("_NULLS_LAST")
    return Key(read, f"{words} {direction}", direction.startswith("DESC"), direction.endswith("NULLS_FIRST"))


def compare_keys(keys: Sequence[Key], left: Sequence[Any], right: Sequence[Any]) -> int:
    """Which of two rows comes first, by the values of their keys: negative if ``left`` does."""
    for key, one, other in zip(keys, left, right, strict=True):
        if one == other:
            continue
        if one is None or other is None:
            return -1 if (one is None) == key.has_nulls_first else 1
        return -1 if (one < other) != key.is_descending else 1
    return 0


def in_order(keys: Sequence[Key], rows: Sequence[T]) -> list[tuple[tuple[Any, ...], T]]:
    """Rows with the values of their keys, in order."""
    read = [(tuple(key.read(row) for key in keys), row) for row in rows]
    return sorted(read, key=cmp_to_key(lambda one, other: compare_keys(keys, one[0], other[0])))


def _keys(noun: str, given: Any) -> Any:
    """Ids as uuids."""
    if isinstance(given, list):
        return [_keys(noun, one) for one in given]
    if not isinstance(given, str):
        return given
    prefix, _, digits = given.partition("_")
    if prefix != PREFIXES[noun]:
        raise WrongId(given)
    return UUID(digits)


def _is_called(ref: Mapping[str, str], given: Mapping[str, Any]) -> bool:
    source, id = given.get("source"), given.get("id")
    return (source is None or ref["source"] == source) and (id is None or compares(ref["id"], id))


def _is_answered(answers: Mapping[str, Any] | None, given: Mapping[str, Any]) -> bool:
    """Whether the answer to one question is as the filter says; one of another type is none."""
    answer = (answers or {}).get(given["question"])
    return all(
        _answers(answer, name, wanted)
        for name, wanted in given.items()
        if name != "question" and wanted is not None
    )


def _answers(answer: Any, name: str, wanted: Any) -> bool:
    match name:
        case "answered":
            return bool((answer is not None) == wanted)
        case "text" | "choice":
            return compares(answer if isinstance(answer, str) else None, wanted)
        case "flag":
            return compares(answer if isinstance(answer, bool) else None, wanted)
        case "number":
            is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
            return compares(
                Decimal(str(answer)) if is_number else None,
                {key: _number(one) for key, one in wanted.items()},
            )
        case "date":
            return compares(_date(answer), wanted)
        case "choices":
            taken = [one for one in answer if isinstance(one, str)] if isinstance(answer, list) else None
            return all(_takes(taken, operator, one) for operator, one in wanted.items())
    raise AssertionError(name)


def _number(given: Any) -> Any:
    if isinstance(given, list):
        return [_number(one) for one in given]
    return given if given is None or isinstance(given, bool) else Decimal(str(given))


def _date(answer: Any) -> date | None:
    if not isinstance(answer, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", answer):
        return None
    try:
        return date.fromisoformat(answer)
    except ValueError:
        return None


def _takes(taken: list[str] | None, operator: str, wanted: Any) -> bool:
    if taken is None:
        return False
    if operator == "has":
        return wanted in taken
    found = [one in taken for one in wanted]
    return any(found) if operator == "hasSome" else all(found)


def compares(value: Any, given: Mapping[str, Any]) -> bool:
    """Whether a value is as the operators say."""
    return all(_operator(value, name, wanted) for name, wanted in given.items())


def _operator(value: Any, name: str, wanted: Any) -> bool:
    match name:
        case "isNull":
            return wanted is None or (value is None) == wanted
        case "eq":
            return bool(value == wanted)
        case "ne":
            return bool(value != wanted)
        case "in":
            return value is not None and value in wanted
        case "notIn":
            return value is None or value not in wanted
    if value is None:
        return False
    if name in COMPARE:
        if isinstance(value, datetime | date):
            assert type(value) is type(wanted)
        return bool(COMPARE[name](value, wanted))
    text, sought = lowered(value), lowered(wanted)
    match name:
        case "contains":
            return sought in text
        case "startsWith":
            return text.startswith(sought)
        case "endsWith":
            return text.endswith(sought)
    raise AssertionError(name)


def _compares_money(value: tuple[Decimal, str] | None, given: Mapping[str, Any]) -> bool:
    amount, currency = value or (None, None)
    for name, wanted in given.items():
        if wanted is None:
            continue
        if name == "currency":
            holds = currency == wanted
        elif name == "isNull":
            holds = (value is None) == wanted
        else:
            holds = _operator(amount, name, wanted)
        if not holds:
            return False
    return True


def lowered(text: str) -> str:
    """Lower case, one character for one, as Unicode's simple mappings have it."""
    return "".join("i" if one == "İ" else one.lower() for one in text)
