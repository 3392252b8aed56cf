"""Batched fields: found in a statement's result, called once for all parents, their entities read level by level."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from serai.storage.pool import Pool
from serai_sdk import Money
from serai_sdk.context import CallCtx, Viewer

from .arguments import value_of
from .batch_calls import BatchCall, answered
from .errors import BudgetExceeded, unknown_kind, unknown_prefix
from .objects import HIDDEN, Site
from .plan import Stage
from .registry import (
    BatchedField,
    ColumnField,
    CompositeField,
    Entity,
    ExpressionField,
    IdField,
    JsonField,
    MoneyField,
    OneField,
    Registry,
)
from .shapes import Pending


@dataclass(slots=True)
class Failure:
    """What could not be answered: where first, whose it is (``field`` as ``Stay.quote``), why, and how often."""

    path: list[Any]
    plugin: str | None
    error: Exception
    field: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Parent:
    """An object a batched field belongs to, and what the field needs of it."""

    row: dict[str, Any]
    needs: Mapping[str, Any]
    path: list[Any]


@dataclass(slots=True)
class Run:
    """Fills in what Python answers below one root field."""

    pool: Pool
    registry: Registry
    viewer: Viewer
    variables: Mapping[str, Any]
    call_context: Callable[[Viewer], CallCtx]
    absent: Mapping[str, str]
    path: list[Any]
    trace: Callable[[str, list[Any], float], None]
    row_budget: int
    field_timeout_s: float
    rows: int = 0
    failures: list[Failure] = field(default_factory=list)
    _known: dict[Any, Failure] = field(default_factory=dict)

    async def fill(self, stage: Stage, tree: Any, path: list[Any]) -> None:
        """Answer the batched fields in a parsed result, and go on from the entities they return."""
        await self._below(stage, list(_parents(stage, tree, path)))

    async def follow(self, stage: Stage | None, pending: Pending) -> set[tuple[int, UUID]]:
        """Read all pending entities by one statement; returns those whose plug-in is absent.

        ``BudgetExceeded`` if they could be more rows than one operation may ask for.
        """
        if stage is None or not pending.wanted:
            self._missing(pending, set())
            pending.compact()
            return set()
        keys: dict[int, dict[UUID, None]] = {number: {} for number in range(len(stage.reads))}
        for one in pending.wanted:
            keys[one.read][one.id] = None
        self._spend(sum(stage.rows_each[one.read] for one in pending.wanted))
        slots = {number: list(wanted) for number, wanted in keys.items()}
        sql, params = stage.statement(slots)
        arguments = [param.bind(self.variables, self.viewer, slots) for param in params]
        started = time.perf_counter()
        rows = await self.pool.fetch(sql, *arguments)
        self.trace(sql, arguments, started)
        found: dict[tuple[int, UUID], Any] = {}
        absent: set[tuple[int, UUID]] = set()
        for number, key, text in rows:
            at = (number, UUID(bytes=key.bytes))
            if text is None:
                absent.add(at)
            else:
                found[at] = orjson.loads(text) if stage.sites else orjson.Fragment(text)
        parents: list[tuple[int, Parent]] = []
        visited: set[tuple[int, UUID]] = set()
        for one in pending.wanted:
            at = (one.read, one.id)
            row = found.get(at)
            one.container[one.place] = row
            if stage.sites and row is not None and at not in visited:
                visited.add(at)
                parents.extend(_parents(stage, row, [*one.path, one.place], read=one.read))
        self._missing(pending, absent)
        pending.compact()
        await self._below(stage, parents)
        return absent

    def misfits(self, pending: Pending, plugin: str | None, name: str) -> None:
        """What a Python field returned in places where it did not fit is null there, and it is said."""
        for one in pending.misfits:
            self._fail(name, plugin, one.path, one.error)
        pending.misfits.clear()

    async def _below(self, stage: Stage, parents: list[tuple[int, Parent]]) -> None:
        """Answer the batched fields of these parents, then read the entities they return."""
        if not parents:
            return
        pending = Pending()
        await self._answer(stage, parents, pending)
        try:
            await self.follow(stage.following, pending)
        except BudgetExceeded as error:
            first = pending.wanted[0]
            self._fail(None, None, [*first.path, first.place], error, len(pending.wanted))
            pending.compact()

    def _spend(self, rows: int) -> None:
        self.rows += rows
        if self.rows > self.row_budget:
            raise BudgetExceeded(
                f"what is linked here could be {self.rows} rows or more, of at most {self.row_budget}",
                hint="ask for less in one operation",
                data={"estimate": self.rows, "budget": self.row_budget},
            )

    def _missing(self, pending: Pending, absent: set[tuple[int, UUID]]) -> None:
        """References to rows of plug-ins that are not here are null, and it is said."""
        for number, ref, path in pending.references:
            if number is None:
                self.failures.append(Failure(path, None, unknown_prefix(ref.entity, self.absent)))
            elif (number, ref.id) in absent:
                self.failures.append(Failure(path, None, unknown_kind()))

    async def _answer(self, stage: Stage, parents: list[tuple[int, Parent]], pending: Pending) -> None:
        """Call every batched field once for each set of arguments, all at the same time."""
        waiting: dict[Hashable, list[tuple[int, Parent]]] = {}
        given: dict[int, tuple[Hashable, Mapping[str, Any]]] = {}
        for number, parent in parents:
            if number not in given:
                given[number] = self._call_key(stage.sites[number])
            waiting.setdefault(given[number][0], []).append((number, parent))
        calls = {
            key: BatchCall(
                _name(stage.sites[several[0][0]]),
                stage.sites[several[0][0]].field,
                given[several[0][0]][1],
                {parent.needs["id"]: parent.needs for _, parent in several},
            )
            for key, several in waiting.items()
        }
        results = await answered(
            calls, self.registry, lambda: self.call_context(self.viewer), timeout_s=self.field_timeout_s
        )
        for key, several in waiting.items():
            result = results[key]
            for number, parent in several:
                site = stage.sites[number]
                plugin = site.field.origin.plugin or None
                if isinstance(result, Exception):
                    self._fail(_name(site), plugin, [*parent.path, site.key], result)
                    continue
                value = result[parent.needs["id"]]
                pending.put(stage.outs[number], value, parent.row, site.key, parent.path, nullable=True)
                self.misfits(pending, plugin, _name(site))

    def _call_key(self, site: Site) -> tuple[Hashable, Mapping[str, Any]]:
        """What tells calls of the field apart, and the arguments."""
        given = {name: value_of(tree, self.variables) for name, tree in site.arguments.items()}
        return (site.field.name, site.field.origin, repr(sorted(given.items()))), given

    def _fail(
        self, name: str | None, plugin: str | None, path: Sequence[Any], error: Exception, count: int = 1
    ) -> None:
        """Note an error; the same one at the same field of further rows is counted and not repeated."""
        place = tuple(step for step in path if isinstance(step, str))
        key = (place, type(error))
        known = self._known.get(key)
        if known is not None:
            known.count += count
            return
        made = self._known[key] = Failure(list(path), plugin, error, name, count)
        self.failures.append(made)


def _name(site: Site) -> str:
    return f"{site.entity.name}.{site.field.name}"


def _parents(stage: Stage, tree: Any, path: list[Any], *, read: int = 0) -> Iterator[tuple[int, Parent]]:
    """All objects of a parsed result that batched fields hang on; their hidden members are taken out."""
    for site in stage.sites:
        if site.read == read:
            for parent in _at(site, tree, site.path, path):
                yield site.number, parent


def _at(site: Site, tree: Any, steps: tuple[str, ...], path: list[Any]) -> Iterator[Parent]:
    """The parents of one site, by the response keys that lead to them through objects and lists."""
    if isinstance(tree, list):
        for index, one in enumerate(tree):
            yield from _at(site, one, steps, [*path, index])
    elif isinstance(tree, dict):
        if steps:
            yield from _at(site, tree.get(steps[0]), steps[1:], [*path, steps[0]])
        elif (values := tree.pop(f"{HIDDEN}{site.number}", None)) is not None:
            yield Parent(tree, _needs(site.entity, site.field, values), path)


def _needs(entity: Entity, one: BatchedField, values: list[Any]) -> dict[str, Any]:
    needs: dict[str, Any] = {"id": UUID(values[0])}
    for (python, name), value in zip(one.needs.items(), values[1:], strict=True):
        needs[python] = None if value is None else _decoded(entity.fields[name], value)
    return needs


def _decoded(needed: Any, value: Any) -> Any:
    match needed:
        case IdField() | OneField():
            return UUID(value)
        case ColumnField() | ExpressionField():
            if needed.many:
                return [needed.leaf.decode(one) for one in value]
            return needed.leaf.decode(value)
        case MoneyField():
            return Money(int(value[0]), value[1])
        case CompositeField():
            made = {
                part.python: None if value[part.name] is None else _decoded(part, value[part.name])
                for part in needed.parts.values()
            }
            if all(one is None for one in made.values()) and needed.nullable:
                return None
            assert needed.value.python is not None
            return needed.value.python(**made)
        case JsonField():
            return value
    raise AssertionError(needed)
