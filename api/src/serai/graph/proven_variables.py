"""Variables in documents that are proven valid: each declared once, used, and fit for where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    NullValueNode,
    OperationDefinitionNode,
    is_input_type,
    is_type_sub_type_of,
    type_from_ast,
)

from .proven_values import Unproven, Use, prove_value


@dataclass(slots=True)
class Part:
    """What an operation or a fragment uses, itself."""

    uses: list[Use]
    spreads: set[str]


def prove_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, part: Part, fragments: Mapping[str, Part]
) -> set[str]:
    """The variables of an operation are declared, used, and of the types that are expected; which fragments it uses."""
    declared: dict[str, tuple[GraphQLInputType, bool]] = {}
    for one in operation.variable_definitions or ():
        type_ = type_from_ast(schema, one.type)
        name = one.variable.name.value
        if name in declared or not is_input_type(type_) or one.directives:
            raise Unproven
        if one.default_value is not None:
            prove_value(one.default_value, type_, [])
        has_default = one.default_value is not None and not isinstance(one.default_value, NullValueNode)
        declared[name] = (type_, has_default)
    reached: dict[str, bool] = {}
    uses = list(part.uses)
    _reach(part, fragments, reached, uses)
    for use in uses:
        found = declared.get(use.name)
        if found is None:
            raise Unproven
        type_, has_default = found
        if use.is_one_of and not isinstance(type_, GraphQLNonNull):
            raise Unproven
        expected = use.type_
        if has_default and isinstance(expected, GraphQLNonNull) and not isinstance(type_, GraphQLNonNull):
            expected = expected.of_type
        if not is_type_sub_type_of(schema, type_, expected):
            raise Unproven
    if len({use.name for use in uses}) < len(declared):
        raise Unproven
    return set(reached)


def _reach(part: Part, fragments: Mapping[str, Part], reached: dict[str, bool], uses: list[Use]) -> None:
    """Follows fragments; ``reached`` says of each whether it was left again, so that a cycle is noticed."""
    for name in part.spreads:
        if name in reached:
            if not reached[name]:
                raise Unproven
            continue
        reached[name] = False
        uses += fragments[name].uses
        _reach(fragments[name], fragments, reached, uses)
        reached[name] = True
