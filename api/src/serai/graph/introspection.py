"""``__schema`` and ``__type``: what graphql-core answers, once: the whole of it keeps the event loop for a second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql import execute as execute_core

from .calls import Call
from .compiling import Compiling
from .documents import Document, Operation, Recent
from .plan import RootPlan
from .responses import of_graphql

ANSWERS: Final = 100
ANSWERS_WEIGHT: Final = 16 * 1024 * 1024
"""How many bytes of answers are kept; a tool's whole introspection is some two million."""


class Introspection:
    """Answers that depend on the document and its variables alone; new ones are made in turn with what is compiled."""

    def __init__(self, schema: GraphQLSchema, compiling: Callable[[], Compiling]) -> None:
        self._schema = schema
        self._compiling = compiling
        self._kept: Recent[tuple[str, str | None, str, str], bytes] = Recent(
            ANSWERS, weight_limit=ANSWERS_WEIGHT
        )

    async def answer(self, known: Document, operation: Operation, root: RootPlan, call: Call) -> bytes:
        """The JSON of one of these fields; raises ``CompileBusy`` if too much that is new is asked for."""
        assert call.asked is not None
        key = (call.asked.document, operation.name, root.key, repr(call.variables))
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        step = partial(_introspect, self._schema, known, operation, root, call.variables)
        made, errors = await self._compiling().run(step, key=key)
        if errors:
            call.errors.extend(of_graphql(error, "INTERNAL") for error in errors)
        else:
            self._kept.put(key, made, weight=len(made) + len(key[0]) + len(key[-1]))
        return made


def _introspect(
    schema: GraphQLSchema,
    known: Document,
    operation: Operation,
    root: RootPlan,
    variables: Mapping[str, Any],
) -> tuple[bytes, Sequence[GraphQLError]]:
    """Executed on a document of that field alone."""
    nodes = _fields_of(known, operation.node.selection_set, root.key)
    alone = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=operation.node.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    document = DocumentNode(definitions=(alone, *known.fragments.values()))
    result = execute_core(schema, document, variable_values=dict(variables))
    if isinstance(result, Awaitable):
        raise TypeError("introspection is synchronous")
    return orjson.dumps((result.data or {}).get(root.key)), result.errors or ()


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
