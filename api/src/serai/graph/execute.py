"""The executor: a document and a viewer in, the response's bytes out.

A query planned before costs a dictionary look-up, one statement for each root field, and the splicing of what the
database wrote into the response. Nothing of a result is parsed unless a batched field hangs on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationType,
)
from graphql.validation.validate import ValidationAbortedError

from serai.storage.pool import Pool
from serai_sdk.context import CallCtx, Viewer

from .calls import Call, Mutate, Result, refused
from .documents import Document
from .errors import GraphRequestError
from .export import Export, NotExportable, plan_export
from .reading import Reading
from .registry import Registry
from .responses import error_json, of_graphql, of_serai
from .running import Running
from .sight import Sight
from .subscribing import Subscribed, subscribed
from .trace import Trace


class Engine:
    """Executes documents against one registry and one pool; safe to share between tasks."""

    def __init__(
        self,
        registry: Registry,
        schema: GraphQLSchema,
        pool: Pool,
        *,
        mutate: Mutate,
        call_context: Callable[[Viewer], CallCtx],
        absent: Mapping[str, str] | None = None,
        row_budget: int = 10_000,
        field_timeout_s: float = 5.0,
        cache_size: int = 1_000,
        slow_statement_ms: int = 0,
        development: bool = False,
        event_types: Collection[str] = (),
    ) -> None:
        self.registry = registry
        self.schema = schema
        self.mutate = mutate
        self.call_context = call_context
        self.row_budget = row_budget
        self.event_types = event_types
        self.reading = Reading(
            registry,
            schema,
            is_busy=lambda: pool.busy_connections > 0,
            row_budget=row_budget,
            cache_size=cache_size,
            development=development,
        )
        self.running = Running(
            registry,
            schema,
            pool,
            mutate=mutate,
            call_context=call_context,
            absent=absent or {},
            row_budget=row_budget,
            field_timeout_s=field_timeout_s,
            slow_statement_ms=slow_statement_ms,
            compiling=lambda: self.reading.compiling,
        )
        self._sight = Sight(registry, schema, pool, row_budget=row_budget, cache_size=cache_size)

    async def execute(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Viewer,
        *,
        idempotency_key: str | None = None,
        allow_mutations: bool = True,
        request_id: str = "",
        with_plan: bool = False,
        trace: Trace | None = None,
    ) -> Result:
        """Execute one operation. Never raises for what a caller sent; what the platform itself got wrong is masked.

        ``CompileBusy`` alone is raised: too many documents that were never seen before, so this one comes again.
        """
        known = self.reading.documents.get(document)
        is_new = known is None
        if known is None:
            read = await self.reading.compiling.run(partial(self.reading.read, document), key=document)
            if isinstance(read, list):
                is_unread = len(read) == 1 and not read[0].nodes
                is_unread = is_unread and not isinstance(read[0], ValidationAbortedError)
                code = "GRAPHQL_PARSE_FAILED" if is_unread else "GRAPHQL_VALIDATION_FAILED"
                return refused([self.reading.refusal(error, code) for error in read])
            known = read
        try:
            operation = self.reading.operation(known, operation_name)
        except GraphQLError as error:
            return refused([of_graphql(error, "OPERATION_RESOLUTION_FAILURE")])
        kind = operation.node.operation
        if kind is OperationType.SUBSCRIPTION:
            hint = "send 'Accept: text/event-stream', or use a WebSocket (graphql-transport-ws)"
            message = "A subscription is answered as a stream of events."
            return refused([error_json(message, "OPERATION_RESOLUTION_FAILURE", hint=hint)])
        if kind is OperationType.MUTATION and not allow_mutations:
            return refused([error_json("A mutation needs POST.", "BAD_REQUEST")], "mutation_refused")
        try:
            coerced = self.reading.variables(operation.node, variables or {})
            if isinstance(coerced, list):
                return await self.reading.misfit(document, operation, variables or {})
            kept = self.reading.plans.find(document, operation, coerced, viewer)
            if kept is None:
                kept = await self.reading.plan(document, known, operation, coerced, viewer, is_new=is_new)
        except GraphRequestError as error:
            return refused([of_serai(error)])
        except RecursionError:
            return refused([error_json("The operation is nested too deeply.", "BAD_USER_INPUT")])
        if with_plan and self.reading.development and trace is None:
            trace = Trace(is_explained=True)
        call = Call(viewer, coerced, request_id, idempotency_key, [], trace, kept.asked)
        return await self.running.run(known, operation, kept.plan, call)

    def prepared(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Viewer,
        *,
        idempotency_key: str | None = None,
        request_id: str = "",
    ) -> Callable[[], Awaitable[Result]] | None:
        """The fast lane: what executes an operation that was planned before; ``None`` sends it to ``execute``.

        Both mean the same. ``variables`` are JSON, nested as deeply as HTTP lets them be.
        """
        known = self.reading.documents.get(document)
        if known is None:
            return None
        try:
            operation = self.reading.operation(known, operation_name)
            if operation.coerce is None:
                operation.coerce = self.reading.coercers.of_operation(operation.node)
            coerced = operation.coerce(variables or {})
        except (GraphQLError, RecursionError):
            return None
        if coerced is None:
            return None
        kept = self.reading.plans.find(document, operation, coerced, viewer)
        if kept is None:
            return None
        if kept.single is not None:
            return partial(self.running.send, kept.single, coerced, viewer, request_id, kept.asked)
        call = Call(viewer, coerced, request_id, idempotency_key, [], None, kept.asked)
        return partial(self.running.run, known, operation, kept.plan, call)

    async def subscription(
        self, document: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> Subscribed | Result | None:
        """What a subscription waits for and how it is told; ``None`` if the operation is none, a result if it is wrong.

        ``CompileBusy`` is raised as by ``execute``.
        """
        known = self.reading.documents.get(document)
        if known is None:
            read = await self.reading.compiling.run(partial(self.reading.read, document), key=document)
            if isinstance(read, list):
                return None
            known = read
        try:
            operation = self.reading.operation(known, operation_name)
        except GraphQLError:
            return None
        if operation.node.operation is not OperationType.SUBSCRIPTION:
            return None
        coerced = self.reading.variables(operation.node, variables or {})
        if isinstance(coerced, list):
            return await self.reading.misfit(document, operation, variables or {})
        try:
            return subscribed(
                self.registry,
                known,
                operation.node,
                coerced,
                variables or {},
                event_types=self.event_types,
            )
        except GraphRequestError as error:
            return refused([of_serai(error)])

    async def weigh(self, document: str, variables: dict[str, Any], viewer: Viewer) -> int:
        """How many rows a query with one operation could return, without asking it.

        ``GraphRequestError`` says why it could not be answered: also where it is no query, or declares variables that
        are not among those given. ``CompileBusy`` is raised as by ``execute``.
        """
        return await self.reading.weigh(document, variables, viewer)

    def export(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Viewer,
        *,
        after: str | None = None,
    ) -> Export:
        """A query of one list, to be read to its end; ``NotExportable`` or what else is wrong with it is raised."""
        known = self.reading.read(document)
        errors: list[GraphQLError] = known if isinstance(known, list) else []
        if isinstance(known, Document):
            try:
                operation = self.reading.operation(known, operation_name)
            except GraphQLError as error:
                raise NotExportable(error.message) from None
            coerced = self.reading.variables(operation.node, variables or {})
            if not isinstance(coerced, list):
                return plan_export(
                    self.registry,
                    self.schema,
                    known,
                    operation,
                    coerced,
                    viewer,
                    row_budget=self.row_budget,
                    after=after,
                )
            errors = coerced
        first = self.reading.refusal(errors[0], "BAD_USER_INPUT")
        raise NotExportable(first["message"], hint=first["extensions"].get("hint"))

    def sees_some(self, viewer: Viewer, entity: str, where: Mapping[str, Any] | None = None) -> bool:
        """Whether there can be rows of that entity that the viewer may see and that meet the filter."""
        return self._sight.sees_some(viewer, entity, where)

    async def visible(
        self,
        viewer: Viewer,
        entity: str,
        keys: Iterable[uuid.UUID],
        where: Mapping[str, Any] | None = None,
    ) -> set[uuid.UUID]:
        """Which of these rows of that entity a viewer may see, by its access rule; those that meet the filter."""
        return await self._sight.visible(viewer, entity, keys, where)
