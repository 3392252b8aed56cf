"""A disagreement made small: whatever can be left out of a document while it still shows, is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

OPTIONAL = (
    FieldNode,
    InlineFragmentNode,
    FragmentSpreadNode,
    ArgumentNode,
    DirectiveNode,
    ObjectFieldNode,
)


async def shrunk(document: str, schema: GraphQLSchema, shows: Callable[[str], Awaitable[bool]]) -> str:
    """The smallest document found that is valid and still shows what is wrong."""
    best = print_ast(parse(document))
    before = ""
    while best != before:
        before, at = best, 0
        while (smaller := _without(best, at)) is not None:
            is_less = len(smaller) < len(best)
            if is_less and not validate(schema, parse(smaller)) and await shows(smaller):
                best = smaller
            else:
                at += 1
    return best


class _Remover(Visitor):
    """Takes out one of the nodes that could be missing, by its place in the document."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def enter(self, node: Node, *_: Any) -> Any:
        if not isinstance(node, OPTIONAL):
            return None
        self.left -= 1
        return REMOVE if self.left == -1 else None


def _without(document: str, at: int) -> str | None:
    """The document without its ``at``-th optional node and all that is not used then; ``None`` behind the last."""
    remover = _Remover(at)
    made = visit(parse(document), remover)
    if remover.left >= 0:
        return None
    text = print_ast(made)
    if re.search(r"[^:\[,\s]\s*\{\s*\}", text):
        return document
    while True:
        tidy = _tidy(text)
        if tidy == text:
            return text
        text = tidy


def _tidy(text: str) -> str:
    """Without fragments and variables that nothing names."""

    class Unused(Visitor):
        def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
            named = re.findall(rf"\${node.variable.name.value}\b", text)
            return REMOVE if len(named) == 1 else None

    document = parse(text)
    kept = tuple(
        one
        for one in document.definitions
        if not isinstance(one, FragmentDefinitionNode) or re.search(rf"\.\.\.{one.name.value}\b", text)
    )
    try:
        return print_ast(visit(DocumentNode(definitions=kept), Unused()))
    except Exception:  # only for whoever reads the report: what cannot be printed anew stays as it is
        return text
