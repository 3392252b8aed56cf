"""Under which key a mutation was sent."""

from __future__ import annotations

from graphql import DirectiveNode, FieldNode, StringValueNode, VariableNode

from .calls import Call
from .documents import Operation
from .errors import GraphRequestError
from .plan import RootPlan


def idempotency_key(operation: Operation, root: RootPlan, call: Call) -> str | None:
    """The key a mutation was sent under: that of its own directive, or else of the request."""
    for one in operation.node.selection_set.selections:
        if not isinstance(one, FieldNode) or (one.alias or one.name).value != root.key:
            continue
        for directive in one.directives or ():
            if directive.name.value == "idempotent":
                key = _directive_key(directive, call)
                if not 1 <= len(key) <= 255:
                    raise GraphRequestError("an idempotency key has 1 to 255 characters", hint="use a UUID")
                return key
    return call.idempotency_key


def _directive_key(directive: DirectiveNode, call: Call) -> str:
    (argument,) = directive.arguments or ()
    if isinstance(argument.value, VariableNode):
        return str(call.variables.get(argument.value.name.value, ""))
    return str(argument.value.value) if isinstance(argument.value, StringValueNode) else ""
