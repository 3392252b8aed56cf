"""Proves that a document is valid, in one walk; says nothing about one that it cannot prove.

graphql-core's ``validate`` visits every node with thirty rules, which is most of what a new document costs. Nearly all
documents are valid and ordinary, and for those one walk over the schema's tables suffices. Whatever is out of the
ordinary (subscriptions, introspection, merged fields with lists below them, ...) is not proven, and what is invalid
cannot be: both go to ``validate``, so that its verdict and its words are the only ones anybody sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

from graphql import (
    DirectiveLocation,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    do_types_overlap,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
)

from .proven_values import Unproven, prove_arguments
from .proven_variables import Part, prove_variables

MOST_NESTED: Final = 100
"""How deeply the definitions of a document may be nested, all together; graphql-core refuses more than 200."""
MOST_MERGED: Final = 64
"""How many fields of a document may be written twice; what merging may cost graphql-core is limited."""
MOST_VISITS: Final = 10_000
"""How many selections are looked at, counting those of a fragment wherever it is spread; limited there as well."""
DELAYED: Final = frozenset({"defer", "stream"})


class _Field(NamedTuple):
    """What is to be known of a field of an output type."""

    type_: GraphQLOutputType
    named: GraphQLNamedType
    is_leaf: bool
    arguments: Mapping[str, GraphQLArgument]
    required: frozenset[str]


class Proving:
    """Proves documents of one schema valid; keeps what it has learnt of its types."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._fields: dict[str, dict[str, _Field]] = {}
        self._directives = {one.name: one for one in schema.directives if one.name not in DELAYED}

    def proves(self, document: DocumentNode) -> bool:
        """Whether the document is valid for certain; if not, it may be valid nevertheless."""
        try:
            _Walk(self, document).run()
        except (Unproven, RecursionError):
            return False
        return True

    def fields(self, type_: GraphQLNamedType) -> dict[str, _Field]:
        """The fields of a composite type that documents may name, but for introspection."""
        known = self._fields.get(type_.name)
        if known is None:
            known = self._fields[type_.name] = {
                name: _Field(
                    one.type,
                    get_named_type(one.type),
                    is_leaf_type(get_named_type(one.type)),
                    one.args,
                    frozenset(key for key, argument in one.args.items() if is_required_argument(argument)),
                )
                for name, one in getattr(type_, "fields", {}).items()
            }
            string = GraphQLNonNull(GraphQLString)
            known["__typename"] = _Field(string, GraphQLString, True, {}, frozenset())
        return known

    def directive(self, name: str, at: DirectiveLocation) -> Mapping[str, GraphQLArgument]:
        """The arguments of a directive that may stand there once."""
        found = self._directives.get(name)
        if found is None or at not in found.locations:
            raise Unproven
        return found.args


