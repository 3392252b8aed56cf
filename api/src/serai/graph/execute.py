"""The executor: a document and a viewer in, the response's bytes out.

A query planned before costs a dictionary look-up, one statement for each root field, and the splicing of what the
database wrote into the response. Nothing of a result is parsed unless a batched field hangs on it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

import orjson
from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
)

from serai.storage.pool import Pool
from serai_sdk.context import CallCtx, Viewer

from .advice import advice
from .arguments import field_arguments
from .batches import Run
from .binding import Single
from .by_id import report_absent, wanted_rows
from .calls import Call, Mutate, Result, finished, refused
from .coercion import read_arguments
from .compiling import Compiling
from .documents import DOCUMENTS_WEIGHT, Document, Operation, Recent, located, read_document
from .errors import GraphRequestError
from .export import Export, NotExportable, plan_export
from .failures import described
from .federation import wanted_entities
from .introspection import introspect
from .mutating import Mutating
from .permits import permit
from .plan import ENTITIES, OperationPlan, RootPlan
from .planning import Kept, Plans, plan_key
from .proving import Proving
from .registry import Registry, RootMutation, RootQuery
from .responses import error_json, of_graphql, of_serai
from .shapes import Misfit, Pending
from .sight import Sight
from .slow import Asked, SlowStatements
from .subscribing import Subscribed, subscribed
from .trace import Trace
from .variables import Coercers


class _Nulled(Exception):  # not an error of its own: it carries a null up
    """A non-null root field could not be answered."""


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
        self.pool = pool
        self.mutate = mutate
        self.call_context = call_context
        self.absent = dict(absent or {})
        self.row_budget = row_budget
        self.field_timeout_s = field_timeout_s
        self.development = development
        self.event_types = event_types
        self.documents: Recent[str, Document] = Recent(cache_size, weight_limit=DOCUMENTS_WEIGHT)
        self.plans = Plans(registry, schema, row_budget=row_budget, cache_size=cache_size)
        self.slow = SlowStatements(slow_statement_ms)
        self.compiling = Compiling(lambda: pool.busy_connections > 0)
        self._sight = Sight(registry, schema, pool, row_budget=row_budget, cache_size=cache_size)
        self._mutating = Mutating(registry, schema, mutate, row_budget=row_budget)
        self._coercers = Coercers(schema)
        self._proving = Proving(schema)
        self._mutations = frozenset(registry.mutations)
        self._python = frozenset(name for name, one in registry.queries.items() if isinstance(one, RootQuery))

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
        known = self.documents.get(document)
        is_new = known is None
        if known is None:
            read = await self.compiling.run(partial(self._read, document), key=document)
            if isinstance(read, list):
                code = (
                    "GRAPHQL_PARSE_FAILED"
                    if len(read) == 1 and not read[0].nodes
                    else "GRAPHQL_VALIDATION_FAILED"
                )
                return refused([self._refusal(error, code) for error in read])
            known = read
        try:
            operation = self._operation(known, operation_name)
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
            coerced = self._variables(operation.node, variables or {})
            if isinstance(coerced, list):
                return await self._misfit(document, operation, variables or {})
            kept = self.plans.find(document, operation, coerced, viewer)
            if kept is None:
                make = partial(self._planned, document, known, operation, coerced, viewer)
                key = (plan_key(document, operation, coerced, viewer), viewer.permissions)
                kept = await self.compiling.run(make, key=key, is_admitted=is_new)
        except GraphRequestError as error:
            return refused([of_serai(error)])
        except RecursionError:
            return refused([error_json("The operation is nested too deeply.", "BAD_USER_INPUT")])
        if with_plan and self.development and trace is None:
            trace = Trace(is_explained=True)
        call = Call(viewer, coerced, request_id, idempotency_key, [], trace, kept.asked)
        return await self._run(known, operation, kept.plan, call)

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
        known = self.documents.get(document)
        if known is None:
            return None
        try:
            operation = self._operation(known, operation_name)
            if operation.coerce is None:
                operation.coerce = self._coercers.of_operation(operation.node)
            coerced = operation.coerce(variables or {})
        except (GraphQLError, RecursionError):
            return None
        if coerced is None:
            return None
        kept = self.plans.find(document, operation, coerced, viewer)
        if kept is None:
            return None
        if kept.single is not None:
            return partial(self._send, kept.single, coerced, viewer, request_id, kept.asked)
        call = Call(viewer, coerced, request_id, idempotency_key, [], None, kept.asked)
        return partial(self._run, known, operation, kept.plan, call)

    async def subscription(
        self, document: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> Subscribed | Result | None:
        """What a subscription waits for and how it is told; ``None`` if the operation is none, a result if it is wrong.

        ``CompileBusy`` is raised as by ``execute``.
        """
        known = self.documents.get(document)
        if known is None:
            read = await self.compiling.run(partial(self._read, document), key=document)
            if isinstance(read, list):
                return None
            known = read
        try:
            operation = self._operation(known, operation_name)
        except GraphQLError:
            return None
        if operation.node.operation is not OperationType.SUBSCRIPTION:
            return None
        coerced = self._variables(operation.node, variables or {})
        if isinstance(coerced, list):
            return await self._misfit(document, operation, variables or {})
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
        known = self.documents.get(document)
        is_new = known is None
        if known is None:
            read = await self.compiling.run(partial(self._read, document), key=document)
            if isinstance(read, list):
                raise self._unfit(read[0])
            known = read
        try:
            operation = self._operation(known, None)
        except GraphQLError as error:
            raise self._unfit(error) from None
        if operation.node.operation is not OperationType.QUERY:
            raise GraphRequestError(f"this is a {operation.node.operation.value}", hint="give a query")
        for one in operation.node.variable_definitions or ():
            name = one.variable.name.value
            if name not in variables:
                raise GraphRequestError(
                    f"there is no variable ${name} here",
                    hint=f"there are {', '.join(f'${one}' for one in sorted(variables))}",
                )
        coerced = self._variables(operation.node, variables)
        if isinstance(coerced, list):
            raise self._unfit(coerced[0])
        make = partial(self._planned, document, known, operation, coerced, viewer)
        key = (plan_key(document, operation, coerced, viewer), viewer.permissions)
        try:
            kept = await self.compiling.run(make, key=key, is_admitted=is_new)
        except RecursionError:
            raise GraphRequestError("the query is nested too deeply", hint="select less below") from None
        return kept.plan.rows

    def _unfit(self, error: GraphQLError) -> GraphRequestError:
        made = self._refusal(error, "BAD_USER_INPUT")
        return GraphRequestError(made["message"], hint=made["extensions"].get("hint"))

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
        known = self._read(document)
        errors: list[GraphQLError] = known if isinstance(known, list) else []
        if isinstance(known, Document):
            try:
                operation = self._operation(known, operation_name)
            except GraphQLError as error:
                raise NotExportable(error.message) from None
            coerced = self._variables(operation.node, variables or {})
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
        first = self._refusal(errors[0], "BAD_USER_INPUT")
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

    # -- what was asked

    def _read(self, document: str) -> Document | list[GraphQLError]:
        """A step of compiling; somebody else's turn may have done it meanwhile."""
        known = self.documents.get(document)
        if known is not None:
            return known
        read = read_document(document, self._proving, hide_suggestions=not self.development)
        if isinstance(read, Document):
            self.documents.put(document, read, weight=len(document))
        return read

    def _planned(
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

    def _operation(self, known: Document, name: str | None) -> Operation:
        return known.operation(name, self.schema, self._mutations, self._python)

    def _refusal(self, error: GraphQLError, code: str) -> dict[str, Any]:
        made = of_graphql(error, code)
        hint = advice(error, self.schema) if self.development else None
        if hint is not None:
            made["extensions"]["hint"] = hint
        return made

    def _variables(self, operation: OperationDefinitionNode, given: dict[str, Any]) -> Any:
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

    async def _misfit(self, document: str, operation: Operation, given: dict[str, Any]) -> Result:
        """What is wrong with the variables, and where in the document; reading it for that takes its turn."""
        locate = partial(located, document, operation.name)
        node = await self.compiling.run(locate, key=(document, operation.name), is_admitted=True)
        return refused([self._refusal(error, "BAD_USER_INPUT") for error in self._variables(node, given)])

    # -- running

    async def _send(
        self, single: Single, variables: Mapping[str, Any], viewer: Viewer, request_id: str, asked: Asked
    ) -> Result:
        """An operation that is one statement, whose text is the answer."""
        root, sql = single.root, single.sql
        try:
            arguments = [bind(variables, viewer) for bind in single.binds]
            started = time.perf_counter()
            text: str | None = await self.pool.fetchval(sql, *arguments)
            if (took_s := time.perf_counter() - started) > self.slow.threshold_s:
                self.slow.note(
                    sql, asked=asked, field=root.name, request_id=request_id, took_s=took_s, answer=text
                )
        except Exception as error:  # as in _root
            call = Call(viewer, variables, request_id, None, [], None)
            self._failed(root, error, call)
            nulled = f'{{"{root.key}":null}}' if root.nullable else "null"
            return finished(nulled.encode(), call)
        return Result(f"{single.lead}{'null' if text is None else text}}}}}".encode())

    async def _run(self, known: Document, operation: Operation, plan: OperationPlan, call: Call) -> Result:
        data = await self._data(known, operation, plan, call)
        if call.trace is not None and call.trace.is_explained:
            await call.trace.explain(self.pool)
        return finished(data, call)

    async def _data(self, known: Document, operation: Operation, plan: OperationPlan, call: Call) -> bytes:
        answers: list[bytes | None]
        try:
            if plan.mutation:
                if call.idempotency_key is not None and sum(one.source is not None for one in plan.roots) > 1:
                    raise GraphRequestError(
                        "an Idempotency-Key header goes with one mutation",
                        hint="send the mutations one by one, or give each its own @idempotent(key:)",
                    )
                answers = [await self._root(known, operation, root, call) for root in plan.roots]
            elif len(plan.roots) == 1:
                answers = [await self._root(known, operation, plan.roots[0], call)]
            else:
                done = await asyncio.gather(
                    *(self._root(known, operation, root, call) for root in plan.roots), return_exceptions=True
                )
                for one in done:
                    if isinstance(one, BaseException):
                        raise one
                answers = [one for one in done if not isinstance(one, BaseException)]
        except _Nulled:
            return b"null"
        except GraphRequestError as error:
            call.errors.append(of_serai(error))
            return b"null"
        parts = [
            b'"' + root.key.encode() + b'":' + (answer or b"null")
            for root, answer in zip(plan.roots, answers, strict=True)
        ]
        return b"{" + b",".join(parts) + b"}"

    async def _root(self, known: Document, operation: Operation, root: RootPlan, call: Call) -> bytes | None:
        try:
            return await self._answer(known, operation, root, call)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever one root field meets must not take the others with it
            self._failed(root, error, call)
            if root.nullable:
                return None
            raise _Nulled from None

    def _failed(self, root: RootPlan, error: Exception, call: Call) -> None:
        call.errors.append({**described(error, root=root), "path": [root.key]})

    async def _answer(
        self, known: Document, operation: Operation, root: RootPlan, call: Call
    ) -> bytes | None:
        if root.constant is not None:
            return root.constant.encode()
        if root.introspection:
            return introspect(self.schema, known, operation, root, call)
        if root.source is None and root.nodes is None:
            return await self._select(root, call)
        run = self._begin(root, call)
        holder: dict[str, Any] = {}
        pending = Pending()
        if root.nodes is not None:
            if root.name == ENTITIES:
                wanted_entities(
                    root, call, pending, holder, self.absent, schema=self.schema, most=self.row_budget
                )
            else:
                wanted_rows(root, call, pending, holder, self.absent)
        elif isinstance(root.source, RootMutation):
            assert root.out is not None
            payload = await self._mutating.run(root, root.source, call)
            pending.put(root.out, payload, holder, root.key)
        else:
            assert isinstance(root.source, RootQuery)
            assert root.out is not None
            assert root.node is not None
            permit(root.source.access, call.viewer)
            arguments = read_arguments(
                self.registry,
                root.source.arguments,
                field_arguments(self.schema.query_type, root.node, call.variables),
            )
            value = await root.source.resolve(self.call_context(call.viewer), **arguments)
            try:
                pending.put(root.out, value, holder, root.key)
            except Misfit as misfit:
                raise misfit.error from misfit
        if root.source is not None:
            kind = "Mutation" if isinstance(root.source, RootMutation) else "Query"
            run.misfits(pending, root.source.origin.plugin or None, f"{kind}.{root.name}")
        absent = await run.follow(root.stage, pending)
        if root.nodes is not None:
            report_absent(absent, pending, call)
        self._report(run, call)
        return orjson.dumps(holder[root.key])

    async def _select(self, root: RootPlan, call: Call) -> bytes | None:
        """A field the database answers: its text is the answer, unless Python fields hang below."""
        stage = root.stage
        assert stage is not None
        assert stage.sql is not None
        arguments = [param.bind(call.variables, call.viewer, {}) for param in stage.params]
        started = time.perf_counter()
        text: str | None = await self.pool.fetchval(stage.sql, *arguments)
        self._sent(root, call, stage.sql, arguments, started, text)
        if text is None:
            return None
        if not stage.sites:
            return text.encode()
        run = self._begin(root, call)
        holder = {"value": orjson.loads(text)}
        await run.fill(stage, holder["value"], [root.key])
        self._report(run, call)
        return orjson.dumps(holder["value"])

    def _begin(self, root: RootPlan, call: Call) -> Run:
        return Run(
            self.pool,
            self.registry,
            call.viewer,
            call.variables,
            self.call_context,
            self.absent,
            [root.key],
            partial(self._sent, root, call),
            self.row_budget,
            self.field_timeout_s,
        )

    def _sent(
        self,
        root: RootPlan,
        call: Call,
        sql: str,
        arguments: list[Any],
        started: float,
        answer: str | None = None,
    ) -> None:
        """A statement was answered."""
        took_s = time.perf_counter() - started
        if took_s > self.slow.threshold_s:
            self.slow.note(
                sql,
                asked=call.asked,
                field=root.name,
                request_id=call.request_id,
                took_s=took_s,
                answer=answer,
            )
        if call.trace is not None:
            call.trace.sent(root.key, sql, arguments, took_s)

    def _report(self, run: Run, call: Call) -> None:
        for failure in run.failures:
            call.errors.append({**described(failure.error, failure=failure), "path": failure.path})
