"""The keys of groups: what `by` names, as values of a row that a viewer may see, and the orders by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from .arguments import Tree, is_null, value_of
from .errors import GraphRequestError
from .group_types import MAX_GROUP_KEYS
from .leaves import CURRENCY, INSTANT, UUID_KEY, Leaf
from .order import Key, placing
from .registry import (
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    IdField,
    MoneyField,
    OneField,
)
from .row_values import leaf_sql
from .rules import allowed
from .statement import FALSE, TRUE, Statement, conjunction, literal
from .tally import Tally, shown


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key of groups: the path that leads to it, the value's type, where it is found; ``prefix`` makes it an id."""

    path: tuple[str, ...]
    leaf: Leaf
    sql: str
    words: str
    prefix: str | None = None


class GroupKeys:
    """The keys that ``by`` names, in its order."""

    def __init__(self, statement: Statement, entity: Entity, tally: Tally, by: Tree) -> None:
        self.statement = statement
        self.entity = entity
        self.tally = tally
        self.keys = self.read_by(by)

    def __iter__(self) -> Iterator[GroupKey]:
        return iter(self.keys)

    def at(self, path: tuple[str, ...]) -> GroupKey | None:
        """The key with that path."""
        return next((key for key in self.keys if key.path == path), None)

    def read_by(self, by: Tree) -> list[GroupKey]:
        given = [by] if isinstance(by, dict) else by
        if not isinstance(given, list) or not given:
            raise GraphRequestError(
                "groups: by names no key", hint="name a field: by: [{createdAt: {bucket: MONTH}}]"
            )
        if len(given) > MAX_GROUP_KEYS:
            raise GraphRequestError(
                f"groups: by names {len(given)} keys", hint=f"at most {MAX_GROUP_KEYS} are taken"
            )
        keys: list[GroupKey] = []
        for one in given:
            made = self.key(self.entity, self.tally.alias, self.entity.fields, one, (), TRUE)
            if any(made.path == known.path for known in keys):
                raise GraphRequestError(
                    f"groups: by names {'.'.join(made.path)} twice", hint="name each key once"
                )
            keys.append(made)
        return keys

    def key(
        self,
        entity: Entity,
        alias: str,
        fields: Mapping[str, Field],
        tree: Tree,
        path: tuple[str, ...],
        guard: str,
    ) -> GroupKey:
        if not isinstance(tree, dict) or len(tree) != 1:
            raise GraphRequestError(
                "groups: an element of by names more or less than one field",
                hint="give a list with one field each: by: [{channel: true}, {scenario: {name: true}}]",
            )
        ((name, given),) = tree.items()
        here = (*path, name)
        if is_null(given):
            raise GraphRequestError(f"groups: by {'.'.join(here)} is null", hint="leave it out")
        one = fields[name]
        if isinstance(one, OneField):
            return self.far_key(entity, alias, one, given, here, guard)
        own = conjunction([guard, allowed(self.statement, entity, alias, one)])
        match one:
            case IdField():
                self.taken(given, here)
                return self.made(here, UUID_KEY, f"{alias}.id", own, prefix=entity.prefix)
            case CompositeField():
                return self.key(entity, alias, one.parts, given, here, own)
            case MoneyField():
                assert isinstance(given, dict)
                self.taken(given["currency"], (*here, "currency"))
                column = self.statement.column(alias, one.currency)
                return self.made((*here, "currency"), CURRENCY, column, own)
        assert isinstance(one, ColumnField | ExpressionField)
        value = leaf_sql(self.statement, alias, one)
        if not isinstance(given, dict):
            self.taken(given, here)
            return self.made(here, one.leaf, value, own)
        unit = value_of(given["bucket"], self.statement.request.variables)
        return self.made(here, one.leaf, self.bucket(one.leaf, value, unit, given, here), own, words=unit)

    def far_key(
        self, entity: Entity, alias: str, one: OneField, given: Tree, here: tuple[str, ...], guard: str
    ) -> GroupKey:
        target = self.statement.registry.entities[one.target]
        found = self.tally.joined(entity, alias, one, guard)
        if found is None:
            nowhere = self.statement.alias(target)
            return self.key(target, nowhere, target.fields, given, here, FALSE)
        if isinstance(given, dict) and list(given) == ["id"]:
            self.taken(given["id"], (*here, "id"))
            value = self.tally.far_id(alias, one, found)
            return self.made((*here, "id"), UUID_KEY, value, TRUE, prefix=target.prefix)
        return self.key(target, found.alias, target.fields, given, here, TRUE)

    def made(
        self,
        path: tuple[str, ...],
        leaf: Leaf,
        value: str,
        guard: str,
        *,
        prefix: str | None = None,
        words: str = "",
    ) -> GroupKey:
        seen = shown(guard, value, leaf.sql)
        return GroupKey(path, leaf, self.tally.key(seen), f"{'.'.join(path)}{words and ':'}{words}", prefix)

    def taken(self, given: Tree, path: tuple[str, ...]) -> None:
        if value_of(given, self.statement.request.variables) is not True:
            raise GraphRequestError(
                f"groups: by {'.'.join(path)} is not true", hint="leave out what is not grouped by"
            )

    def bucket(self, leaf: Leaf, value: str, unit: str, given: dict[str, Tree], path: tuple[str, ...]) -> str:
        """The beginning of the unit of time that a value lies in."""
        if leaf is INSTANT:
            zone = self.statement.param(given["timeZone"], "text", time_zone)
            return f"date_trunc({literal(unit.lower())}, {value}, {zone})"
        if unit == "HOUR":
            raise GraphRequestError(
                f"groups: {'.'.join(path)} is a date, which has no hours", hint="take DAY or more"
            )
        return f"date_trunc({literal(unit.lower())}, {value}::timestamp)::date"

    # -- orders by keys

    def named(self, given: Any) -> tuple[GroupKey, str]:
        """The key that an order names, and its direction."""
        path: tuple[str, ...] = ()
        while isinstance(given, Mapping) and len(given) == 1:
            ((name, given),) = given.items()
            path = (*path, name)
        found = self.at(path)
        if found is None or not isinstance(given, str):
            raise GraphRequestError(
                f"groups: orderBy keys.{'.'.join(path)} is none of the keys",
                hint=f"`by` names {self.known()}",
            )
        return found, given

    def known(self) -> str:
        """Their paths, for an error to name."""
        return ", ".join(".".join(key.path) for key in self.keys)

    def by_key(self, key: GroupKey, direction: str) -> Key:
        """An order by one of them."""
        descending, nulls_first = placing(direction)
        words = f"groups.keys.{key.words}:{direction.removesuffix('_NULLS_LAST')}"
        return Key(words, key.sql, key.leaf, descending, nulls_first, True, False)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def time_zone(given: Any) -> str:
    """The name of a time zone, checked: PostgreSQL takes abbreviations, too, whose offsets mean other things."""
    if given not in _zones():
        raise GraphRequestError(
            f"{str(given)[:60]!r} is not a time zone",
            hint="give a name of the IANA time zone database, such as Europe/Berlin or UTC",
        )
    return str(given)
