"""``groups`` of a list: rows with equal keys added up, paged by cursors, all from one pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from .aggregate_types import MAX_GROUP_KEYS
from .aggregates import ordered, tally_condition, written_json
from .arguments import Tree, is_null, value_of
from .errors import BudgetExceeded, GraphRequestError
from .leaves import CURRENCY, INSTANT, UUID_KEY, Leaf
from .order import MAX_KEYS, Key, beyond, cursor_sql, fingerprint, placing
from .paging import Page, read_page
from .pieces import members, or_null
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
from .selection import below, selections
from .statement import FALSE, TRUE, Selection, Statement, conjunction, disjunction, literal, negation
from .tally import Tally, shown


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key of groups: the path that leads to it, the value's type, where it is found; ``prefix`` makes it an id."""

    path: tuple[str, ...]
    leaf: Leaf
    sql: str
    words: str
    prefix: str | None = None


def groups_json(
    statement: Statement,
    entity: Entity,
    selection: Selection,
    arguments: dict[str, Tree],
    conditions: Callable[[str], list[str]],
) -> str:
    """``groups`` as JSON text; ``conditions`` are those of a row of the list."""
    request = statement.request
    page = read_page(arguments, request.variables, selection.key)
    chosen = selections(request, below(selection), f"{entity.name}GroupConnection")
    if any(one.name in ("nodes", "edges") for one in chosen):
        request.rows += statement.rows * page.size
        if request.rows > request.row_budget:
            raise BudgetExceeded(
                f"the operation could return {request.rows} rows or more, of at most {request.row_budget}",
                hint="ask for fewer groups (first:), or in several operations",
                data={"estimate": request.rows, "budget": request.row_budget},
            )
    return _Groups(statement, entity, page, arguments).render(chosen, conditions)


