"""Reading what was asked: documents, operations, variables and plans, each kept once it was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
)

from serai_sdk.context import Viewer

from .advice import advice
from .calls import Result, refused
from .compiling import Compiling
from .documents import DOCUMENTS_WEIGHT, Document, Operation, Recent, located, read_document
from .errors import GraphRequestError
from .planning import Kept, Plans, plan_key
from .proving import Proving
from .registry import Registry, RootQuery
from .responses import of_graphql
from .variables import Coercers


class Reading:
    """What was read and planned before; whoever wants something new waits for its turn in ``compiling``."""

    def __init__(
        self,
        registry: Registry,
        schema: GraphQLSchema,
        *,
        is_busy: Callable[[], bool],
        row_budget: int,
        cache_size: int,
        development: bool,
    ) -> None:
        self.schema = schema
        self.development = development
        self.documents: Recent[str, Document] = Recent(cache_size, weight_limit=DOCUMENTS_WEIGHT)
        self.plans = Plans(registry, schema, row_budget=row_budget, cache_size=cache_size)
        self.compiling = Compiling(is_busy)
        self.coercers = Coercers(schema)
        self._proving = Proving(schema)
        self._mutations = frozenset(registry.mutations)
        self._python = frozenset(name for name, one in registry.queries.items() if isinstance(one, RootQuery))

    def read(self, document: str) -> Document | list[GraphQLError]:
        """A step of compiling; somebody else's turn may have done it meanwhile."""
        known = self.documents.get(document)
        if known is not None:
            return known
        read = read_document(document, self._proving, hide_suggestions=not self.development)
        if isinstance(read, Document):
            self.documents.put(document, read, weight=len(document))
        return read

    def planned(
        self,
        document: str,
        known: Document,
        operation: Operation,
        variables: Mapping[str, Any],
        viewer: Viewer,
    ) -> Kept:
        """The other step, likewise."""
        kept = self.plans.find(document, operation, variables, viewer)
        return kept or self.plans.make(document, known, operation, variables, viewer)

    async def plan(
        self,
        document: str,
        known: Document,
        operation: Operation,
        variables: Mapping[str, Any],
        viewer: Viewer,
        *,
        is_new: bool,
    ) -> Kept:
        """A plan that was not found among those kept, made in its turn."""
        make = partial(self.planned, document, known, operation, variables, viewer)
        key = (plan_key(document, operation, variables, viewer), viewer.permissions)
        return await self.compiling.run(make, key=key, is_admitted=is_new)

    def operation(self, known: Document, name: str | None) -> Operation:
        return known.operation(name, self.schema, self._mutations, self._python)

    def refusal(self, error: GraphQLError, code: str) -> dict[str, Any]:
        made = of_graphql(error, code)
        hint = advice(error, self.schema) if self.development else None
        if hint is not None:
            made["extensions"]["hint"] = hint
        return made

    def variables(self, operation: OperationDefinitionNode, given: dict[str, Any]) -> Any:
        if not operation.variable_definitions:
            return {}
        try:
            found = get_variable_values(
                self.schema,
                operation.variable_definitions,
                given,
                max_errors=20,
                hide_suggestions=not self.development,
            )
        except UnicodeError:
            return [GraphQLError("A variable is not valid Unicode.")]
        return found if isinstance(found, list) else found.coerced

    async def misfit(self, document: str, operation: Operation, given: dict[str, Any]) -> Result:
        """What is wrong with the variables, and where in the document; reading it for that takes its turn."""
        locate = partial(located, document, operation.name)
        node = await self.compiling.run(locate, key=(document, operation.name), is_admitted=True)
        return refused([self.refusal(error, "BAD_USER_INPUT") for error in self.variables(node, given)])

    async def weigh(self, document: str, variables: dict[str, Any], viewer: Viewer) -> int:
        """How many rows a query could return; see ``Engine.weigh``."""
        known = self.documents.get(document)
        is_new = known is None
        if known is None:
            read = await self.compiling.run(partial(self.read, document), key=document)
            if isinstance(read, list):
                raise self.unfit(read[0])
            known = read
        try:
            operation = self.operation(known, None)
        except GraphQLError as error:
            raise self.unfit(error) from None
        if operation.node.operation is not OperationType.QUERY:
            raise GraphRequestError(f"this is a {operation.node.operation.value}", hint="give a query")
        for one in operation.node.variable_definitions or ():
            name = one.variable.name.value
            if name not in variables:
                raise GraphRequestError(
                    f"there is no variable ${name} here",
                    hint=f"there are {', '.join(f'${one}' for one in sorted(variables))}",
                )
        coerced = self.variables(operation.node, variables)
        if isinstance(coerced, list):
            raise self.unfit(coerced[0])
        try:
            kept = await self.plan(document, known, operation, coerced, viewer, is_new=is_new)
        except RecursionError:
            raise GraphRequestError("the query is nested too deeply", hint="select less below") from None
        return kept.plan.rows

    def unfit(self, error: GraphQLError) -> GraphRequestError:
        made = self.refusal(error, "BAD_USER_INPUT")
        return GraphRequestError(made["message"], hint=made["extensions"].get("hint"))
