"""Calls of batched fields: all at the same time, each of them within its time, none touched by what another does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from serai_sdk.context import CallCtx

from .coercion import read_arguments
from .errors import FieldTimeout
from .registry import BatchedField, Registry

log = structlog.get_logger("serai.graph")

AT_ONCE: Final = 8
"""How many calls of one field run at the same time; those with further arguments wait for them."""
GRACE_S: Final = 0.25
"""How long a call that was cancelled may take to clear up."""

_clearing: set[asyncio.Task[Any]] = set()
"""Calls that did not end when they were cancelled: nothing waits for them, but they are not to vanish."""


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One call: a field, its arguments, and what it needs of each of its parents, by their ids."""

    name: str
    field: BatchedField
    given: Mapping[str, Any]
    needs: Mapping[Any, Mapping[str, Any]]

    async def values(self, registry: Registry, ctx: CallCtx) -> dict[Any, Any]:
        """What the plug-in returns, by the parents' ids."""
        arguments = read_arguments(registry, self.field.arguments, self.given)
        values: Any = await self.field.resolve(ctx, list(self.needs.values()), **arguments)
        if not isinstance(values, Sequence) or isinstance(values, str | bytes):
            raise TypeError(f"{self.name} returned {type(values).__name__} where a list belongs")
        if len(values) != len(self.needs):
            raise ValueError(f"{self.name} returned {len(values)} values for {len(self.needs)} parents")
        return dict(zip(self.needs, values, strict=True))


async def answered(
    calls: Mapping[Hashable, BatchCall],
    registry: Registry,
    context: Callable[[], CallCtx],
    *,
    timeout_s: float,
) -> dict[Hashable, dict[Any, Any] | Exception]:
    """What each call returns, or what went wrong with it; ``FieldTimeout`` if it took too long."""
    gates: dict[str, asyncio.Semaphore] = {}

    async def one(call: BatchCall) -> dict[Any, Any]:
        async with gates.setdefault(call.name, asyncio.Semaphore(AT_ONCE)):
            return await call.values(registry, context())

    tasks = {key: _begun(one(call)) for key, call in calls.items()}
    late: set[asyncio.Task[Any]] = set()
    try:
        _, late = await asyncio.wait(tasks.values(), timeout=timeout_s)
    finally:
        await _end([task for task in tasks.values() if not task.done()])
    return {key: _outcome(calls[key], task, task in late, timeout_s) for key, task in tasks.items()}


def _begun(call: Coroutine[Any, Any, dict[Any, Any]]) -> asyncio.Task[dict[Any, Any]]:
    return asyncio.create_task(call)


def _outcome(
    call: BatchCall, task: asyncio.Task[dict[Any, Any]], is_late: bool, timeout_s: float
) -> dict[Any, Any] | Exception:
    if is_late:
        log.warning(
            "field_timed_out", field=call.name, plugin=call.field.origin.plugin, parents=len(call.needs)
        )
        return FieldTimeout(
            f"{call.name} took longer than the {timeout_s:g} s that a field may take",
            hint="ask again, for fewer rows at once or without this field",
        )
    if task.cancelled():
        return RuntimeError(f"{call.name} cancelled itself")
    error = task.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    return error if error is not None else task.result()


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel what still runs; what does not end soon is left to itself."""
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    _, stubborn = await asyncio.wait(tasks, timeout=GRACE_S)
    for task in stubborn:
        _clearing.add(task)
        task.add_done_callback(_cleared)


def _cleared(task: asyncio.Task[Any]) -> None:
    _clearing.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("field_failed_late", exc_info=error)
