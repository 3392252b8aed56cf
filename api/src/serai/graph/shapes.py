"""What Python fields return, as JSON: leaves written out, values cut to the selection, ids handed to the next read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from graphql import SelectionSetNode

from .leaves import id_text
from .registry import Entity, EntityShape, LeafShape, ListShape, Shape, ValueShape
from .selection import below, selections
from .statement import Request


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of an entity that the next statement reads by id."""

    entity: Entity
    sets: list[SelectionSetNode | None]


@dataclass(frozen=True, slots=True)
class LeafOut:
    """A leaf: how to write it."""

    encode: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class TextOut:
    """A constant, such as ``__typename``."""

    text: str


@dataclass(frozen=True, slots=True)
class ValueOut:
    """An object: response keys, where each value comes from, how to write it."""

    members: tuple[tuple[str, str, Out], ...]


@dataclass(frozen=True, slots=True)
class ListOut:
    """A list."""

    item: Out


@dataclass(frozen=True, slots=True)
class EntityOut:
    """An entity by id: which read fetches it."""

    read: int


Out: TypeAlias = LeafOut | TextOut | ValueOut | ListOut | EntityOut


def out_of(request: Request, shape: Shape, sets: list[SelectionSetNode | None], reads: list[Read]) -> Out:
    """How to write a Python value of that shape for that selection; adds what must be read to ``reads``."""
    match shape:
        case LeafShape(leaf, _, ref):
            if ref is not None:
                prefix = request.registry.entities[ref].prefix
                return LeafOut(lambda value: id_text(prefix, value))
            return LeafOut(leaf.encode)
        case ListShape(item):
            return ListOut(out_of(request, item, sets, reads))
        case EntityShape(name):
            reads.append(Read(request.registry.entities[name], sets))
            return EntityOut(len(reads) - 1)
        case ValueShape(value):
            members: list[tuple[str, str, Out]] = []
            for one in selections(request, sets, value.name):
                if one.name == "__typename":
                    members.append((one.key, "", TextOut(value.name)))
                else:
                    part = value.parts[one.name]
                    members.append((one.key, part.python, out_of(request, part.shape, below(one), reads)))
            return ValueOut(tuple(members))


@dataclass(slots=True)
class Pending:
    """Ids that wait for the next statement, and where their rows go."""

    wanted: list[tuple[int, UUID, Any, Any]] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)

    def put(self, out: Out, value: Any, container: Any, key: Any) -> None:
        """Write a value into ``container[key]``, now or when its row is read."""
        container[key] = None
        if isinstance(out, TextOut):
            container[key] = out.text
        elif value is None:
            return
        elif isinstance(out, LeafOut):
            container[key] = out.encode(value)
        elif isinstance(out, ListOut):
            made: list[Any] = [None] * len(value)
            container[key] = made
            for index, one in enumerate(value):
                self.put(out.item, one, made, index)
            if isinstance(out.item, EntityOut):
                self.lists.append(made)
        elif isinstance(out, EntityOut):
            self.wanted.append((out.read, value, container, key))
        else:
            made_object: dict[str, Any] = {}
            container[key] = made_object
            for name, source, part in out.members:
                inner = None
                if source:
                    inner = value.get(source) if isinstance(value, Mapping) else getattr(value, source)
                self.put(part, inner, made_object, name)

    def compact(self) -> None:
        """Take rows the viewer may not see out of lists of entities."""
        for one in self.lists:
            one[:] = [row for row in one if row is not None]