class _Groups:
    def __init__(self, statement: Statement, entity: Entity, page: Page, arguments: dict[str, Tree]) -> None:
        self.statement = statement
        self.entity = entity
        self.page = page
        self.arguments = arguments
        self.tally = Tally(statement, entity, statement.alias(entity))
        self.name = self.tally.name
        self.cut = statement.plain_alias("page")
        self.keys = self.read_by(arguments["by"])
        self.order = self.read_order()
        self.mark = fingerprint(entity, self.order)
        self.having = tally_condition(self.tally, arguments.get("having"))

    # -- what is grouped by

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

    # -- order and cursors

    def read_order(self) -> list[Key]:
        """What is asked for, then the keys that are left: what makes the order total."""
        tree = self.arguments.get("orderBy")
        wanted = None if tree is None else value_of(tree, self.statement.request.variables)
        given: list[Any] = [wanted] if isinstance(wanted, Mapping) else list(wanted or ())
        if len(given) > MAX_KEYS:
            raise GraphRequestError(
                f"groups: orderBy has {len(given)} keys", hint=f"at most {MAX_KEYS} are taken"
            )
        order: list[Key] = []
        named: set[tuple[str, ...]] = set()
        for one in given:
            if isinstance(one, Mapping) and list(one) == ["keys"]:
                key, direction = self.named(one["keys"])
                named.add(key.path)
                order.append(self.by_key(key, direction))
                continue
            made = ordered(self.tally, one, "groups.")
            descending, nulls_first = placing(made.direction)
            words = f"{made.name}:{made.direction.removesuffix('_NULLS_LAST')}"
            order.append(Key(words, made.sql, made.leaf, descending, nulls_first, made.nullable, False))
        order.extend(self.by_key(key, "ASC") for key in self.keys if key.path not in named)
        return order

    def named(self, given: Any) -> tuple[GroupKey, str]:
        path: tuple[str, ...] = ()
        while isinstance(given, Mapping) and len(given) == 1:
            ((name, given),) = given.items()
            path = (*path, name)
        found = next((key for key in self.keys if key.path == path), None)
        if found is None or not isinstance(given, str):
            raise GraphRequestError(
                f"groups: orderBy keys.{'.'.join(path)} is none of the keys",
                hint=f"`by` names {self.known()}",
            )
        return found, given

    def known(self) -> str:
        return ", ".join(".".join(key.path) for key in self.keys)

    def by_key(self, key: GroupKey, direction: str) -> Key:
        descending, nulls_first = placing(direction)
        words = f"groups.keys.{key.words}:{direction.removesuffix('_NULLS_LAST')}"
        return Key(words, key.sql, key.leaf, descending, nulls_first, True, False)

    # -- the SQL

    def render(self, chosen: list[Selection], conditions: Callable[[str], list[str]]) -> str:
        pairs = [(one.key, self.part(one)) for one in chosen]
        limits: list[str] = []
        for cursor, after in ((self.page.after, True), (self.page.before, False)):
            if cursor is not None:
                limits.append(beyond(self.statement, self.order, self.mark, cursor, after=after))
        forward, backward = (
            ", ".join(key.ordering(key.sql, reverse=reverse) for key in self.order)
            for reverse in (False, True)
        )
        order = backward if self.page.backward else forward
        condition = conjunction(limits)
        cut = (
            f"select {self.name}.*, row_number() over (order by {order}) as place from {self.name}"
            f"{_where(condition)} order by {order} limit {self.page.size + 1}"
        )
        result = self.tally.result(conjunction(conditions(self.tally.alias)))
        kept = f"select {self.name}.* from ({result}) {self.name}{_where(self.having)}"
        return f"(with {self.name} as ({kept}), {self.cut} as ({cut}) select {members(pairs)})"

    def part(self, one: Selection) -> str:
        match one.name:
            case "__typename":
                return literal(f'"{self.entity.name}GroupConnection"')
            case "totalCount":
                return f"(select count(*) from {self.name})::text"
            case "pageInfo":
                return self.page_info(one)
            case "nodes":
                return self.listed(self.group(one))
        return self.listed(self.edge(one))

    def listed(self, row: str) -> str:
        down = " desc" if self.page.backward else ""
        return (
            f"'[' || array_to_string(array(select {row} from {self.cut} {self.name} "
            f"where {self.name}.place <= {self.page.size} order by {self.name}.place{down}), ',') || ']'"
        )

    def edge(self, one: Selection) -> str:
        pairs: list[tuple[str, str]] = []
        for part in selections(self.statement.request, below(one), f"{self.entity.name}GroupEdge"):
            if part.name == "__typename":
                pairs.append((part.key, literal(f'"{self.entity.name}GroupEdge"')))
            elif part.name == "cursor":
                pairs.append((part.key, f"""'"' || {self.cursor()} || '"'"""))
            else:
                pairs.append((part.key, self.group(part)))
        return members(pairs)

    def group(self, one: Selection) -> str:
        pairs: list[tuple[str, str]] = []
        for part in selections(self.statement.request, below(one), f"{self.entity.name}Group"):
            if part.name == "__typename":
                pairs.append((part.key, literal(f'"{self.entity.name}Group"')))
            elif part.name == "keys":
                pairs.append((part.key, self.keys_json(part, f"{self.entity.name}Keys", ())))
            else:
                pairs.append((part.key, written_json(self.tally, part)))
        return members(pairs)

    def keys_json(self, selection: Selection, type_name: str, path: tuple[str, ...]) -> str:
        """The keys as an object; what ``by`` does not name is not known of a group."""

        def written(part: Selection) -> str:
            if part.name == "__typename":
                return literal(f'"{type_name}"')
            here = (*path, part.name)
            found = next((key for key in self.keys if key.path == here), None)
            if found is not None:
                return or_null(_key_json(found))
            if not any(key.path[: len(here)] == here for key in self.keys):
                raise GraphRequestError(
                    f"groups: keys.{'.'.join(here)} is selected, but not grouped by",
                    hint=f"add it to `by`, or leave it out; `by` names {self.known()}",
                )
            type_: Any = self.statement.request.schema.type_map[type_name]
            return self.keys_json(part, type_.fields[part.name].type.name, here)

        return members(
            (part.key, written(part))
            for part in selections(self.statement.request, below(selection), type_name)
        )

    def cursor(self) -> str:
        return cursor_sql(self.mark, self.order, [key.sql for key in self.order])

    def page_info(self, one: Selection) -> str:
        size, backward = self.page.size, self.page.backward
        cut_off = f"(select count(*) from {self.cut}) > {size}"
        ahead, behind = self.past(self.page.before, after=False), self.past(self.page.after, after=True)
        facts: dict[str, Callable[[], str]] = {
            "hasNextPage": lambda: f"({ahead if backward else disjunction([cut_off, ahead])})::text",
            "hasPreviousPage": lambda: f"({disjunction([cut_off, behind]) if backward else behind})::text",
            "startCursor": lambda: self.end(is_first=not backward),
            "endCursor": lambda: self.end(is_first=backward),
        }
        return members(
            (part.key, literal('"PageInfo"') if part.name == "__typename" else facts[part.name]())
            for part in selections(self.statement.request, below(one), "PageInfo")
        )

    def end(self, *, is_first: bool) -> str:
        down = "" if is_first else " desc"
        return or_null(
            f"(select to_json({self.cursor()})::text from {self.cut} {self.name} "
            f"where {self.name}.place <= {self.page.size} order by {self.name}.place{down} limit 1)"
        )

    def past(self, cursor: Tree | None, *, after: bool) -> str:
        """Whether there are groups on the far side of a cursor, its own among them."""
        if cursor is None:
            return FALSE
        inside = beyond(self.statement, self.order, self.mark, cursor, after=after)
        return f"exists (select 1 from {self.name} where {negation(inside)})"


def _where(condition: str) -> str:
    return "" if condition == TRUE else f" where {condition}"


def _key_json(key: GroupKey) -> str:
    if key.prefix is not None:
        return f"""'"{key.prefix}_' || encode(uuid_send({key.sql}), 'hex') || '"'"""
    return key.leaf.to_json(key.sql)


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
