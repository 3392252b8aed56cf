"""Root fields: connections, look-ups, questions answered in Python, mutations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from serai_sdk import Origin
from serai_sdk.declare import (
    InputRecord,
)
from serai_sdk.operations import Bulk, Connection, Lookup, Mutation, Query, Subscription

from .fields import FieldResolver
from .findings import Contribution
from .registry import (
    RootConnection,
    RootLookup,
    RootMutation,
    RootQuery,
    RootSubscription,
)


class RootResolver(FieldResolver):
    """Finds what root fields lead to; two of one name are a problem that names both."""

    def __init__(self, contributions: Sequence[Contribution]) -> None:
        super().__init__()
        self.contributions = contributions

    def resolve_roots(self) -> None:
        taken: dict[tuple[bool, str], Origin] = {}
        for one in self.contributions:
            self.plugin = one.plugin
            for graph in one.graphs:
                for root in (*graph.queries, *graph.mutations, *graph.subscriptions):
                    # a subscription may be called what a query is, as the two are never in one operation
                    key = (isinstance(root, Subscription), root.name)
                    if key in taken:
                        self.problem(
                            f"the root field {root.name} is declared twice: at {taken[key]} and at {root.origin}",
                            "rename one of them",
                            root.origin,
                            taken[key],
                        )
                        continue
                    taken[key] = root.origin
                    self.root(root)

    def root(self, root: Any) -> None:
        match root:
            case Connection() | Lookup():
                if root.entity not in self.registry.entities:
                    self.problem(
                        f"the root field {root.name} reads {root.entity}, which does not exist",
                        f"there are {', '.join(sorted(self.registry.entities))}",
                        root.origin,
                    )
                    return
                if isinstance(root, Lookup):
                    self.registry.queries[root.name] = RootLookup(
                        name=root.name, entity=root.entity, description=root.description, origin=root.origin
                    )
                    return
                for argument in root.arguments.values():
                    self.input_type(argument.annotation)
                self.registry.queries[root.name] = RootConnection(
                    name=root.name,
                    entity=root.entity,
                    description=root.description,
                    arguments=root.arguments,
                    origin=root.origin,
                )
            case Query():
                shape = self.shape(root.returns, root.origin)
                if shape is None:
                    return
                self.inputs_of(root.arguments.values())
                self.registry.queries[root.name] = RootQuery(
                    name=root.name,
                    description=root.description,
                    shape=shape,
                    resolve=root.resolve,
                    arguments=root.arguments,
                    access=root.access,
                    origin=root.origin,
                )
            case Subscription():
                if root.entity not in self.registry.entities:
                    self.problem(
                        f"the subscription {root.name} reads {root.entity}, which does not exist",
                        f"there are {', '.join(sorted(self.registry.entities))}",
                        root.origin,
                    )
                    return
                self.registry.subscriptions[root.name] = RootSubscription(
                    name=root.name,
                    entity=root.entity,
                    description=root.description,
                    events=tuple(root.events),
                    origin=root.origin,
                )
            case Bulk():
                self.mutation(root, root.mutation, root)
            case _:
                self.mutation(root, root, None)

    def mutation(self, root: Mutation | Bulk, single: Mutation, bulk: Bulk | None) -> None:
        record: InputRecord = root.input.__serai_input__  # type: ignore[attr-defined]  # the record rides on the class
        self.input_type(root.input)
        missing = [name for name in single.payload.values() if name not in self.registry.entities]
        if missing:
            self.problem(
                f"the payload of {root.name} names {missing[0]}, which does not exist",
                f"there are {', '.join(sorted(self.registry.entities))}",
                root.origin,
            )
            return
        errors = {"INVALID_INPUT": "A value is outside the bounds of its field.", **single.errors}
        if bulk is not None:
            errors.setdefault("FORBIDDEN", "You may see it, but not do this to it.")
        self.registry.mutations[root.name] = RootMutation(
            name=root.name,
            description=root.description,
            input=record,
            payload=single.payload,
            errors=errors,
            resolve=single.resolve,
            access=single.access,
            origin=root.origin,
            bulk=bulk,
        )
