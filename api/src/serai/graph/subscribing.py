"""Subscriptions: what one waits for, and the query that reads each delivery with the subscriber's rights then."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    print_ast,
    value_from_ast_untyped,
)
from graphql.language import FragmentSpreadNode, Node, Visitor, visit

from .documents import Document
from .errors import GraphRequestError
from .event_types import check_types
from .leaves import id_parts, id_text
from .registry import Registry, RootSubscription

__all__ = ["Subscribed", "subscribed"]

ROW: Final = "serai_row"
"""The variable that names the row of a delivery."""
NOTHING: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A subscription as it was asked for.

    ``types`` are types of events, those that end with ``.*`` for all that begin so, ``None`` for all; ``aggregate`` is
    the id of what they happened to, ``None`` for anything; ``after`` the position behind which to begin. ``query`` with
    ``variables`` reads a delivery; ``is_nothing`` is what it answers where there is nothing to see.
    """

    root: RootSubscription
    prefix: str
    types: tuple[str, ...] | None
    aggregate: str | None
    after: int | None
    query: str
    given: Mapping[str, Any]
    nothing: bytes

    def variables(self, event: UUID | None = None) -> dict[str, Any]:
        """The variables of a delivery of that event; without one, of a row that does not exist."""
        if event is not None and self.root.events:
            row = self.aggregate or ""
        else:
            row = id_text(self.prefix, NOTHING if event is None else event)
        return {**self.given, ROW: row}


def subscribed(
    registry: Registry,
    document: Document,
    operation: OperationDefinitionNode,
    coerced: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    event_types: Collection[str],
) -> Subscribed:
    """What a subscription asks for; ``GraphRequestError`` if it cannot be waited for, such as what never happens."""
    field = operation.selection_set.selections[0]
    if not isinstance(field, FieldNode) or field.directives:
        raise GraphRequestError(
            "a subscription begins with something else than one plain field",
            hint="select its field itself, without a fragment or directive around it",
        )
    root = registry.subscriptions[field.name.value]
    entity = registry.entities[root.entity]
    read = {one.name.value: value_from_ast_untyped(one.value, dict(coerced)) for one in field.arguments or ()}
    asked = {name: value for name, value in read.items() if value is not Undefined}
    aggregate: str | None = asked.get("aggregate")
    types: Any = asked.get("types")
    if root.events:
        aggregate, types = str(asked["id"]), root.events
        if _prefix(aggregate) != entity.prefix:
            raise GraphRequestError(
                f"{aggregate[:80]!r} is not the id of a {root.entity}",
                hint=f"give one as the graph tells it: {entity.prefix}_...",
            )
    elif aggregate is not None and _prefix(aggregate) not in registry.prefixes:
        raise GraphRequestError(
            f"{aggregate[:80]!r} is not an id that events are told under",
            hint="give the id of what they happened to as the graph tells it, such as dem_...",
        )
    wanted = (types,) if isinstance(types, str) else None if types is None else tuple(types)
    if not root.events:
        check_types(wanted or (), event_types)
    key = field.alias.value if field.alias else field.name.value
    query, used = _reading(document, operation, field, root.entity, key)
    return Subscribed(
        root=root,
        prefix=entity.prefix,
        types=wanted,
        aggregate=aggregate,
        after=_position(asked.get("after")),
        query=query,
        given={name: value for name, value in given.items() if name in used},
        nothing=b'{"data":{"%s":null}}' % key.encode(),
    )


def _prefix(id: str) -> str | None:
    try:
        return id_parts(id)[0]
    except ValueError:
        return None


def _position(value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
        if number != int(number) or number < 0 or number >= 10**20:
            raise ValueError(value)
    except (InvalidOperation, ValueError, OverflowError):
        raise GraphRequestError(
            f"{str(value)[:40]!r} is not a position",
            hint="give the `position` of an event, such as the last you have seen; 0 for the very beginning",
        ) from None
    return int(number)


def _reading(
    document: Document, operation: OperationDefinitionNode, field: FieldNode, entity: str, key: str
) -> tuple[str, set[str]]:
    """The text of the query that reads a delivery, and which of the given variables it has."""
    selected = field.selection_set
    assert selected is not None, "a row has fields to select"
    fragments = _reached(document, selected)
    used = {name for one in (selected, *fragments.values()) for name in _variables(one)}
    row = VariableNode(name=NameNode(value=ROW))
    kind = NamedTypeNode(name=NameNode(value=entity))
    node = FieldNode(
        alias=NameNode(value=key),
        name=NameNode(value="node"),
        arguments=(ArgumentNode(name=NameNode(value="id"), value=row),),
        directives=(),
        selection_set=SelectionSetNode(
            selections=(InlineFragmentNode(type_condition=kind, directives=(), selection_set=selected),)
        ),
    )
    told = NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="ID")))
    declared = [one for one in operation.variable_definitions or () if one.variable.name.value in used]
    query = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=operation.name,
        variable_definitions=(*declared, VariableDefinitionNode(variable=row, type=told, directives=())),
        directives=(),
        selection_set=SelectionSetNode(selections=(node,)),
    )
    return print_ast(DocumentNode(definitions=(query, *fragments.values()))), used


def _reached(document: Document, start: Node) -> dict[str, FragmentDefinitionNode]:
    found: dict[str, FragmentDefinitionNode] = {}
    left: list[Node] = [start]
    while left:
        for name in _spreads(left.pop()):
            if name not in found:
                found[name] = document.fragments[name]
                left.append(found[name])
    return found


def _spreads(node: Node) -> Iterator[str]:
    return iter([one.name.value for one in _all(node, FragmentSpreadNode)])


def _variables(node: Node) -> Iterator[str]:
    return iter([one.name.value for one in _all(node, VariableNode)])


def _all(node: Node, kind: type[Any]) -> list[Any]:
    found: list[Any] = []

    class Finder(Visitor):
        def enter(self, one: Node, *_: Any) -> None:
            if isinstance(one, kind):
                found.append(one)

    visit(node, Finder())
    return found
