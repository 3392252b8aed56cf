"""Pages of lists within lists, each with cursors of its own, walked both ways while rows are added on all sides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from serai.viewers import SYSTEM

from .conftest import Asker, Rows

PARENTS = 3
THERE = 14
"""Transactions of each provider before anybody walks."""
MOST = 40
"""How many are added while somebody walks."""
DAY = datetime(2026, 1, 1, tzinfo=UTC)
FORWARD = ("first", "after", "hasNextPage", "endCursor")
BACKWARD = ("last", "before", "hasPreviousPage", "startCursor")


@pytest.mark.parametrize("direction", [FORWARD, BACKWARD], ids=["forward", "backward"])
@pytest.mark.parametrize(
    "order",
    [
        "[]",
        "[{channel: ASC}, {placedAt: DESC}]",
        "[{cancelReason: DESC_NULLS_FIRST}]",
        '[{total: {currency: "EUR", direction: ASC}}]',
        "[{scenario: {name: ASC}}, {id: DESC}]",
        "[{lines: {count: DESC}}]",
    ],
)
async def test_rows_that_were_there_are_met_once_while_others_come(
    graph: Asker, rows: Rows, order: str, direction: Sequence[str]
) -> None:
    draw = Random(order)
    customer, scenario = await rows.customer(), await rows.scenario()
    providers = [await rows.provider() for _ in range(PARENTS)]

    async def sell(provider: UUID) -> str:
        async with rows.connection.transaction():  # with its line, which an order counts
            id = await rows.transaction(
                customer,
                provider,
                scenario_id=draw.choice((None, scenario)),
                channel=draw.choice(("app", "web")),
                cancel_reason=draw.choice((None, "late", "other")),
                total_minor=draw.choice((100, 200)),
                placed_at=DAY + timedelta(hours=draw.randrange(4)),
            )
        return f"trx_{id.hex}"

    there = {provider: [await sell(provider) for _ in range(THERE)] for provider in providers}
    came: asyncio.Queue[str] = asyncio.Queue()

    async def keep_selling() -> None:
        for _ in range(MOST):
            await came.put(await sell(draw.choice(providers)))

    async def two_came() -> None:
        await came.get()
        await came.get()

    selling = asyncio.create_task(keep_selling())
    met = await _walked(graph, providers, order, direction, two_came)
    await selling
    everything = await _walked(graph, providers, order, direction)
    for provider in providers:
        found = met[provider]
        assert len(found) == len(set(found))
        assert set(there[provider]) <= set(found)
        # who was met is met in the order that all of them have
        assert found == [one for one in everything[provider] if one in set(found)]


async def _walked(
    graph: Asker,
    providers: Sequence[UUID],
    order: str,
    direction: Sequence[str],
    between: Callable[[], Awaitable[None]] | None = None,
) -> Mapping[UUID, list[str]]:
    """The ids of all transactions of each provider, a page of each at a time, by cursors of their own."""
    count, edge, onward, mark = direction
    met: dict[UUID, list[str]] = {provider: [] for provider in providers}
    cursors: dict[UUID, str | None] = dict.fromkeys(providers)
    while cursors:
        declared = ", ".join(f"$c{number}: String" for number in range(len(cursors)))
        parts = " ".join(
            f'p{number}: provider(id: "prv_{provider.hex}") {{ '
            f"transactions({count}: 3, {edge}: $c{number}, orderBy: {order}) {{ "
            f"pageInfo {{ {onward} {mark} }} nodes {{ id }} }} }}"
            for number, provider in enumerate(cursors)
        )
        given: dict[str, Any] = {f"c{number}": cursor for number, cursor in enumerate(cursors.values())}
        data = await graph.ask(f"query ({declared}) {{ {parts} }}", SYSTEM, **given)
        left: dict[UUID, str | None] = {}
        for number, provider in enumerate(cursors):
            page = data[f"p{number}"]["transactions"]
            ids = [one["id"] for one in page["nodes"]]
            met[provider] = [*met[provider], *ids] if count == "first" else [*ids, *met[provider]]
            if page["pageInfo"][onward]:
                left[provider] = page["pageInfo"][mark]
        cursors = left
        if between is not None:
            await between()
    return met