class _Walk:
    """The proof of one document."""

    def __init__(self, proving: Proving, document: DocumentNode) -> None:
        self._proving = proving
        self._schema = proving.schema
        self._document = document
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._conditions: dict[str, GraphQLNamedType] = {}
        self._parts: dict[str, Part] = {}
        self._part = Part([], set())
        self._depth = 0
        self._visits = 0
        self._merged = 0

    def run(self) -> None:
        operations: list[OperationDefinitionNode] = []
        for one in self._document.definitions:
            if isinstance(one, FragmentDefinitionNode):
                self._declare(one)
            elif isinstance(one, OperationDefinitionNode) and not one.directives:
                operations.append(one)
            else:
                raise Unproven
        names = {one.name.value if one.name else None for one in operations}
        if len(names) < len(operations) or (len(operations) > 1 and None in names):
            raise Unproven
        nested = 0
        for name, fragment in self._fragments.items():
            self._parts[name] = self._of_part(fragment.selection_set, self._conditions[name])
            nested += self._depth
        parts: list[Part] = []
        for operation in operations:
            root = self._schema.get_root_type(operation.operation)
            if root is None or operation.operation is OperationType.SUBSCRIPTION:
                raise Unproven
            parts.append(self._of_part(operation.selection_set, root))
            nested += self._depth
        work = self._visits + sum(len(one.uses) for one in (*parts, *self._parts.values()))
        if nested > MOST_NESTED or (self._fragments and work * len(operations) > MOST_VISITS):
            raise Unproven
        used: set[str] = set()
        for operation, part in zip(operations, parts, strict=True):
            used |= prove_variables(self._schema, operation, part, self._parts)
        if len(used) < len(self._fragments):
            raise Unproven

    def _declare(self, fragment: FragmentDefinitionNode) -> None:
        name = fragment.name.value
        condition = self._schema.type_map.get(fragment.type_condition.name.value)
        if (
            name in self._fragments
            or not is_composite_type(condition)
            or fragment.directives
            or fragment.variable_definitions
        ):
            raise Unproven
        self._fragments[name] = fragment
        self._conditions[name] = cast("GraphQLNamedType", condition)

    def _of_part(self, selected: SelectionSetNode, type_: GraphQLNamedType) -> Part:
        self._part = Part([], set())
        self._depth = 0
        self._selected(selected, type_, 1)
        return self._part

    def _selected(self, selected: SelectionSetNode, type_: GraphQLNamedType, depth: int) -> None:
        self._depth = max(self._depth, depth)
        if not selected.selections:
            raise Unproven
        self._fields_of(selected, type_, depth, {}, set(), is_own=True)

    def _fields_of(
        self,
        selected: SelectionSetNode,
        type_: GraphQLNamedType,
        depth: int,
        keys: dict[str, tuple[str, GraphQLOutputType] | None],
        seen: set[str],
        *,
        is_own: bool,
    ) -> None:
        """Checks what stands in a selection set (``is_own``), or only what it adds to where it is spread."""
        self._visits += len(selected.selections)
        if self._visits > MOST_VISITS:
            raise Unproven
        fields = self._proving.fields(type_)
        for node in selected.selections:
            if type(node) is FieldNode:
                name = node.name.value
                field = fields.get(name)
                if field is None:
                    raise Unproven
                key = node.alias.value if node.alias else name
                is_plain = field.is_leaf and not node.arguments
                if key in keys:
                    self._merge(keys[key], (name, field.type_) if is_plain else None)
                else:
                    keys[key] = (name, field.type_) if is_plain else None
                if is_own:
                    self._field(node, field, depth)
            elif type(node) is InlineFragmentNode:
                inner = self._inline(node, type_, is_own=is_own)
                if is_own:
                    self._depth = max(self._depth, depth + 1)
                self._fields_of(node.selection_set, inner, depth + 1, keys, seen, is_own=is_own)
            elif type(node) is FragmentSpreadNode:
                self._spread(node, type_, is_own=is_own)
                spread = node.name.value
                if spread not in seen:
                    seen.add(spread)
                    inner, body = self._conditions[spread], self._fragments[spread].selection_set
                    self._fields_of(body, inner, depth, keys, seen, is_own=False)
            else:
                raise Unproven

    def _merge(
        self, one: tuple[str, GraphQLOutputType] | None, other: tuple[str, GraphQLOutputType] | None
    ) -> None:
        """Two fields with one key are proven mergeable if they are the same leaf without arguments."""
        self._merged += 1
        if one is None or other is None or one[0] != other[0] or self._merged > MOST_MERGED:
            raise Unproven
        if one[1] is not other[1] and str(one[1]) != str(other[1]):
            raise Unproven

    def _field(self, node: FieldNode, field: _Field, depth: int) -> None:
        if field.is_leaf is not (node.selection_set is None):
            raise Unproven
        if node.arguments or field.required:
            prove_arguments(node.arguments or (), field.arguments, field.required, self._part.uses)
        if node.directives:
            self._directives(node.directives, DirectiveLocation.FIELD)
        if node.selection_set is not None:
            self._selected(node.selection_set, field.named, depth + 1)

    def _inline(self, node: InlineFragmentNode, type_: GraphQLNamedType, *, is_own: bool) -> GraphQLNamedType:
        if is_own and node.directives:
            self._directives(node.directives, DirectiveLocation.INLINE_FRAGMENT)
        if not node.selection_set.selections:
            raise Unproven
        if node.type_condition is None:
            return type_
        inner = self._schema.type_map.get(node.type_condition.name.value)
        if not is_composite_type(inner):
            raise Unproven
        if is_own:
            self._overlaps(inner, type_)
        return cast("GraphQLNamedType", inner)

    def _spread(self, node: FragmentSpreadNode, type_: GraphQLNamedType, *, is_own: bool) -> None:
        name = node.name.value
        if name not in self._fragments or node.arguments:
            raise Unproven
        if is_own:
            self._part.spreads.add(name)
            self._overlaps(self._conditions[name], type_)
            if node.directives:
                self._directives(node.directives, DirectiveLocation.FRAGMENT_SPREAD)

    def _overlaps(self, inner: Any, outer: Any) -> None:
        if inner is not outer and not do_types_overlap(self._schema, inner, outer):
            raise Unproven

    def _directives(self, nodes: Sequence[DirectiveNode], at: DirectiveLocation) -> None:
        if len({one.name.value for one in nodes}) < len(nodes):
            raise Unproven
        for one in nodes:
            arguments = self._proving.directive(one.name.value, at)
            required = {name for name, argument in arguments.items() if is_required_argument(argument)}
            prove_arguments(one.arguments or (), arguments, required, self._part.uses)
