"""The executor: a document and a viewer in, the response's bytes out.

A query planned before costs a dictionary look-up, one statement for each root field, and the splicing of what the
database wrote into the response. Nothing of a result is parsed unless a batched field hangs on it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
)

from serai.storage.pool import Pool
from serai_sdk import MOST_IDS, SdkError, UserError
from serai_sdk.access import VIEWER_ATTRIBUTES
from serai_sdk.context import CallCtx, Viewer

from .advice import advice
from .arguments import argument_trees, value_of
from .batches import Run
from .calls import Call, Mutate, Result, finished, refused
from .coercion import Complaint, InputReader, read_arguments
from .documents import DOCUMENTS_WEIGHT, PLANS_WEIGHT, Document, Operation, Recent, read_document
from .errors import BudgetExceeded, GraphRequestError, InvalidId, unknown_kind, unknown_prefix
from .failures import described
from .idempotency import idempotency_key
from .introspection import introspect
from .leaves import id_parts
from .permits import permit
from .plan import OperationPlan, RootPlan, Stage, plan_operation, visibility_stage
from .registry import Registry, RootMutation, RootQuery
from .responses import error_json, of_graphql, of_serai
from .shapes import Pending
from .statement import Outlook, Request
from .trace import Trace

MOST_ITEMS: Final = 1_000
"""How many inputs a bulk takes."""

NOTHING_DONE: Final = {"results": (), "succeeded": 0, "failed": 0}
"""What a bulk answers that was not begun."""

MAX_VARIANTS: Final = 16
"""How many plans are kept of one operation for viewers with different permissions."""


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
        cache_size: int = 1_000,
        development: bool = False,
    ) -> None:
        self.registry = registry
        self.schema = schema
        self.pool = pool
        self.mutate = mutate
        self.call_context = call_context
        self.absent = dict(absent or {})
        self.row_budget = row_budget
        self.development = development
        self.documents: Recent[str, Document] = Recent(cache_size, weight_limit=DOCUMENTS_WEIGHT)
        self.plans: Recent[Any, list[tuple[frozenset[str], OperationPlan]]] = Recent(
            cache_size * 2, weight_limit=PLANS_WEIGHT
        )
        self._visibility: Recent[tuple[str, str, Outlook], Stage] = Recent(
            cache_size, weight_limit=PLANS_WEIGHT // 16
        )
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
        """Execute one operation. Never raises for what a caller sent; what the platform itself got wrong is masked."""
        known = self.documents.get(document)
        if known is None:
            read = read_document(document, self.schema, hide_suggestions=not self.development)
            if isinstance(read, list):
                code = (
                    "GRAPHQL_PARSE_FAILED"
                    if len(read) == 1 and not read[0].nodes
                    else "GRAPHQL_VALIDATION_FAILED"
                )
                return refused([self._refusal(error, code) for error in read])
            known = read
            self.documents.put(document, known, weight=len(document))
        try:
            operation = known.operation(operation_name, self.schema, self._mutations, self._python)
        except GraphQLError as error:
            return refused([of_graphql(error, "OPERATION_RESOLUTION_FAILURE")])
        kind = operation.node.operation
        if kind is OperationType.SUBSCRIPTION:
            return refused([error_json("Subscriptions are not served here.", "OPERATION_RESOLUTION_FAILURE")])
        if kind is OperationType.MUTATION and not allow_mutations:
            return refused([error_json("A mutation needs POST.", "BAD_REQUEST")], "mutation_refused")
        try:
            coerced = self._variables(operation.node, variables or {})
            if isinstance(coerced, list):
                return refused([self._refusal(error, "BAD_USER_INPUT") for error in coerced])
            plan = self._plan(document, known, operation, coerced, viewer)
        except GraphRequestError as error:
            return refused([of_serai(error)])
        except RecursionError:
            return refused([error_json("The operation is nested too deeply.", "BAD_USER_INPUT")])
        if with_plan and self.development and trace is None:
            trace = Trace()
        call = Call(viewer, coerced, request_id, idempotency_key, [], trace)
        return await self._run(known, operation, plan, call)

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

    def sees_some(self, viewer: Viewer, entity: str, where: Mapping[str, Any] | None = None) -> bool:
        """Whether there can be rows of that entity that the viewer may see and that meet the filter."""
        return self._sight(viewer, entity, where).sql is not None

    async def visible(
        self,
        viewer: Viewer,
        entity: str,
        keys: Iterable[uuid.UUID],
        where: Mapping[str, Any] | None = None,
    ) -> set[uuid.UUID]:
        """Which of these rows of that entity a viewer may see, by its access rule; those that meet the filter."""
        stage = self._sight(viewer, entity, where)
        wanted = set(keys)
        if len(wanted) > MOST_IDS:
            raise SdkError(
                f"{len(wanted)} rows of {entity} are asked about at once, of at most {MOST_IDS}",
                hint="ask about them in parts",
            )
        if not wanted or stage.sql is None:
            return set()
        slots = {0: list(wanted)}
        found = await self.pool.fetch(stage.sql, *(param.bind({}, viewer, slots) for param in stage.params))
        return {uuid.UUID(bytes=key.bytes) for (key,) in found}

    def _sight(self, viewer: Viewer, entity: str, where: Mapping[str, Any] | None) -> Stage:
        outlook = _outlook(viewer)
        key = (entity, repr(where), outlook)
        stage = self._visibility.get(key)
        if stage is None:
            if entity not in self.registry.entities:
                raise SdkError(
                    f"there is no entity {entity!r}",
                    hint=f"there are {', '.join(sorted(self.registry.entities))}",
                )
            request = Request(self.registry, self.schema, {}, {}, outlook, self.row_budget)
            stage = visibility_stage(request, self.registry.entities[entity], where)
            self._visibility.put(key, stage, weight=stage.weight)
        return stage

    # -- planning

    def _plan(
        self, text: str, known: Document, operation: Operation, variables: Mapping[str, Any], viewer: Viewer
    ) -> OperationPlan:
        outlook = _outlook(viewer)
        name = operation.node.name.value if operation.node.name else None
        key = (text, name, outlook.kind, outlook.attributes, operation.use.shape(variables))
        variants = self.plans.get(key)
        if variants is not None:
            for held, plan in variants:
                if viewer.permissions & plan.touched == held:
                    return plan
        request = Request(
            self.registry,
            self.schema,
            known.fragments,
            variables,
            outlook,
            self.row_budget,
        )
        plan = plan_operation(request, operation.node)
        kept = [] if variants is None else variants[-MAX_VARIANTS + 1 :]
        kept = [*kept, (viewer.permissions & plan.touched, plan)]
        self.plans.put(key, kept, weight=len(text) + sum(one.weight for _, one in kept))
        return plan

    # -- running

    async def _run(self, known: Document, operation: Operation, plan: OperationPlan, call: Call) -> Result:
        answers: list[bytes | None]
        try:
            if plan.mutation:
                if call.idempotency_key is not None and len(plan.roots) > 1:
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
            return finished(b"null", call)
        except GraphRequestError as error:
            call.errors.append(of_serai(error))
            return finished(b"null", call)
        parts = [
            b'"' + root.key.encode() + b'":' + (answer or b"null")
            for root, answer in zip(plan.roots, answers, strict=True)
        ]
        return finished(b"{" + b",".join(parts) + b"}", call)

    async def _root(self, known: Document, operation: Operation, root: RootPlan, call: Call) -> bytes | None:
        try:
            return await self._answer(known, operation, root, call)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever one root field meets must not take the others with it
            call.errors.append({**described(error, root=root), "path": [root.key]})
            if root.nullable:
                return None
            raise _Nulled from None

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
            self._nodes(root, call, pending, holder)
        elif isinstance(root.source, RootMutation):
            assert root.out is not None
            pending.put(root.out, await self._mutate(root, root.source, operation, call), holder, root.key)
        else:
            assert isinstance(root.source, RootQuery)
            assert root.out is not None
            permit(root.source.access, call.viewer)
            arguments = read_arguments(
                self.registry,
                root.source.arguments,
                self._arguments(self.schema.query_type, root, call),
            )
            value = await root.source.resolve(self.call_context(call.viewer), **arguments)
            pending.put(root.out, value, holder, root.key)
        absent = await run.follow(root.stage, pending)
        if root.nodes is not None:
            self._report_absent(root, absent, pending, call)
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
        if call.trace is not None:
            call.trace.sent(root.key, stage.sql, arguments, started)
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
        def trace(sql: str, arguments: list[Any], started: float) -> None:
            if call.trace is not None:
                call.trace.sent(root.key, sql, arguments, started)

        return Run(
            self.pool,
            self.registry,
            call.viewer,
            call.variables,
            self.call_context,
            self.absent,
            [root.key],
            trace,
        )

    def _report(self, run: Run, call: Call) -> None:
        for failure in run.failures:
            call.errors.append({**described(failure.error, failure=failure), "path": failure.path})

    # -- node and nodes

    def _nodes(self, root: RootPlan, call: Call, pending: Pending, holder: dict[str, Any]) -> None:
        assert root.nodes is not None
        many = root.name == "nodes"
        given = value_of(root.arguments["ids" if many else "id"], call.variables)
        texts = given if many else [given]
        found: list[Any] = [None] * len(texts)
        holder[root.key] = found if many else None
        for index, text in enumerate(texts):
            path: list[Any] = [root.key, index] if many else [root.key]
            container, place = (found, index) if many else (holder, root.key)
            try:
                prefix, key = id_parts(str(text))
            except ValueError as error:
                problem = InvalidId(str(error), hint="pass an id as the graph gave it out")
                call.errors.append({**of_serai(problem), "path": path})
                continue
            number = root.nodes.get(prefix)
            if number is None:
                call.errors.append({**of_serai(unknown_prefix(prefix, self.absent)), "path": path})
            else:
                pending.wanted.append((number, key, container, place))

    def _report_absent(
        self, root: RootPlan, absent: set[tuple[int, uuid.UUID]], pending: Pending, call: Call
    ) -> None:
        for number, key, _, index in pending.wanted:
            if (number, key) in absent:
                path: list[Any] = [root.key, index] if root.name == "nodes" else [root.key]
                call.errors.append({**of_serai(unknown_kind()), "path": path})

    # -- mutations

    async def _mutate(
        self, root: RootPlan, source: RootMutation, operation: Operation, call: Call
    ) -> Mapping[str, Any]:
        permit(source.access, call.viewer)
        given = self._arguments(self.schema.mutation_type, root, call)["input"]
        reader = InputReader(self.registry)
        if source.bulk is not None:
            reader.complaints += self._complaints(root, given["items"])
        value = reader.record(source.input, given) if not reader.complaints else None
        if reader.complaints:
            return {
                **NOTHING_DONE,
                "userErrors": [
                    {
                        "code": "INVALID_INPUT",
                        "message": f"{'.'.join(one.field)} {one.message}",
                        "field": list(one.field),
                    }
                    for one in reader.complaints
                ],
            }
        outcome = await self.mutate(
            source,
            value,
            given,
            call.viewer,
            idempotency_key=idempotency_key(operation, root, call),
            request_id=call.request_id,
        )
        call.replayed = call.replayed or outcome.replayed
        if source.bulk is None:
            return {**outcome.payload, "userErrors": _told(outcome.user_errors)}
        failed = sum(bool(one.user_errors) for one in outcome.results)
        return {
            "results": [
                {"index": index, **one.payload, "userErrors": _told(one.user_errors)}
                for index, one in enumerate(outcome.results)
            ],
            "succeeded": 0 if outcome.user_errors else len(outcome.results) - failed,
            "failed": failed,
            "userErrors": _told(outcome.user_errors),
        }

    def _complaints(self, root: RootPlan, items: Sequence[Any]) -> list[Complaint]:
        """What is wrong with the number of items."""
        if not items:
            return [Complaint(("items",), "is empty; 1 is the least that is taken")]
        if len(items) > MOST_ITEMS:
            return [
                Complaint(("items",), f"has {len(items)} elements; {MOST_ITEMS} is the most that is taken")
            ]
        rows = root.rows_each * len(items)
        if rows > self.row_budget:
            raise BudgetExceeded(
                f"the results of {len(items)} items could be {rows} rows or more, of at most {self.row_budget}",
                hint="select less of each result, or send fewer items at once",
                data={"estimate": rows, "budget": self.row_budget},
            )
        return []

    def _arguments(self, type_: GraphQLObjectType | None, root: RootPlan, call: Call) -> dict[str, Any]:
        assert type_ is not None
        assert root.node is not None
        trees = argument_trees(root.node, type_.fields[root.name].args, call.variables)
        return {name: value_of(tree, call.variables) for name, tree in trees.items()}


def _told(errors: Sequence[UserError]) -> list[dict[str, Any]]:
    return [
        {"code": one.code, "message": one.message, "field": list(one.field) if one.field else None}
        for one in errors
    ]


def _outlook(viewer: Viewer) -> Outlook:
    attributes = frozenset(name for name in VIEWER_ATTRIBUTES if getattr(viewer, name) is not None)
    return Outlook(viewer.kind, attributes, viewer.permissions)
