"""Connections: a page of rows, in one expression, whatever hangs below.

The page is cut in an inner sub-select, so that nothing is evaluated for rows that are not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from graphql import SelectionSetNode

from .arguments import Tree, is_null, value_of
from .errors import BudgetExceeded
from .order import Key, beyond, cursor_sql, fingerprint, order_keys
from .paging import Page, read_page
from .pieces import members
from .registry import Entity
from .search import ranked, search_condition
from .selection import below, selections
from .statement import FALSE, Selection, Statement, conjunction, disjunction, literal, negation
from .totals import total_json
from .where import where_condition

CURSOR_EACH: Final = 2**15
"""Of so many exported rows one has its cursor beside it: a power of two."""
MARK: Final = "\x02"
RowJson: TypeAlias = Callable[[Statement, Entity, str, list[SelectionSetNode | None]], str]


def connection(
    statement: Statement,
    entity: Entity,
    selection: Selection,
    arguments: dict[str, Tree],
    *,
    default: Sequence[tuple[str, bool]],
    link: Callable[[str], str],
    row: RowJson,
    extra: Callable[[str], list[str]] = lambda _: [],
) -> str:
    """A connection as JSON text; ``link`` gives the condition that ties a row to where the connection hangs."""
    request = statement.request
    page = read_page(arguments, request.variables, selection.key)
    chosen = selections(request, below(selection), f"{entity.name}Connection")
    outer_rows = statement.rows
    statement.rows = outer_rows * max(page.size, 1)
    if any(one.name in ("nodes", "edges") for one in chosen):
        request.rows += statement.rows
        if request.rows > request.row_budget:
            raise BudgetExceeded(
                f"the operation could return {request.rows} rows or more, of at most {request.row_budget}",
                hint="ask for smaller pages (first:) in nested lists, or in several operations",
                data={"estimate": request.rows, "budget": request.row_budget},
            )
    try:
        return _Connection(statement, entity, page, arguments, default, link, row, extra).render(chosen)
    finally:
        statement.rows = outer_rows


def every_row(
    statement: Statement,
    entity: Entity,
    selection: Selection,
    arguments: dict[str, Tree],
    *,
    default: Sequence[tuple[str, bool]],
    link: Callable[[str], str],
    row: RowJson,
    extra: Callable[[str], list[str]],
    after: Tree | None,
) -> str | None:
    """All rows of a connection beyond a cursor, as a statement: what ``selection`` shows of each.

    Behind it stand ``MARK`` and the row's cursor, where the hash of the row's id is a multiple of ``CURSOR_EACH``: to
    number the rows would take one process of the database, while as many as it likes can make them.

    ``selection`` is its ``nodes`` or ``edges``. ``None`` if there can be none.
    """
    page = Page(1, False, after, None)
    return _Connection(statement, entity, page, arguments, default, link, row, extra).every(selection)


class _Connection:
    def __init__(
        self,
        statement: Statement,
        entity: Entity,
        page: Page,
        arguments: dict[str, Tree],
        default: Sequence[tuple[str, bool]],
        link: Callable[[str], str],
        row: RowJson,
        extra: Callable[[str], list[str]],
    ) -> None:
        self.statement = statement
        self.entity = entity
        self.page = page
        self.arguments = arguments
        self.default = default
        self.link = link
        self.row_json = row
        self.extra = extra

    def conditions(self, alias: str) -> list[str]:
        return [
            self.link(alias),
            *self.extra(alias),
            where_condition(self.statement, self.entity, alias, self.arguments.get("where")),
            search_condition(self.statement, alias, self.arguments.get("search")),
        ]

    def keys(self, alias: str) -> list[Key]:
        tree = self.arguments.get("orderBy")
        wanted = None if tree is None else value_of(tree, self.statement.request.variables)
        if isinstance(wanted, dict):
            wanted = [wanted]
        if not wanted and not is_null(self.arguments.get("search")):
            return ranked(self.statement, alias, self.arguments["search"])
        return order_keys(self.statement, self.entity, alias, wanted, self.default)

    def render(self, chosen: list[Selection]) -> str:
        infos = [one for one in chosen if one.name == "pageInfo"]
        if infos:
            return self.with_page_info(chosen)
        pairs: list[tuple[str, str]] = []
        for one in chosen:
            if one.name in ("nodes", "edges"):
                pairs.append((one.key, self.rows(one)))
            else:
                pairs.append((one.key, self.plain(one)))
        return members(pairs)

    def plain(self, one: Selection) -> str:
        if one.name == "__typename":
            return literal(f'"{self.entity.name}Connection"')
        statement, rows = self.statement, self.statement.rows
        statement.rows //= max(self.page.size, 1)  # groups and sums are there once, however long the page
        try:
            return total_json(statement, self.entity, one, self.conditions)
        finally:
            statement.rows = rows

    def source(self, limit: int) -> tuple[str, str, list[Key], list[str]] | None:
        """The inner sub-select that cuts the page: its alias, SQL, keys, and expressions for the keys outside of it."""
        statement, page = self.statement, self.page
        alias = statement.alias(self.entity)
        keys = self.keys(alias)
        mark = fingerprint(self.entity, keys)
        conditions = self.conditions(alias)
        if page.after is not None:
            conditions.append(beyond(statement, keys, mark, page.after, after=True))
        if page.before is not None:
            conditions.append(beyond(statement, keys, mark, page.before, after=False))
        condition = conjunction(conditions)
        if condition == FALSE or limit == 0:
            return None
        extra = [f"{key.sql} as page_key{index}" for index, key in enumerate(keys) if not key.plain]
        outside = [key.sql if key.plain else f"{alias}.page_key{index}" for index, key in enumerate(keys)]
        order = ", ".join(key.ordering(key.sql, reverse=page.backward) for key in keys)
        columns = ", ".join([f"{alias}.*", *extra])
        inner = (
            f"select {columns} from {statement.tables(self.entity, alias)} "
            f"where {condition} order by {order} limit {limit}"
        )
        return alias, inner, keys, outside

    def every(self, one: Selection) -> str | None:
        """The statement of all rows, each a text."""
        statement, after = self.statement, self.page.after
        alias = statement.alias(self.entity)
        keys = self.keys(alias)
        mark = fingerprint(self.entity, keys)
        conditions = self.conditions(alias)
        if after is not None:
            conditions.append(beyond(statement, keys, mark, after, after=True))
        condition = conjunction(conditions)
        if condition == FALSE:
            return None
        row = self.row(one, alias, keys, [key.sql for key in keys])
        order = ", ".join(key.ordering(key.sql, reverse=False) for key in keys)
        tables = statement.tables(self.entity, alias)
        cursor = cursor_sql(mark, keys, [key.sql for key in keys])
        is_marked = f"uuid_hash({alias}.id) & {CURSOR_EACH - 1} = 0"
        marked = f"case when {is_marked} then chr({ord(MARK)}) || {cursor} else '' end"
        return f"select {row} || {marked} from {tables} where {condition} order by {order}"

    def outer_tables(self, alias: str, inner: str) -> str:
        """The page as a table, with the detail tables its rows' fields are read from."""
        tables = self.statement.tables(self.entity, alias)
        return f"({inner}) {alias}" + tables.removeprefix(f"{self.entity.table} {alias}")

    def rows(self, one: Selection) -> str:
        """``nodes`` or ``edges`` alone: the page's rows, one JSON text each."""
        cut = self.source(self.page.size)
        if cut is None:
            return "'[]'"
        alias, inner, keys, outside = cut
        self.statement.details.pop(alias, None)
        row = self.row(one, alias, keys, outside)
        order = ", ".join(
            key.ordering(value, reverse=False) for key, value in zip(keys, outside, strict=True)
        )
        tables = self.outer_tables(alias, inner)
        return f"'[' || array_to_string(array(select {row} from {tables} order by {order}), ',') || ']'"

    def row(self, one: Selection, alias: str, keys: list[Key], outside: list[str]) -> str:
        with self.statement.under(one.key):
            return self.shown(one, alias, keys, outside)

    def shown(self, one: Selection, alias: str, keys: list[Key], outside: list[str]) -> str:
        if one.name == "nodes":
            return self.row_json(self.statement, self.entity, alias, below(one))
        pairs: list[tuple[str, str]] = []
        for part in selections(self.statement.request, below(one), f"{self.entity.name}Edge"):
            if part.name == "__typename":
                pairs.append((part.key, literal(f'"{self.entity.name}Edge"')))
            elif part.name == "cursor":
                cursor = cursor_sql(fingerprint(self.entity, keys), keys, outside)
                pairs.append((part.key, f"""'"' || {cursor} || '"'"""))
            else:
                with self.statement.under(part.key):
                    row = self.row_json(self.statement, self.entity, alias, below(part))
                pairs.append((part.key, row))
        return members(pairs)

    def with_page_info(self, chosen: list[Selection]) -> str:
        """Rows and ``pageInfo`` from one pass over the page and one row more."""
        size, backward = self.page.size, self.page.backward
        cut = self.source(size + 1)
        lists = [one for one in chosen if one.name in ("nodes", "edges")]
        if cut is None:
            empty = {
                "hasNextPage": "'false'",
                "hasPreviousPage": "'false'",
                "startCursor": "'null'",
                "endCursor": "'null'",
            }
            pairs = [
                (
                    one.key,
                    "'[]'"
                    if one.name in ("nodes", "edges")
                    else self.info(one, empty)
                    if one.name == "pageInfo"
                    else self.plain(one),
                )
                for one in chosen
            ]
            return members(pairs)
        alias, inner, keys, outside = cut
        self.statement.details.pop(alias, None)
        numbered = ", ".join(
            key.ordering(value, reverse=backward) for key, value in zip(keys, outside, strict=True)
        )
        shown = f"{alias}.page_row <= {size}"
        values = [
            f"case when {shown} then {self.row(one, alias, keys, outside)} end as list{index}"
            for index, one in enumerate(lists)
        ]
        cursor = cursor_sql(fingerprint(self.entity, keys), keys, outside)
        placed = (
            f"select {alias}.*, row_number() over (order by {numbered}) as page_row from ({inner}) {alias}"
        )
        tables = self.outer_tables(alias, placed)
        page = f"select {', '.join([f'{alias}.page_row', f'{cursor} as mark', *values])} from {tables}"
        direction = " desc" if backward else ""
        cut_off = f"count(*) > {size}"
        behind = self.past(self.page.after, after=True)
        ahead = self.past(self.page.before, after=False)
        shown_rows = f"filter (where page.page_row <= {size})"
        first = f"to_json((array_agg(page.mark order by page.page_row{direction}) {shown_rows})[1])"
        opposite = "" if backward else " desc"
        last = f"to_json((array_agg(page.mark order by page.page_row{opposite}) {shown_rows})[1])"
        facts = {
            "hasNextPage": f"({ahead if backward else disjunction([cut_off, ahead])})::text",
            "hasPreviousPage": f"({disjunction([cut_off, behind]) if backward else behind})::text",
            "startCursor": f"coalesce({first}::text, 'null')",
            "endCursor": f"coalesce({last}::text, 'null')",
        }
        pairs = []
        for one in chosen:
            if one.name == "pageInfo":
                pairs.append((one.key, self.info(one, facts)))
            elif one.name in ("nodes", "edges"):
                index = lists.index(one)
                joined = f"string_agg(page.list{index}, ',' order by page.page_row{direction}) {shown_rows}"
                pairs.append((one.key, f"'[' || coalesce({joined}, '') || ']'"))
            else:
                pairs.append((one.key, self.plain(one)))
        # one row even if nothing that is asked for is an aggregate
        return f"(select {members(pairs)} from ({page}) page having true)"

    def info(self, one: Selection, facts: dict[str, str]) -> str:
        sets: list[SelectionSetNode | None] = below(one)
        return members(
            (part.key, literal('"PageInfo"') if part.name == "__typename" else facts[part.name])
            for part in selections(self.statement.request, sets, "PageInfo")
        )

    def past(self, cursor: Tree | None, *, after: bool) -> str:
        """Whether there are rows on the far side of a cursor, its own among them."""
        if cursor is None:
            return FALSE
        statement = self.statement
        alias = statement.alias(self.entity)
        keys = self.keys(alias)
        inside = beyond(statement, keys, fingerprint(self.entity, keys), cursor, after=after)
        condition = conjunction([*self.conditions(alias), negation(inside)])
        if condition == FALSE:
            return FALSE
        return f"exists (select 1 from {statement.tables(self.entity, alias)} where {condition})"
