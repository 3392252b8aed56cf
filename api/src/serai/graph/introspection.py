"""``__schema`` and ``__type``: what graphql-core answers."""

from __future__ import annotations

from collections.abc import Awaitable

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql import execute as execute_core

from .calls import Call
from .documents import Document, Operation
from .plan import RootPlan
from .responses import of_graphql


def introspect(
    schema: GraphQLSchema, known: Document, operation: Operation, root: RootPlan, call: Call
) -> bytes:
    """The JSON of one of these fields, executed on a document of that field alone."""
    nodes = _fields_of(known, operation.node.selection_set, root.key)
    alone = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=operation.node.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    document = DocumentNode(definitions=(alone, *known.fragments.values()))
    result = execute_core(schema, document, variable_values=dict(call.variables))
    if isinstance(result, Awaitable):
        raise TypeError("introspection is synchronous")
    for error in result.errors or ():
        call.errors.append(of_graphql(error, "INTERNAL"))
    return orjson.dumps((result.data or {}).get(root.key))


def _fields_of(known: Document, selected: SelectionSetNode, key: str) -> list[FieldNode]:
    found: list[FieldNode] = []
    for one in selected.selections:
        if isinstance(one, FieldNode):
            if (one.alias or one.name).value == key:
                found.append(one)
        elif (inner := getattr(one, "selection_set", None)) is not None:
            found.extend(_fields_of(known, inner, key))
        else:
            fragment = known.fragments[one.name.value]  # type: ignore[attr-defined]  # a fragment spread
            found.extend(_fields_of(known, fragment.selection_set, key))
    return found
