"""A list to its end: one query of a connection, planned without a page and sent row by row through a cursor."""

from __future__ import annotations

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

PREFETCH: Final = 500
"""Rows fetched at a time: what is in memory beside the row at hand."""
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

    async def rows(self, pool: Pool) -> AsyncIterator[tuple[str, str]]:
        """Each row's cursor and JSON text, all of one moment, ``PREFETCH`` of them in memory at a time."""
        if self.sql is None:
            return
        arguments = [param.bind(self.variables, self.viewer, {}) for param in self.params]
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            async for cursor, row in connection.cursor(self.sql, *arguments, prefetch=PREFETCH):
                yield cursor, row


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
