"""Arguments as trees that remember where each value comes from: the document, or a variable.

What decides the SQL (which keys of a filter are present, the order, the page size, what is null) is read when a
query is planned; what does not (the values themselves) stays a reference and is bound at each execution.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    value_from_ast,
    visit,
)

from serai_sdk.declare import camel


@dataclass(frozen=True, slots=True)
class Const:
    """A value of the document, or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Var:
    """A value inside a variable."""

    name: str
    path: tuple[str | int, ...] = ()


Tree: TypeAlias = "Const | Var | dict[str, Tree] | list[Tree]"


def value_of(tree: Tree, variables: Mapping[str, Any]) -> Any:
    """The Python value a tree stands for."""
    match tree:
        case Const(value):
            return value
        case Var(name, path):
            found = variables[name]
            for step in path:
                found = found[step]
            return found
        case dict():
            return {key: value_of(one, variables) for key, one in tree.items()}
        case list():
            return [value_of(one, variables) for one in tree]


def is_null(tree: Tree | None) -> bool:
    """Whether the tree is an explicit null (or nothing)."""
    return tree is None or (isinstance(tree, Const) and tree.value is None)


def argument_trees(
    node: FieldNode, arguments: Mapping[str, GraphQLArgument], variables: Mapping[str, Any]
) -> dict[str, Tree]:
    """The arguments of a field that were given (or have a default), by name."""
    given = {one.name.value: one.value for one in node.arguments or ()}
    trees: dict[str, Tree] = {}
    for name, definition in arguments.items():
        tree = _tree(given[name], definition.type, variables) if name in given else None
        if tree is None and definition.default_value is not Undefined:
            tree = Const(definition.default_value)
        if tree is not None:
            trees[name] = tree
    return trees


