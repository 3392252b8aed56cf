"""Batched fields: found in a statement's result, called once for all parents, their entities read level by level."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from serai.storage.pool import Pool
from serai_sdk import Money
from serai_sdk.context import CallCtx, Viewer

from .arguments import value_of
from .coercion import read_arguments
from .errors import unknown_kind, unknown_prefix
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
from .shapes import Out, Pending


@dataclass(frozen=True, slots=True)
class Failure:
    """A batched field that could not be answered: where, whose, why."""

    path: list[Any]
    plugin: str | None
    error: Exception


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
    failures: list[Failure] = field(default_factory=list)

    async def fill(self, stage: Stage, tree: Any, path: list[Any]) -> None:
        """Answer the batched fields in a parsed result, and go on from the entities they return."""
        pending = Pending()
        await self._answer(stage, list(_parents(stage, tree, path)), pending)
        await self.follow(stage.following, pending)

    async def follow(self, stage: Stage | None, pending: Pending) -> set[tuple[int, UUID]]:
        """Read all pending entities by one statement; returns those whose plug-in is absent."""
        if stage is None or not pending.wanted:
            self._missing(pending, set())
            pending.compact()
            return set()
        keys: dict[int, dict[UUID, None]] = {number: {} for number in range(len(stage.reads))}
        for number, key, _, _ in pending.wanted:
            keys[number][key] = None
        slots = {number: list(wanted) for number, wanted in keys.items()}
        sql, params = stage.statement(frozenset(number for number, wanted in keys.items() if wanted))
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
        for number, key, container, place in pending.wanted:
            row = found.get((number, key))
            container[place] = row
            if stage.sites and row is not None and (number, key) not in visited:
                visited.add((number, key))
                parents.extend(_parents(stage, row, [*self.path], read=number))
        self._missing(pending, absent)
        pending.compact()
        if parents:
            following = Pending()
            await self._answer(stage, parents, following)
            await self.follow(stage.following, following)
        return absent

    def _missing(self, pending: Pending, absent: set[tuple[int, UUID]]) -> None:
        """References to rows of plug-ins that are not here are null, and it is said."""
        for number, ref, path in pending.references:
            if number is None:
                self.failures.append(Failure(path, None, unknown_prefix(ref.entity, self.absent)))
            elif (number, ref.id) in absent:
                self.failures.append(Failure(path, None, unknown_kind()))

    async def _answer(self, stage: Stage, parents: list[tuple[int, Parent]], pending: Pending) -> None:
        """Call every batched field once for each set of arguments, all at the same time."""
        calls: dict[Any, list[tuple[int, Parent]]] = {}
        arguments: dict[Any, dict[str, Any]] = {}
        for number, parent in parents:
            site = stage.sites[number]
            given = {name: value_of(tree, self.variables) for name, tree in site.arguments.items()}
            key = (site.field.name, site.field.origin, repr(sorted(given.items(), key=lambda item: item[0])))
            arguments[key] = given
            calls.setdefault(key, []).append((number, parent))
        results = await asyncio.gather(
            *(self._call(stage, one, arguments[key]) for key, one in calls.items())
        )
        for one, values in zip(calls.values(), results, strict=True):
            for (number, parent), value in zip(one, values, strict=True):
                out: Out = stage.outs[number]
                try:
                    pending.put(out, value, parent.row, stage.sites[number].key, parent.path)
                except Exception as error:  # a plug-in returned something of another type than it declared
                    parent.row[stage.sites[number].key] = None
                    self._fail(stage.sites[number], parent, error)

    async def _call(
        self, stage: Stage, parents: list[tuple[int, Parent]], given: Mapping[str, Any]
    ) -> list[Any]:
        number, first = parents[0]
        site = stage.sites[number]
        try:
            arguments = read_arguments(self.registry, site.field.arguments, given)
            values = list(
                await site.field.resolve(
                    self.call_context(self.viewer), [parent.needs for _, parent in parents], **arguments
                )
            )
            if len(values) != len(parents):
                raise ValueError(
                    f"{site.field.name} returned {len(values)} values for {len(parents)} parents"
                )
        except (
            Exception
        ) as error:  # a plug-in's field is kept away from the rest: null and an error that names it
            self._fail(site, first, error)
            return [None] * len(parents)
        return values

    def _fail(self, site: Site, parent: Parent, error: Exception) -> None:
        self.failures.append(Failure([*parent.path, site.key], site.field.origin.plugin or None, error))


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
