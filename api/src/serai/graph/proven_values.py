"""Values in documents that are proven valid: arguments, literals, and where variables stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    is_required_input_field,
    validate_input_literal,
)


class Unproven(Exception):
    """The document is invalid, or too unusual to tell."""


class Use(NamedTuple):
    """Where a variable is used: what is expected there, and whether it is the one field of a ``@oneOf`` input."""

    name: str
    type_: GraphQLInputType
    is_one_of: bool


def prove_arguments(
    nodes: Sequence[ArgumentNode],
    known: Mapping[str, GraphQLArgument],
    required: AbstractSet[str],
    uses: list[Use],
) -> None:
    """The arguments of a field or a directive are right; where variables stand in them is added to ``uses``."""
    given = {one.name.value for one in nodes}
    if len(given) < len(nodes) or not required <= given:
        raise Unproven
    for one in nodes:
        argument = known.get(one.name.value)
        if argument is None:
            raise Unproven
        prove_value(one.value, argument.type, uses)


def prove_value(
    node: ValueNode, type_: GraphQLInputType, uses: list[Use], *, is_one_of: bool = False
) -> None:
    """A value is of that type, as far as it stands in the document."""
    if isinstance(node, VariableNode):
        uses.append(Use(node.name.value, type_, is_one_of))
        return
    if isinstance(node, NullValueNode):
        if isinstance(type_, GraphQLNonNull):
            raise Unproven
        return
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        for one in node.values if isinstance(node, ListValueNode) else (node,):
            prove_value(one, type_.of_type, uses)
    elif isinstance(type_, GraphQLInputObjectType):
        _prove_object(node, type_, uses)
    elif isinstance(node, ListValueNode | ObjectValueNode):
        raise Unproven  # variables may stand in there, where any JSON may
    else:
        validate_input_literal(node, type_, _refuse)


def _prove_object(node: ValueNode, type_: GraphQLInputObjectType, uses: list[Use]) -> None:
    if not isinstance(node, ObjectValueNode):
        raise Unproven
    given = {one.name.value: one.value for one in node.fields}
    if len(given) < len(node.fields):
        raise Unproven
    if type_.is_one_of and (len(given) != 1 or isinstance(next(iter(given.values())), NullValueNode)):
        raise Unproven
    known = type_.fields
    if any(is_required_input_field(one) and name not in given for name, one in known.items()):
        raise Unproven
    for name, value in given.items():
        if name not in known:
            raise Unproven
        prove_value(value, known[name].type, uses, is_one_of=type_.is_one_of)


def _refuse(*_: Any) -> None:
    raise Unproven
