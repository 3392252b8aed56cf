"""What is selected on a type: fragments spread, ``@skip`` and ``@include`` decided, fields of one key merged."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from .errors import GraphRequestError
from .statement import Request, Selection


def selections(request: Request, sets: Iterable[SelectionSetNode | None], type_name: str) -> list[Selection]:
    """The fields selected on an object type, in the order in which the response shows them."""
    grouped: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for one in sets:
        if one is not None:
            _collect(request, one, request.schema.type_map[type_name], grouped, seen)
    return [Selection(key, tuple(nodes)) for key, nodes in grouped.items()]


def below(selection: Selection) -> list[SelectionSetNode | None]:
    """The selection sets of the merged field nodes."""
    return [node.selection_set for node in selection.nodes]


def _collect(
    request: Request,
    selected: SelectionSetNode,
    type_: GraphQLNamedType,
    grouped: dict[str, list[FieldNode]],
    seen: set[str],
) -> None:
    for node in selected.selections:
        if not included(request, node):
            continue
        if isinstance(node, FieldNode):
            if node.directives and type_ is not request.schema.mutation_type:
                _refuse_key(node)
            key = node.alias.value if node.alias else node.name.value
            grouped.setdefault(key, []).append(node)
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            if condition is None or _applies(request.schema, condition.name.value, type_):
                _collect(request, node.selection_set, type_, grouped, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            fragment = request.fragments[node.name.value]
            if _applies(request.schema, fragment.type_condition.name.value, type_):
                _collect(request, fragment.selection_set, type_, grouped, seen)


def _refuse_key(node: FieldNode) -> None:
    """A key, or a dry run, where it would do nothing is told, not overlooked."""
    if any(one.name.value == "dryRun" for one in node.directives or ()):
        raise GraphRequestError(
            f"@dryRun stands on {node.name.value}, which is no mutation",
            hint="write it on the mutation itself, such as customerUpdate(input: $input) @dryRun",
        )
    if any(one.name.value == "idempotent" for one in node.directives or ()):
        raise GraphRequestError(
            f"@idempotent stands on {node.name.value}, which is no mutation",
            hint="write it on the mutation itself, such as customerUpdate(input: $input) @idempotent(key: $key)",
        )


def included(request: Request, node: SelectionNode) -> bool:
    """What ``@skip`` and ``@include`` say."""
    if not node.directives:
        return True
    skip, include = _condition(request, node, "skip"), _condition(request, node, "include")
    return skip is not True and include is not False


def _condition(request: Request, node: SelectionNode, name: str) -> bool | None:
    directive = next((one for one in node.directives or () if one.name.value == name), None)
    if directive is None:
        return None
    (argument,) = directive.arguments or ()
    value = argument.value
    if isinstance(value, VariableNode):
        return bool(request.variables.get(value.name.value, False))
    assert isinstance(value, BooleanValueNode), "the document was validated"
    return value.value


def _applies(schema: GraphQLSchema, condition: str, type_: GraphQLNamedType) -> bool:
    if condition == type_.name:
        return True
    wanted = schema.type_map.get(condition)
    return wanted is not None and is_abstract_type(wanted) and schema.is_sub_type(wanted, type_)