def field_arguments(
    type_: GraphQLObjectType | None, node: FieldNode, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The coerced values of the arguments of a root field, as Python code gets them."""
    assert type_ is not None
    trees = argument_trees(node, type_.fields[node.name.value].args, variables)
    return {name: value_of(tree, variables) for name, tree in trees.items()}


def _tree(node: ValueNode, type_: GraphQLInputType, variables: Mapping[str, Any]) -> Tree | None:
    if isinstance(node, VariableNode):
        name = node.name.value
        return _of_value(variables[name], Var(name)) if name in variables else None
    if isinstance(type_, GraphQLNonNull):
        return _tree(node, type_.of_type, variables)
    if isinstance(node, NullValueNode):
        return Const(None)
    if isinstance(type_, GraphQLList):
        nodes = node.values if isinstance(node, ListValueNode) else (node,)
        items = [_tree(one, type_.of_type, variables) for one in nodes]
        return [Const(None) if one is None else one for one in items]
    if isinstance(type_, GraphQLInputObjectType) and isinstance(node, ObjectValueNode):
        given = {one.name.value: one.value for one in node.fields}
        found: dict[str, Tree] = {}
        for name, definition in type_.fields.items():
            tree = _tree(given[name], definition.type, variables) if name in given else None
            if tree is None and definition.default_value is not Undefined:
                tree = Const(definition.default_value)
            if tree is not None:
                found[name] = tree
        return found
    return Const(value_from_ast(node, type_, dict(variables)))


def _of_value(value: Any, at: Var) -> Tree:
    if value is None:
        return Const(None)
    if isinstance(value, dict):
        return {key: _of_value(one, Var(at.name, (*at.path, key))) for key, one in value.items()}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [_of_value(one, Var(at.name, (*at.path, index))) for index, one in enumerate(value)]
    return at


class StandIn:
    """What a ``where_argument``'s function sees in place of a value that is known only when the query runs."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __getattr__(self, name: str) -> StandIn:
        if isinstance(self._tree, dict) and camel(name) in self._tree:
            return StandIn(self._tree[camel(name)])
        raise AttributeError(name)


def tree_from(declared: Any) -> Tree:
    """A tree of what a plug-in wrote: dicts, lists, plain values and stand-ins."""
    if isinstance(declared, StandIn):
        return declared._tree
    if isinstance(declared, Mapping):
        return {key: tree_from(one) for key, one in declared.items()}
    if isinstance(declared, list | tuple):
        if any(isinstance(one, Mapping | StandIn) for one in declared):
            return [tree_from(one) for one in declared]
        return Const(list(declared))
    return Const(declared)


ABSENT: Final = object()
"""What stands in a shape for a variable that has no value."""

STRUCTURAL_ARGUMENTS = frozenset({"first", "last", "orderBy", "by"})
"""Arguments whose values, not only their keys, decide the SQL."""
BOUND_FIELDS = frozenset({"timeZone"})
"""Fields inside of them whose values do not."""


@dataclass(frozen=True, slots=True)
class VariableUse:
    """Which variables of an operation decide its plan.

    By value, by the type tag of their ids, by their keys, or (``named``) by the types that representations name.
    """

    structural: tuple[str, ...]
    tagged: tuple[str, ...]
    shaped: tuple[str, ...]
    named: tuple[str, ...] = ()
    _readers: tuple[tuple[str, Callable[[Any], Any]], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ways = (
            (self.structural, _frozen),
            (self.tagged, _tags),
            (self.shaped, _outline),
            (self.named, _named),
        )
        readers = tuple((name, read) for names, read in ways for name in names)
        object.__setattr__(self, "_readers", readers)

    def shape(self, variables: Mapping[str, Any]) -> tuple[Any, ...]:
        """What of these variables decides the plan; hashable."""
        return tuple([read(variables.get(name, ABSENT)) for name, read in self._readers])


def variable_use(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    root: GraphQLObjectType,
    lookups: frozenset[str],
    skip: frozenset[str],
) -> VariableUse:
    """Where the variables of an operation are used; ``skip`` names root fields whose arguments are not planned."""
    finder = _UseFinder(lookups)
    for selection in operation.selection_set.selections:
        if isinstance(selection, FieldNode) and selection.name.value in skip:
            for directive in selection.directives or ():
                visit(directive, finder)
            if selection.selection_set is not None:
                visit(selection.selection_set, finder)
        else:
            visit(selection, finder)
    for fragment in fragments.values():
        visit(fragment.selection_set, finder)
    structural = finder.structural
    tagged = finder.tagged - structural
    shaped = finder.shaped - structural - tagged
    return VariableUse(*(tuple(sorted(one)) for one in (structural, tagged, shaped, finder.named)))


class _UseFinder(Visitor):
    def __init__(self, lookups: frozenset[str]) -> None:
        super().__init__()
        self.lookups = lookups
        self.structural: set[str] = set()
        self.tagged: set[str] = set()
        self.shaped: set[str] = set()
        self.named: set[str] = set()

    def enter_variable(
        self, node: VariableNode, _key: Any, _parent: Any, _path: Any, ancestors: Sequence[Any]
    ) -> None:
        name = node.name.value
        owners = [one for one in (*ancestors, _parent) if isinstance(one, Node)]
        argument = next((one for one in reversed(owners) if isinstance(one, ArgumentNode)), None)
        if argument is not None and argument.name.value == "representations" and _is_entities(owners):
            self.named.add(name)
        elif any(isinstance(one, DirectiveNode) for one in owners) or (
            argument is not None and argument.name.value in STRUCTURAL_ARGUMENTS and not _is_bound(_parent)
        ):
            self.structural.add(name)
        elif argument is not None and argument.name.value in ("id", "ids"):
            self.tagged.add(name)
        else:
            self.shaped.add(name)


def _is_bound(parent: Any) -> bool:
    """Whether a value inside of an argument that decides the SQL is bound nevertheless."""
    return isinstance(parent, ObjectFieldNode) and parent.name.value in BOUND_FIELDS


def _is_entities(owners: Sequence[Node]) -> bool:
    field = next((one for one in reversed(owners) if isinstance(one, FieldNode)), None)
    return field is not None and field.name.value == "_entities"


def _named(value: Any) -> Any:
    """The types named in a list of representations, in one of them, or by the variable itself."""
    if isinstance(value, list):
        return frozenset(_named(one) for one in value)
    name = value.get("__typename") if isinstance(value, dict) else value
    return name[:80] if isinstance(name, str) else None


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, _frozen(one)) for key, one in value.items())
    if isinstance(value, list):
        return ("[]", *(_frozen(one) for one in value))
    return value


def _tags(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(sorted({_tags(one) for one in value if isinstance(one, str)}))
    return value.partition("_")[0][:9] if isinstance(value, str) else None


def _outline(value: Any) -> Any:
    if value is None or value is ABSENT:
        return value
    if isinstance(value, dict):
        return tuple((key, _outline(one)) for key, one in value.items())
    if isinstance(value, list):
        return tuple(_outline(one) for one in value) if any(isinstance(one, dict) for one in value) else "[]"
    return "."
