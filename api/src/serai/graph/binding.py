"""What an execution of one statement needs, compiled: texts, and a function for each parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

from serai_sdk.context import Viewer

from .arguments import Const, Var
from .plan import OperationPlan, RootPlan
from .statement import Param

Bind: TypeAlias = "Callable[[Mapping[str, Any], Viewer], Any]"
"""From coerced variables and the viewer to a value to send."""


@dataclass(frozen=True, slots=True)
class Single:
    """An operation that is one statement: what stands before its answer and after it, and what is sent."""

    root: RootPlan
    lead: str
    sql: str
    binds: tuple[Bind, ...]


def single(plan: OperationPlan) -> Single | None:
    """The operation, if the answer of one statement is the whole answer to it."""
    if len(plan.roots) != 1:
        return None
    (root,) = plan.roots
    stage = root.stage
    if plan.mutation or root.source is not None or root.nodes is not None or stage is None:
        return None
    if stage.sql is None or stage.sites:
        return None
    binds = tuple(binding(param) for param in stage.params)
    return Single(root, f'{{"data":{{"{root.key}":', stage.sql, binds)


def binding(param: Param) -> Bind:
    """A function for a parameter that is no slot; it gives what ``param.bind`` gives, and raises what that raises."""
    if param.attribute is not None:
        read = attrgetter(param.attribute)
        return lambda _variables, viewer: read(viewer)
    encode = param.encode
    match param.tree:
        case Const(value) if encode is None:
            return lambda _variables, _viewer: value
        case Const(value) if encode is not None:
            return lambda _variables, _viewer: encode(value)
        case Var(name, ()) if encode is None:
            return lambda variables, _viewer: variables[name]
        case Var(name, ()) if encode is not None:
            return lambda variables, _viewer: encode(variables[name])
    return lambda variables, viewer: param.bind(variables, viewer, {})
