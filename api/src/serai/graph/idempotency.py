"""Under which key a mutation was sent, and whether it is only tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from graphql import FieldNode, StringValueNode, ValueNode, VariableNode, print_ast

from .calls import Call
from .errors import GraphRequestError

NAME: Final = "idempotent"
DRY_RUN: Final = "dryRun"


def directive_key(nodes: Iterable[FieldNode]) -> ValueNode | None:
    """What the directive on a root field says its key is, wherever in the document the field is selected."""
    found = {
        print_ast(one.arguments[0].value): one.arguments[0].value
        for node in nodes
        for one in node.directives or ()
        if one.name.value == NAME and one.arguments
    }
    if len(found) > 1:
        raise GraphRequestError(
            "a field that is selected twice has two idempotency keys",
            hint="write one @idempotent(key:) for it, or give the second field an alias to do it twice",
        )
    return next(iter(found.values()), None)


def is_dry_run(nodes: Iterable[FieldNode]) -> bool:
    """Whether a root field is only to be tried, wherever in the document the directive stands."""
    return any(one.name.value == DRY_RUN for node in nodes for one in node.directives or ())


def idempotency_key(key_from: ValueNode | None, call: Call) -> str | None:
    """The key a mutation was sent under: that of its own directive, or else of the request."""
    return call.idempotency_key if key_from is None else _value(key_from, call.variables)


def _value(node: ValueNode, variables: Mapping[str, Any]) -> str:
    if isinstance(node, VariableNode):
        return str(variables.get(node.name.value, ""))
    return node.value if isinstance(node, StringValueNode) else ""
