"""Questions that ask for each field of a plug-in by itself, and what it takes to answer them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)
from structlog.testing import capture_logs

from serai.app import Platform
from serai.graph.registry import RootConnection
from serai.viewers import SYSTEM
from serai_sdk import Origin

__all__ = ["Asked", "documents", "statements"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that is asked for."""

    name: str
    origin: Origin


def documents(platform: Platform, plugin: str, *, first: int) -> Iterator[tuple[Asked, str]]:
    """A question for each field that the plug-in declares, of the first rows of its type.

    Fields that have to be given something are left out, and those of types that no list leads to.
    """
    registry, schema = platform.assembly.registry, platform.assembly.schema.core
    lists = {
        one.entity: one.name
        for one in registry.queries.values()
        if isinstance(one, RootConnection) and not one.arguments
    }
    for entity in registry.entities.values():
        made = schema.type_map[entity.name]
        for field in entity.fields.values():
            root = lists.get(entity.name)
            if field.origin.plugin != plugin or root is None or not isinstance(made, GraphQLObjectType):
                continue
            selected = _selection(field.name, made.fields[field.name])
            if selected is not None:
                yield (
                    Asked(f"{entity.name}.{field.name}", field.origin),
                    f"{{ {root}(first: {first}) {{ nodes {{ {selected} }} }} }}",
                )


async def statements(platform: Platform, document: str) -> tuple[int, list[str]]:
    """How many statements a question takes, and what went wrong."""
    sent: list[str] = []

    def note(sql: str, _: object) -> None:
        sent.append(sql)

    await asyncio.sleep(0)
    platform.pool.observers.append(note)
    try:
        with capture_logs() as logged:  # what a plug-in's code raises is told to clients by a number only
            result = await platform.engine.execute(document, {}, None, SYSTEM)
        await asyncio.sleep(0)
    finally:
        platform.pool.observers.remove(note)
    raised = [f"{type(one['exc_info']).__name__}: {one['exc_info']}" for one in logged if one.get("exc_info")]
    answer = orjson.loads(result.body)
    return len(sent), list(dict.fromkeys(raised)) or [one["message"] for one in answer.get("errors", ())]


def _selection(name: str, field: GraphQLField, depth: int = 2) -> str | None:
    """The field with as much below it as has to be; ``None`` if it cannot be asked for without knowing more."""
    if any(is_required_argument(one) for one in field.args.values()):
        return None
    below = _below(field.type, depth)
    return None if below is None else f"{name}{below}"


def _below(type: GraphQLOutputType, depth: int) -> str | None:
    named = get_named_type(type)
    if is_leaf_type(named):
        return ""
    if not (is_object_type(named) or is_interface_type(named)):
        return " { __typename }"
    fields = named.fields
    if "nodes" in fields and "totalCount" in fields:
        return "(first: 2) { nodes { __typename } }"
    if "id" in fields:
        return " { id }"
    if depth == 0:
        return None
    parts = [_selection(name, one, depth - 1) for name, one in fields.items()]
    chosen = [one for one in parts if one is not None]
    return f" {{ {' '.join(chosen)} }}" if chosen else None
