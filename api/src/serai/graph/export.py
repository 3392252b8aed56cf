"""A list to its end: one query of a connection, planned without a page and copied out row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import OperationType

from serai.storage.pool import Pool
from serai_sdk.context import Viewer

from .arguments import Const, argument_trees, is_null
from .connection import MARK, every_row
from .documents import Document, Operation
from .errors import GraphRequestError
from .exported import Column, columns_of
from .objects import row_json
from .plan import declared_conditions
from .planning import outlook_of
from .registry import Registry, RootConnection
from .rules import visible
from .selection import below, selections
from .statement import Param, Request, Selection, Statement

MOST_CHUNKS: Final = 8
"""Pieces that wait to be written, some ten thousand bytes each: the database waits meanwhile."""
WHOLE_TABLES: Final = "set local random_page_cost = 4; set local work_mem = '16MB'"
"""What is read to its end is not in memory as pages of lists are: tables are read from their beginning, and sorted."""
NEVER: Final = "\x01"
NEVER_EITHER: Final = "\x03"
NOT_TAKEN: Final = ("first", "last", "after", "before")


class NotExportable(GraphRequestError):
    """What was asked for is not one list to its end."""

    code = "NOT_EXPORTABLE"


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows as JSON lines, each with its end; the cursor of the last row, where one came with it."""

    text: bytes
    cursor: str | None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.text.count(b"\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The statement of an export, and the columns of its rows where they are written as a table."""

    name: str
    sql: str | None
    params: tuple[Param, ...]
    columns: tuple[Column, ...]
    variables: Mapping[str, Any]
    viewer: Viewer
    rights: frozenset[str]
    """Those permissions of the viewer that decided what the rows hold."""

    async def lines(self, pool: Pool) -> AsyncIterator[Lines]:
        """The rows as JSON lines in UTF-8, all of one moment, some hundreds at a time.

        By COPY: the database may then use several processes, which it does not for a cursor. COPY takes no parameters:
        the database itself writes the values as literals into the statement. JSON text has no control characters, so
        that each row is a line just as the database writes it.
        """
        if self.sql is None:
            return
        arguments = [param.bind(self.variables, self.viewer, {}) for param in self.params]
        chunks: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_CHUNKS)
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(WHOLE_TABLES)
            sending = asyncio.create_task(
                connection.copy_from_query(
                    self.sql,
                    *arguments,
                    output=chunks.put,
                    format="csv",
                    delimiter=NEVER,
                    quote=NEVER_EITHER,
                    null="null",
                )
            )
            sending.add_done_callback(lambda _: asyncio.ensure_future(chunks.put(None)))
            try:
                rest = b""
                while (chunk := await chunks.get()) is not None:
                    whole, end, begun = chunk.rpartition(b"\n")
                    for piece in _pieces(rest + whole + end) if end else ():
                        yield piece
                    rest = begun if end else rest + begun
                await sending
            finally:
                if not sending.done():
                    sending.cancel()
                    await asyncio.wait([sending])


@dataclass(frozen=True, slots=True)
class ReadRows:
    """Implements ``serai_sdk.rows.Rows``: an export and the connections it is read over."""

    plan: Export
    pool: Pool

    @property
    def name(self) -> str:
        """Which list it is."""
        return self.plan.name

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of its rows."""
        return self.plan.columns

    @property
    def rights(self) -> frozenset[str]:
        """Those permissions of the viewer that decided what the rows hold."""
        return self.plan.rights

    def lines(self) -> AsyncIterator[Lines]:
        """The rows."""
        return self.plan.lines(self.pool)


def _pieces(lines: bytes) -> Iterator[Lines]:
    """Whole lines, cut behind each that a cursor stands behind."""
    first, *marked = lines.split(MARK.encode())
    for part in marked:
        cursor, end, following = part.partition(b"\n")
        yield Lines(first + end, cursor.decode())
        first = following
    if first:
        yield Lines(first, None)


def plan_export(
    registry: Registry,
    schema: Any,
    known: Document,
    operation: Operation,
    variables: Mapping[str, Any],
    viewer: Viewer,
    *,
    row_budget: int,
    after: str | None = None,
) -> Export:
    """The export of a query with one list, from beyond the cursor ``after`` on.

    ``NotExportable`` says what the query has that an export cannot have. Each row's nested lists keep their pages, and
    ``row_budget`` is what one row may hold below it.
    """
    if operation.node.operation is not OperationType.QUERY:
        raise NotExportable("this is no query", hint="export a query of one list")
    request = Request(registry, schema, known.fragments, variables, outlook_of(viewer), row_budget)
    root = schema.query_type
    roots = selections(request, [operation.node.selection_set], root.name)
    source = registry.queries.get(roots[0].name) if len(roots) == 1 else None
    if not isinstance(source, RootConnection):
        raise NotExportable(
            f"the query asks for {_listed(roots) or 'nothing'}",
            hint="export one list, such as { transactions { nodes { number } } }",
        )
    trees = argument_trees(roots[0].node, root.fields[source.name].args, variables)
    paged = [name for name in NOT_TAKEN if not is_null(trees.get(name))]
    if paged:
        raise NotExportable(
            f"{source.name} has the argument {paged[0]}",
            hint="an export goes to the end of the list: leave out " + ", ".join(NOT_TAKEN),
        )
    chosen = selections(request, below(roots[0]), f"{source.entity}Connection")
    if len(chosen) != 1 or chosen[0].name not in ("nodes", "edges"):
        raise NotExportable(
            f"of {source.name} the query asks for {_listed(chosen)}",
            hint="ask for its nodes (or edges) alone: each becomes a row",
        )
    entity = registry.entities[source.entity]
    statement = Statement(request)
    sql = every_row(
        statement,
        entity,
        chosen[0],
        trees,
        default=entity.order,
        link=lambda alias: visible(statement, entity, alias),
        row=row_json,
        extra=lambda alias: declared_conditions(statement, source, alias, trees),
        after=None if after is None else Const(after),
    )
    if statement.sites:
        site = statement.sites[0]
        raise NotExportable(
            f"{site.entity.name}.{site.field.name} is answered by Python",
            hint="leave it out: an export is what the database answers",
        )
    text, params = (None, ()) if sql is None else statement.finished(sql)
    type_name = entity.name if chosen[0].name == "nodes" else f"{entity.name}Edge"
    return Export(
        name=source.name,
        sql=text,
        params=params,
        columns=columns_of(request, below(chosen[0]), type_name),
        variables=variables,
        viewer=viewer,
        rights=viewer.permissions & request.touched,
    )


def _listed(chosen: Sequence[Selection]) -> str:
    return ", ".join(one.name for one in chosen)
