"""Rows of an export as a table: which columns a selection has, of which type, and the values of one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)

from .selection import below, selections
from .statement import Request

JSON_TEXT: Final = "JSON"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the response keys that lead to its values, and the name of their type in the graph.

    Lists and connections are columns of type ``JSON``, and hold JSON text.
    """

    path: tuple[str, ...]
    type: str

    @property
    def name(self) -> str:
        """The keys with dots between them."""
        return ".".join(self.path)

    def value(self, row: Mapping[str, Any]) -> Any:
        """What the row has there, as JSON has it; what JSON columns hold is text. ``None`` below what is null."""
        found: Any = row
        for key in self.path:
            if not isinstance(found, dict):
                return None
            found = found.get(key)
        return found if found is None or self.type != JSON_TEXT else orjson.dumps(found).decode()


def columns_of(
    request: Request, sets: Sequence[SelectionSetNode | None], type_name: str
) -> tuple[Column, ...]:
    """The columns of what is selected on a type; objects become a column for each of their fields."""
    found: dict[tuple[str, ...], Column] = {}
    for one in _columns(request, sets, request.schema.type_map[type_name], ()):
        found.setdefault(one.path, one)
    return tuple(found.values())


def _columns(
    request: Request, sets: Sequence[SelectionSetNode | None], type_: GraphQLNamedType, path: tuple[str, ...]
) -> Iterator[Column]:
    kinds = request.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
    for kind in sorted(kinds, key=lambda one: one.name):
        assert isinstance(kind, GraphQLObjectType)
        for one in selections(request, sets, kind.name):
            at = (*path, one.key)
            if one.name == "__typename":
                yield Column(at, "String")
                continue
            yield from _column(request, below(one), kind.fields[one.name].type, at)


def _column(
    request: Request,
    sets: Sequence[SelectionSetNode | None],
    type_: GraphQLOutputType,
    path: tuple[str, ...],
) -> Iterator[Column]:
    named = get_named_type(type_)
    if is_list_type(get_nullable_type(type_)) or named.name.endswith("Connection"):
        yield Column(path, JSON_TEXT)
    elif is_leaf_type(named):
        yield Column(path, named.name)
    else:
        yield from _columns(request, sets, named, path)
