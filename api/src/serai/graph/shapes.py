"""What Python fields return, as JSON: leaves checked and written, values cut to the selection, ids handed to a read.

What does not fit its type is null at the nearest place that may be, and its neighbours are as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from graphql import SelectionSetNode

from serai_sdk import Ref

from .leaves import PREFIX, id_text
from .registry import ANY_ENTITY, Entity, EntityShape, LeafShape, ListShape, Shape, ValueShape
from .selection import below, selections
from .statement import Request
from .writers import writer


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
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class TextOut:
    """A constant, such as ``__typename``."""

    text: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ValueOut:
    """An object: response keys, where each value comes from, how to write it."""

    members: tuple[tuple[str, str, Out], ...]
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ListOut:
    """A list."""

    item: Out
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class EntityOut:
    """An entity by id: which read fetches it. It is null where nobody may see it."""

    read: int
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class NodeOut:
    """An entity of any type by reference: which read fetches it, by the entity's name and by the prefix of its ids."""

    reads: Mapping[str, int]
    nullable: bool = True


Out: TypeAlias = LeafOut | TextOut | ValueOut | ListOut | EntityOut | NodeOut


def out_of(request: Request, shape: Shape, sets: list[SelectionSetNode | None], reads: list[Read]) -> Out:
    """How to write a Python value of that shape for that selection; adds what must be read to ``reads``."""
    match shape:
        case LeafShape(leaf, nullable, ref):
            if ref is not None:
                prefix = request.registry.entities[ref].prefix
                return LeafOut(lambda value: id_text(prefix, _uuid(value)), nullable)
            return LeafOut(writer(leaf), nullable)
        case ListShape(item, nullable):
            return ListOut(out_of(request, item, sets, reads), nullable)
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
        case ValueShape(value, nullable):
            members: list[tuple[str, str, Out]] = []
            for part in selections(request, sets, value.name):
                if part.name == "__typename":
                    members.append((part.key, "", TextOut(value.name)))
                else:
                    made = value.parts[part.name]
                    members.append((part.key, made.python, out_of(request, made.shape, below(part), reads)))
            return ValueOut(tuple(members), nullable)


def _uuid(value: Any) -> UUID:
    if not isinstance(value, UUID):
        raise TypeError(f"{type(value).__name__} where the UUID of a row belongs")
    return value


class Misfit(Exception):  # not an error of its own: it carries one up to the nearest place that may be null
    """What Python returned does not fit its type: where, and what is wrong."""

    def __init__(self, path: list[Any], error: Exception) -> None:
        super().__init__(str(error))
        self.path = path
        self.error = error


class Wanted(NamedTuple):
    """An id that waits for the next statement, and where its row goes; ``path`` leads there."""

    read: int
    id: UUID
    container: Any
    place: Any
    path: Sequence[Any] = ()


@dataclass(slots=True)
class Pending:
    """Ids that wait for the next statement, where their rows go, and what did not fit."""

    wanted: list[Wanted] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    references: list[tuple[int | None, Ref, list[Any]]] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)

    def put(
        self,
        out: Out,
        value: Any,
        container: Any,
        key: Any,
        path: Sequence[Any] = (),
        *,
        nullable: bool | None = None,
    ) -> None:
        """Write a value into ``container[key]``, now or when its row is read; ``path`` leads to the container.

        What does not fit is null there and stands in ``misfits``; where null may not be, ``Misfit`` is raised.
        ``nullable`` is said where it is not for the type of the value to say.
        """
        container[key] = None
        may_be_null = out.nullable if nullable is None else nullable
        if value is None and not isinstance(out, TextOut):
            if not may_be_null:
                raise Misfit([*path, key], TypeError("None where the declared type has none"))
            return
        marks = (len(self.wanted), len(self.lists), len(self.references))
        try:
            self._write(out, value, container, key, path)
        except Exception as error:  # whatever a plug-in returned: it is kept away from the rest
            misfit = error if isinstance(error, Misfit) else Misfit([*path, key], error)
            if not may_be_null:
                raise misfit from error
            container[key] = None
            for kept, length in zip((self.wanted, self.lists, self.references), marks, strict=True):
                del kept[length:]  # type: ignore[attr-defined]  # three lists of different things
            self.misfits.append(misfit)

    def _write(self, out: Out, value: Any, container: Any, key: Any, path: Sequence[Any]) -> None:
        if isinstance(out, TextOut):
            container[key] = out.text
        elif isinstance(out, LeafOut):
            container[key] = out.encode(value)
        elif isinstance(out, ListOut):
            if not isinstance(value, Sequence) or isinstance(value, str | bytes):
                raise TypeError(f"{type(value).__name__} where a list belongs")
            made: list[Any] = [None] * len(value)
            container[key] = made
            inside = (*path, key)
            for index, one in enumerate(value):
                self.put(out.item, one, made, index, inside)
            if isinstance(out.item, EntityOut | NodeOut):
                self.lists.append(made)
        elif isinstance(out, EntityOut):
            self.wanted.append(Wanted(out.read, _uuid(value), container, key, path))
        elif isinstance(out, NodeOut):
            self._refer(out, value, container, key, path)
        else:
            made_object: dict[str, Any] = {}
            container[key] = made_object
            inside = (*path, key)
            for name, source, part in out.members:
                inner = None
                if source:
                    inner = value.get(source) if isinstance(value, Mapping) else getattr(value, source)
                self.put(part, inner, made_object, name, inside)

    def _refer(self, out: NodeOut, value: Any, container: Any, key: Any, path: Sequence[Any]) -> None:
        if not isinstance(value, Ref):
            raise TypeError(f"{type(value).__name__} where a Ref belongs: give Ref(entity, id)")
        number = out.reads.get(value.entity)
        if number is None and not PREFIX.fullmatch(value.entity):
            raise ValueError(f"there is no entity {value.entity!r}, which a Ref names")
        self.references.append((number, value, [*path, key]))
        if number is not None:
            self.wanted.append(Wanted(number, _uuid(value.id), container, key, path))

    def compact(self) -> None:
        """Take rows the viewer may not see out of lists of entities."""
        for one in self.lists:
            one[:] = [row for row in one if row is not None]
