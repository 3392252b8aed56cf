"""Deletion and export of personal data in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from serai.core.customers.access import SELF
from serai_sdk import JSON, CallCtx, Graph, SafeError, batched, extend, permission

from .exporting import personal_data
from .mutations import MUTATIONS

MOST_CUSTOMERS = 10
MOST_ROWS = 1_000


@extend("Customer")
class CustomerPersonalData:
    @batched(
        "Everything held on it, table by table, with what it is and what for; of plug-ins that are not installed any "
        "more, too. At most 1,000 rows of each table (`isComplete` tells): `serai customer export` gives all. What "
        "staff keeps to itself is in it for staff only.",
        needs=("id",),
        access=permission("customers:export") | SELF,
    )
    async def personal_data(ctx: CallCtx, parents: Sequence[Mapping[str, Any]]) -> list[JSON | None]:
        if len(parents) > MOST_CUSTOMERS:
            raise SafeError(
                f"Personal data of more than {MOST_CUSTOMERS} customers at once is a data set, not an answer.",
                hint=f"ask for {MOST_CUSTOMERS} customers at most",
            )
        with_internal = "customers:export" in ctx.viewer.permissions
        return [
            cast(
                JSON,
                await personal_data(ctx.fetch, one["id"], with_internal=with_internal, most=MOST_ROWS),
            )
            for one in parents
        ]


GRAPH = Graph(extends=(CustomerPersonalData,), mutations=MUTATIONS)
