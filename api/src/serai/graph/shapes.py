"""What Python fields return, as JSON: leaves written out, values cut to the selection, ids handed to the next read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from graphql import SelectionSetNode

from serai_sdk import Ref

from .leaves import PREFIX, id_text
from .registry import ANY_ENTITY, Entity, EntityShape, LeafShape, ListShape, Shape, ValueShape
from .selection import below, selections
from .statement import Request


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of an entity that the next statement reads by id; ``is_open``: only if Python returns any."""

    entity: Entity
    sets: list[SelectionSetNode | None]
    is_open: bool = False


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


@dataclass(frozen=True, slots=True)
class NodeOut:
    """An entity of any type by reference: which read fetches it, by the entity's name and by the prefix of its ids."""

    reads: Mapping[str, int]


Out: TypeAlias = LeafOut | TextOut | ValueOut | ListOut | EntityOut | NodeOut


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
        case EntityShape(entity) if entity == ANY_ENTITY:
            numbers: dict[str, int] = {}
            for name, one in sorted(request.registry.entities.items()):
                numbers[name] = len(reads)
                reads.append(Read(one, sets, is_open=True))
            for prefix, one in request.registry.prefixes.items():
                numbers[prefix] = numbers[one.name]
            return NodeOut(numbers)
        case EntityShape(name):
            reads.append(Read(request.registry.entities[name], sets))
            return EntityOut(len(reads) - 1)
        case ValueShape(value):
            members: list[tuple[str, str, Out]] = []
            for part in selections(request, sets, value.name):
                if part.name == "__typename":
                    members.append((part.key, "", TextOut(value.name)))
                else:
                    made = value.parts[part.name]
                    members.append((part.key, made.python, out_of(request, made.shape, below(part), reads)))
            return ValueOut(tuple(members))


@dataclass(slots=True)
class Pending:
    """Ids that wait for the next statement, and where their rows go."""

    wanted: list[tuple[int, UUID, Any, Any]] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    references: list[tuple[int | None, Ref, list[Any]]] = field(default_factory=list)

    def put(self, out: Out, value: Any, container: Any, key: Any, path: Sequence[Any] = ()) -> None:
        """Write a value into ``container[key]``, now or when its row is read; ``path`` leads to the container."""
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
            inside = (*path, key)
            for index, one in enumerate(value):
                self.put(out.item, one, made, index, inside)
            if isinstance(out.item, EntityOut | NodeOut):
                self.lists.append(made)
        elif isinstance(out, EntityOut):
            self.wanted.append((out.read, value, container, key))
        elif isinstance(out, NodeOut):
            if not isinstance(value, Ref):
                raise TypeError(f"{type(value).__name__} where a Ref belongs: give Ref(entity, id)")
            number = out.reads.get(value.entity)
            if number is None and not PREFIX.fullmatch(value.entity):
                raise ValueError(f"there is no entity {value.entity!r}, which a Ref names")
            self.references.append((number, value, [*path, key]))
            if number is not None:
                self.wanted.append((number, value.id, container, key))
        else:
            made_object: dict[str, Any] = {}
            container[key] = made_object
            inside = (*path, key)
            for name, source, part in out.members:
                inner = None
                if source:
                    inner = value.get(source) if isinstance(value, Mapping) else getattr(value, source)
                self.put(part, inner, made_object, name, inside)

    def compact(self) -> None:
        """Take rows the viewer may not see out of lists of entities."""
        for one in self.lists:
            one[:] = [row for row in one if row is not None]
