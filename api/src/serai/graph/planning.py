"""Plans that are kept: one for each operation, shape of its variables, and outlook of viewers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeAlias

from graphql import GraphQLSchema

from serai_sdk.access import VIEWER_ATTRIBUTES
from serai_sdk.context import Viewer

from .binding import Single, single
from .documents import PLANS_WEIGHT, Document, Operation, Recent
from .plan import OperationPlan, plan_operation
from .registry import Registry
from .slow import Asked
from .statement import Outlook, Request

MAX_VARIANTS: Final = 16
"""How many plans are kept of one operation for viewers with different permissions."""
MAX_SORTS: Final = 4096
"""Of how many viewers it is remembered of which sort they are."""
_ids: Final = attrgetter(*VIEWER_ATTRIBUTES)
Sort: TypeAlias = "tuple[str | bool, ...]"
_sorts: Final[dict[int, tuple[Viewer, Sort]]] = {}


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan, for what, and the permissions of those it depends on it was made for; ``single`` if that is all of it."""

    held: frozenset[str]
    plan: OperationPlan
    single: Single | None
    asked: Asked


class Plans:
    """The plans of one engine, made when they are first asked for."""

    def __init__(
        self, registry: Registry, schema: GraphQLSchema, *, row_budget: int, cache_size: int
    ) -> None:
        self._registry = registry
        self._schema = schema
        self._row_budget = row_budget
        self._kept: Recent[Any, list[Kept]] = Recent(cache_size * 2, weight_limit=PLANS_WEIGHT)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """How many characters of documents and SQL are kept."""
        return self._kept.weight

    def find(
        self, text: str, operation: Operation, variables: Mapping[str, Any], viewer: Viewer
    ) -> Kept | None:
        """The plan that was made before, if it was."""
        variants = self._kept.get(plan_key(text, operation, variables, viewer))
        if variants is not None:
            permissions = viewer.permissions
            for kept in variants:
                if permissions & kept.plan.touched == kept.held:
                    return kept
        return None

    def make(
        self, text: str, known: Document, operation: Operation, variables: Mapping[str, Any], viewer: Viewer
    ) -> Kept:
        """A plan, kept from now on; raises ``GraphRequestError`` for what no execution of it could answer."""
        request = Request(
            self._registry,
            self._schema,
            known.fragments,
            variables,
            outlook_of(viewer),
            self._row_budget,
        )
        plan = plan_operation(request, operation.node)
        asked = Asked(text, operation.name)
        made = Kept(viewer.permissions & plan.touched, plan, single(plan), asked)
        key = plan_key(text, operation, variables, viewer)
        variants = [*(self._kept.get(key) or ())[-MAX_VARIANTS + 1 :], made]
        self._kept.put(key, variants, weight=len(text) + sum(one.plan.weight for one in variants))
        return made


def outlook_of(viewer: Viewer) -> Outlook:
    """What of a viewer decides a plan."""
    attributes = zip(VIEWER_ATTRIBUTES, _ids(viewer), strict=True)
    held = frozenset(name for name, value in attributes if value is not None)
    return Outlook(viewer.kind, held, viewer.permissions)


def plan_key(text: str, operation: Operation, variables: Mapping[str, Any], viewer: Viewer) -> Any:
    """What plans are kept under; those of viewers with different permissions share it."""
    return (text, operation.name, sort_of(viewer), operation.use.shape(variables))


def sort_of(viewer: Viewer) -> Sort:
    """As what a viewer acts, and which attributes it has; remembered while the same viewer asks again and again."""
    known = _sorts.get(id(viewer))
    if known is not None and known[0] is viewer:
        return known[1]
    sort = (viewer.kind, *(one is not None for one in _ids(viewer)))
    if len(_sorts) >= MAX_SORTS:
        _sorts.clear()
    _sorts[id(viewer)] = (viewer, sort)
    return sort
