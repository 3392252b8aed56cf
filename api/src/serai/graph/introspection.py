"""``__schema`` and ``__type``: what graphql-core answers, once: the whole of it keeps the event loop for a second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

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
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

from .calls import Call
from .compiling import Compiling
from .documents import Document, Operation, Recent
from .errors import GraphRequestError
from .plan import RootPlan

ANSWERS: Final = 100
ANSWERS_WEIGHT: Final = 16 * 1024 * 1024
"""How many bytes of answers are kept; a tool's whole introspection is some two million."""


EACH: Final = 50
"""How many fields an operation may ask of each type, field, argument and value there is; a tool asks ten."""
TOLD_BY: Final = ("__schema", "__type")


class _TooMuch(BaseException):  # no error of a field, which would be caught and the rest gone on with
    """The answer has more fields than it may."""


class Introspection:
    """Answers that depend on the document and its variables alone; new ones are made in turn with what is compiled."""

    def __init__(self, schema: GraphQLSchema, compiling: Callable[[], Compiling]) -> None:
        self._schema = schema
        self._compiling = compiling
        self._most: int | None = None
        self._kept: Recent[tuple[str, str | None, str], Mapping[str, bytes]] = Recent(
            ANSWERS, weight_limit=ANSWERS_WEIGHT
        )

    async def answer(self, known: Document, operation: Operation, root: RootPlan, call: Call) -> bytes:
        """The JSON of one of these fields; raises ``CompileBusy`` if too much that is new is asked for."""
        assert call.asked is not None
        key = (call.asked.document, operation.name, repr(call.variables))
        kept = self._kept.get(key)
        if kept is None:
            if self._most is None:
                self._most = EACH * _parts(self._schema)
            step = partial(_introspect, self._schema, known, operation, call.variables, self._most)
            # all such fields of the operation at once: whichever asks first
            kept = await self._compiling().run(step, key=key)
            self._kept.put(key, kept, weight=sum(map(len, (*kept.values(), *kept, key[0], key[-1]))))
        return kept[root.key]


def _introspect(
    schema: GraphQLSchema, known: Document, operation: Operation, variables: Mapping[str, Any], most: int
) -> Mapping[str, bytes]:
    """The answers by response key, executed on a document of these fields alone."""
    left = most

    class Bounded(ExecutorThrowingOnIncremental):
        """Fields multiply with the types, fields and arguments there are: they are counted as they are made."""

        def execute_fields(
            self,
            parent_type: Any,
            source_value: Any,
            path: Any,
            grouped_field_set: Any,
            position_context: Any,
        ) -> Any:
            nonlocal left
            left -= len(grouped_field_set)
            if left < 0:
                raise _TooMuch
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )

    alone = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=operation.node.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(_told(known, operation.node.selection_set))),
    )
    document = DocumentNode(definitions=(alone, *known.fragments.values()))
    try:
        result = execute_core(schema, document, variable_values=dict(variables), executor_class=Bounded)
    except _TooMuch:
        raise GraphRequestError(
            f"the introspection has more than {most:,} fields",
            hint="ask for less of each type, or of single types: { __type(name:) }",
        ) from None
    if isinstance(result, Awaitable):
        raise TypeError("introspection is synchronous")
    if result.errors:
        raise result.errors[0]
    return {key: orjson.dumps(value) for key, value in (result.data or {}).items()}


def _parts(schema: GraphQLSchema) -> int:
    """How many types, fields, arguments and values there are."""
    count = 0
    for one in schema.type_map.values():
        fields = getattr(one, "fields", {}).values()
        count += 1 + len(fields) + len(getattr(one, "values", ()))
        count += sum(len(getattr(field, "args", ())) for field in fields)
    return count


def _told(known: Document, selected: SelectionSetNode) -> list[FieldNode]:
    """The fields that tell of the schema."""
    found: list[FieldNode] = []
    for one in selected.selections:
        if isinstance(one, FieldNode):
            if one.name.value in TOLD_BY:
                found.append(one)
        elif (inner := getattr(one, "selection_set", None)) is not None:
            found.extend(_told(known, inner))
        else:
            fragment = known.fragments[one.name.value]  # type: ignore[attr-defined]  # a fragment spread
            found.extend(_told(known, fragment.selection_set))
    return found
