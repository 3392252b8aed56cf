"""Aggregates and groups over rows in memory: every sum from scratch, in exact decimals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .nouns import EXPONENTS, NOUNS, Computed, Leaf, Money, One, Parts, id_of
from .rows import Row

if TYPE_CHECKING:
    from .filters import View

MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


@dataclass(frozen=True, slots=True)
class Sums:
    """Some rows of a noun, as one viewer sees them."""

    view: View
    noun: str
    rows: Sequence[Row]

    def distinct(self, name: str) -> int:
        """How many different values there are."""
        field = NOUNS[self.noun][name]
        if isinstance(field, One):
            found = [self.view.one(row, field) for row in self.rows]
            return len({one.id for one in found if one is not None})
        return len(set(self._values(name)))

    def leaf(self, function: str, name: str) -> Any:
        """A sum, average, least or greatest of a column, or of amounts by currency."""
        if isinstance(NOUNS[self.noun][name], Money):
            return {code: self._amount(function, name, code) for code in sorted(self._amounts(name))}
        return _of(function, self._values(name), 6)

    def _amount(self, function: str, name: str, code: str) -> Decimal | None:
        found = _of(function, self._amounts(name).get(code, []), EXPONENTS.get(code, 2))
        return found if found is None else Decimal(found)

    def _values(self, name: str) -> list[Any]:
        field = NOUNS[self.noun][name]
        assert isinstance(field, Leaf | Computed)
        found = [self.view.value(row, field) for row in self.rows]
        return [one for one in found if one is not None]

    def _amounts(self, name: str) -> dict[str, list[Decimal]]:
        field = NOUNS[self.noun][name]
        assert isinstance(field, Money)
        amounts: dict[str, list[Decimal]] = {}
        for row in self.rows:
            if (found := self.view.money(row, field)) is not None:
                amounts.setdefault(found[1], []).append(found[0])
        return amounts

    def holds(self, given: Mapping[str, Any] | None) -> bool:
        """Whether an aggregate filter holds; true or false, never unknown."""
        return all(self._condition(key, one) for key, one in (given or {}).items())

    def _condition(self, key: str, given: Any) -> bool:
        from .filters import compares

        if given is None:
            return True
        if key == "and":
            return all(self.holds(one) for one in given)
        if key == "or":
            return any(self.holds(one) for one in given)
        if key == "not":
            return not self.holds(given)
        if key == "count":
            return compares(len(self.rows), given)
        for name, wanted in given.items():
            if wanted is None:
                continue
            if not isinstance(NOUNS[self.noun][name], Money):
                if not compares(self.leaf(key, name), wanted):
                    return False
                continue
            amount = self._amount(key, name, wanted["currency"])
            operators = {operator: one for operator, one in wanted.items() if operator != "currency"}
            if not (compares(amount, operators) if operators else amount is not None):
                return False
        return True

    def ordered(self, given: Mapping[str, Any]) -> Any:
        """What an element of an order is about."""
        ((key, inner),) = given.items()
        if key == "count":
            return len(self.rows)
        ((name, direction),) = inner.items()
        if isinstance(direction, Mapping):
            return self._amount(key, name, direction["currency"])
        return self.leaf(key, name)


def order_words(given: Mapping[str, Any]) -> tuple[str, str]:
    """By which words an element of an order is known, and its direction."""
    ((key, inner),) = given.items()
    if key == "count":
        return key, inner
    ((name, direction),) = inner.items()
    if isinstance(direction, Mapping):
        return f"{key}.{name} in {direction['currency']}", direction["direction"]
    return f"{key}.{name}", direction


def _of(function: str, values: Sequence[Any], digits: int) -> Any:
    if not values:
        return None
    match function:
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "sum":
            return sum(values[1:], start=Decimal(values[0]))
    with localcontext(prec=60):
        mean = sum(values, start=Decimal(0)) / len(values)
        return mean.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One key: the path to it, the words it is known by, how to read it and how it is shown."""

    path: tuple[str, ...]
    words: str
    read: Callable[[Row], Any]
    shown: Callable[[Any], Any]


@dataclass(eq=False)
class Grouping:
    """Rows of a noun by what they have in common."""

    view: View
    noun: str
    rows: Sequence[Row]
    by: Sequence[Mapping[str, Any]]

    @cached_property
    def keys(self) -> list[GroupKey]:
        return [self._key(self.noun, one, ()) for one in self.by]

    @cached_property
    def groups(self) -> list[Group]:
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self.rows:
            found.setdefault(tuple(key.read(row) for key in self.keys), []).append(row)
        return [Group(self, values, Sums(self.view, self.noun, rows)) for values, rows in found.items()]

    def _key(self, noun: str, given: Mapping[str, Any], path: tuple[str, ...]) -> GroupKey:
        ((name, inner),) = given.items()
        here = (*path, name)
        if name == "id":
            found = {row.id: row for row in self.view.tables.all(noun)}
            return _made(here, "", lambda row: row.id, lambda id: id_of(noun, found[id]))
        field = NOUNS[noun][name]
        match field:
            case One():
                far = self._key(field.noun, inner, here)

                def through(row: Row) -> Any:
                    found = self.view.one(row, field)
                    return None if found is None else far.read(found)

                return GroupKey(far.path, far.words, through, far.shown)
            case Money():

                def currency(row: Row) -> str | None:
                    found = self.view.money(row, field)
                    return None if found is None else found[1]

                return _made((*here, "currency"), "", currency)
            case Parts():
                return self._part(field, inner, here, field.only_if)
        assert isinstance(field, Leaf | Computed)

        def read(row: Row) -> Any:
            value = self.view.value(row, field)
            return value if value is None or inner is True else bucket(value, inner)

        return _made(here, "" if inner is True else inner["bucket"], read, _shown)

    def _part(
        self, field: Parts, given: Mapping[str, Any], path: tuple[str, ...], only_if: str | None
    ) -> GroupKey:
        ((name, inner),) = given.items()
        part = field.parts[name]
        if isinstance(part, Parts):
            return self._part(part, inner, (*path, name), only_if)
        return _made((*path, name), "", lambda row: row[part] if self.view.is_told(row, only_if) else None)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows with the same keys."""

    of: Grouping
    values: tuple[Any, ...]
    sums: Sums

    @property
    def keys(self) -> dict[str, Any]:
        """The keys as an object."""
        made: dict[str, Any] = {}
        for key, value in zip(self.of.keys, self.values, strict=True):
            at = made
            for step in key.path[:-1]:
                at = at.setdefault(step, {})
            at[key.path[-1]] = None if value is None else key.shown(value)
        return made


def _made(
    path: tuple[str, ...],
    words: str,
    read: Callable[[Row], Any],
    shown: Callable[[Any], Any] = lambda value: value,
) -> GroupKey:
    return GroupKey(path, ".".join((*path, words)), read, shown)


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def bucket(value: datetime | date, given: Mapping[str, Any]) -> Any:
    """The beginning of the unit of time that a value lies in."""
    unit = given["bucket"]
    if not isinstance(value, datetime):
        return _first_day(value, unit)
    local = value.astimezone(ZoneInfo(given["timeZone"]))
    if unit == "HOUR":
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return value - past
    first = _first_day(local.date(), unit)
    return datetime(first.year, first.month, first.day, tzinfo=local.tzinfo).astimezone(UTC)


def _first_day(day: date, unit: str) -> date:
    if unit == "DAY":
        return day
    if unit == "WEEK":
        return day - timedelta(days=day.weekday())
    months = MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)
