"""A list to its end: one query of a connection, planned without a page and copied out row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import OperationType

from serai.storage.pool import Pool
from serai_sdk.context import Viewer

from .arguments import Const, argument_trees, is_null
from .connection import every_row
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
HEADER: Final = b"PGCOPY\n\xff\r\n\0"
HEADER_LENGTH: Final = 19
TRAILER: Final = b"\xff\xff"
NOT_TAKEN: Final = ("first", "last", "after", "before")


class NotExportable(GraphRequestError):
    """What was asked for is not one list to its end."""

    code = "NOT_EXPORTABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The statement of an export, and the columns of its rows where they are written as a table."""

    name: str
    sql: str | None
    params: tuple[Param, ...]
    columns: tuple[Column, ...]
    variables: Mapping[str, Any]
    viewer: Viewer

    async def rows(self, pool: Pool) -> AsyncIterator[tuple[str | None, bytes]]:
        """Each row as JSON text in UTF-8, all of one moment; before it its cursor, of one row in ``CURSOR_EACH``.

        By COPY: the database may then use several processes, which it does not for a cursor. COPY takes no parameters:
        the database itself writes the values as literals into the statement.
        """
        if self.sql is None:
            return
        arguments = [param.bind(self.variables, self.viewer, {}) for param in self.params]
        chunks: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_CHUNKS)
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            sending = asyncio.create_task(
                connection.copy_from_query(self.sql, *arguments, output=chunks.put, format="binary")
            )
            sending.add_done_callback(lambda _: asyncio.ensure_future(chunks.put(None)))
            try:
                rest = b""
                while (chunk := await chunks.get()) is not None:
                    rows, rest = copied_rows(rest + chunk)
                    for row in rows:
                        yield row
                await sending
            finally:
                if not sending.done():
                    sending.cancel()
                    await asyncio.wait([sending])


def copied_rows(data: bytes) -> tuple[list[tuple[str | None, bytes]], bytes]:
    """The rows of two fields in a piece of PostgreSQL's binary COPY, and what is left of a row that is cut off."""
    rows: list[tuple[str | None, bytes]] = []
    place = HEADER_LENGTH if data.startswith(HEADER) else 0
    while True:
        fields: list[bytes | None] = []
        at = place + 2
        while len(fields) < 2 and len(data) >= at + 4:
            length = int.from_bytes(data[at : at + 4], signed=True)
            at += 4
            fields.append(None if length < 0 else data[at : at + length])
            at += max(length, 0)
        if len(fields) < 2 or len(data) < at:
            # a count of fields below zero ends it
            return rows, b"" if data[place : place + 2] == TRAILER else data[place:]
        cursor, row = fields
        rows.append((None if cursor is None else cursor.decode(), row or b"null"))
        place = at


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
    )


def _listed(chosen: Sequence[Selection]) -> str:
    return ", ".join(one.name for one in chosen)
