"""``groups`` of a list: rows with equal keys added up, paged by cursors, all from one pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .aggregates import ordered, tally_condition, written_json
from .arguments import Tree, value_of
from .errors import BudgetExceeded, GraphRequestError
from .group_keys import GroupKey, GroupKeys
from .order import MAX_KEYS, Key, beyond, cursor_sql, fingerprint, placing
from .paging import Page, read_page
from .pieces import members, or_null
from .registry import Entity
from .selection import below, selections
from .statement import FALSE, TRUE, Selection, Statement, conjunction, disjunction, literal, negation
from .tally import Tally


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
        self.keys = GroupKeys(statement, entity, self.tally, arguments["by"])
        self.order = self.read_order()
        self.mark = fingerprint(entity, self.order)
        self.having = tally_condition(self.tally, arguments.get("having"))

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
                key, direction = self.keys.named(one["keys"])
                named.add(key.path)
                order.append(self.keys.by_key(key, direction))
                continue
            made = ordered(self.tally, one, "groups.")
            descending, nulls_first = placing(made.direction)
            words = f"{made.name}:{made.direction.removesuffix('_NULLS_LAST')}"
            order.append(Key(words, made.sql, made.leaf, descending, nulls_first, made.nullable, False))
        order.extend(self.keys.by_key(key, "ASC") for key in self.keys if key.path not in named)
        return order

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
            found = self.keys.at(here)
            if found is not None:
                return or_null(_key_json(found))
            if not any(key.path[: len(here)] == here for key in self.keys):
                raise GraphRequestError(
                    f"groups: keys.{'.'.join(here)} is selected, but not grouped by",
                    hint=f"add it to `by`, or leave it out; `by` names {self.keys.known()}",
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
