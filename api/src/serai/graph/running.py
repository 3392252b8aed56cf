"""Running a plan: its statements sent, Python fields called, the answers spliced together, errors where they belong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from graphql import (
    GraphQLSchema,
)

from serai.errors import CompileBusy
from serai.storage.pool import Pool
from serai_sdk.context import CallCtx, Viewer

from .arguments import field_arguments
from .batches import Run
from .binding import Single
from .by_id import report_absent, wanted_rows
from .calls import Call, Mutate, Result, finished
from .coercion import read_arguments
from .compiling import Compiling
from .documents import Document, Operation
from .errors import GraphRequestError
from .failures import described
from .federation import wanted_entities
from .introspection import Introspection
from .mutating import Mutating
from .permits import permit
from .plan import ENTITIES, OperationPlan, RootPlan
from .registry import Registry, RootMutation, RootQuery
from .responses import of_serai
from .shapes import Misfit, Pending
from .slow import Asked, SlowStatements


class _Nulled(Exception):  # not an error of its own: it carries a null up
    """A non-null root field could not be answered."""


class Running:
    """Runs the plans of one registry on one pool."""

    def __init__(
        self,
        registry: Registry,
        schema: GraphQLSchema,
        pool: Pool,
        *,
        mutate: Mutate,
        call_context: Callable[[Viewer], CallCtx],
        absent: Mapping[str, str],
        row_budget: int,
        field_timeout_s: float,
        slow_statement_ms: int,
        compiling: Callable[[], Compiling],
    ) -> None:
        self.registry = registry
        self.schema = schema
        self.pool = pool
        self.call_context = call_context
        self.absent = dict(absent)
        self.row_budget = row_budget
        self.field_timeout_s = field_timeout_s
        self.slow = SlowStatements(slow_statement_ms)
        self._introspection = Introspection(schema, compiling)
        self._mutating = Mutating(registry, schema, mutate, row_budget=row_budget)

    async def send(
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

    async def run(self, known: Document, operation: Operation, plan: OperationPlan, call: Call) -> Result:
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
                call.dry_run = _dry(plan)
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
        except (asyncio.CancelledError, CompileBusy):
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
            return await self._introspection.answer(known, operation, root, call)
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


def _dry(plan: OperationPlan) -> bool:
    """Whether all mutations are only tried; some done and some tried would not be told apart in the answer."""
    mutations = [one for one in plan.roots if one.source is not None]
    dry = sum(one.dry_run for one in mutations)
    if 0 < dry < len(mutations):
        raise GraphRequestError(
            "some mutations of this operation have @dryRun and some have not; nothing was done",
            hint="write @dryRun on each, or send those that are meant in an operation of their own",
        )
    return dry > 0
