"""Mutations: from the arguments of a root field through the change seam to what its payload is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLSchema

from serai_sdk import UserError

from .arguments import field_arguments
from .calls import Call, Mutate
from .coercion import Complaint, InputReader
from .errors import BudgetExceeded
from .idempotency import idempotency_key
from .permits import permit
from .plan import RootPlan
from .registry import Registry, RootMutation

MOST_ITEMS: Final = 1_000
"""How many inputs a bulk takes."""

NOTHING_DONE: Final = {"results": (), "succeeded": 0, "failed": 0}
"""What a bulk answers that was not begun."""


class Mutating:
    """Runs mutations of one registry."""

    def __init__(self, registry: Registry, schema: GraphQLSchema, mutate: Mutate, *, row_budget: int) -> None:
        self._registry = registry
        self._schema = schema
        self._mutate = mutate
        self._row_budget = row_budget

    async def run(self, root: RootPlan, source: RootMutation, call: Call) -> Mapping[str, Any]:
        """The payload by final names: ids of what it refers to, and what the user can mend."""
        permit(source.access, call.viewer)
        assert root.node is not None
        given = field_arguments(self._schema.mutation_type, root.node, call.variables)["input"]
        reader = InputReader(self._registry)
        if source.bulk is not None:
            reader.complaints += self._complaints(root, given["items"])
        value = reader.record(source.input, given) if not reader.complaints else None
        if reader.complaints:
            return {
                **NOTHING_DONE,
                "userErrors": [
                    {
                        "code": "INVALID_INPUT",
                        "message": f"{'.'.join(one.field)} {one.message}",
                        "field": list(one.field),
                        "currentVersion": None,
                    }
                    for one in reader.complaints
                ],
            }
        outcome = await self._mutate(
            source,
            value,
            given,
            call.viewer,
            idempotency_key=idempotency_key(root.key_from, call),
            request_id=call.request_id,
            dry_run=root.dry_run,
        )
        call.replayed = call.replayed or outcome.replayed
        if source.bulk is None:
            return {**outcome.payload, "userErrors": _told(outcome.user_errors)}
        failed = sum(bool(one.user_errors) for one in outcome.results)
        return {
            "results": [
                {"index": index, **one.payload, "userErrors": _told(one.user_errors)}
                for index, one in enumerate(outcome.results)
            ],
            "succeeded": 0 if outcome.user_errors else len(outcome.results) - failed,
            "failed": failed,
            "userErrors": _told(outcome.user_errors),
        }

    def _complaints(self, root: RootPlan, items: Sequence[Any]) -> list[Complaint]:
        """What is wrong with the number of items."""
        if not items:
            return [Complaint(("items",), "is empty; 1 is the least that is taken")]
        if len(items) > MOST_ITEMS:
            return [
                Complaint(("items",), f"has {len(items)} elements; {MOST_ITEMS} is the most that is taken")
            ]
        rows = root.rows_each * len(items)
        if rows > self._row_budget:
            raise BudgetExceeded(
                f"the results of {len(items)} items could be {rows} rows or more, of at most {self._row_budget}",
                hint="select less of each result, or send fewer items at once",
                data={"estimate": rows, "budget": self._row_budget},
            )
        return []


def _told(errors: Sequence[UserError]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "message": one.message,
            "field": list(one.field) if one.field else None,
            "currentVersion": one.current_version,
        }
        for one in errors
    ]
