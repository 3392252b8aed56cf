"""A plug-in whose fields go wrong in every way there is, beside one that does not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from serai_sdk import JSON, CallCtx, Graph, SafeError, arg, batched, extend, part, to_one, value

Parents = Sequence[Mapping[str, Any]]

CALLS: Counter[str] = Counter()
"""How often each field was called."""
PARENTS: list[list[Mapping[str, Any]]] = []
"""What ``account`` was given, call by call."""
CANCELLED: list[str] = []
"""Which calls were told to stop."""


class Trouble(StrEnum):
    """What goes wrong."""

    NONE = "NONE"
    HANGS = "HANGS"
    CLINGS = "CLINGS"
    STOPS = "STOPS"
    RAISES = "RAISES"
    REFUSES = "REFUSES"
    TOO_FEW = "TOO_FEW"
    TOO_MANY = "TOO_MANY"
    NO_LIST = "NO_LIST"


@value
class Found:
    """What was found."""

    text: str = part("A text.")
    count: int | None = part("A number.")
    share: float | None = part("Another.")
    price: Decimal | None = part("A third.")
    at: datetime | None = part("When.")
    more: JSON | None = part("Anything.")
    words: list[str] | None = part("Some words.")
    customer: UUID | None = to_one("Customer", "Somebody.")


GOOD: Mapping[str, Any] = {
    "text": "fine",
    "count": 1,
    "share": 0.5,
    "price": Decimal("1.50"),
    "at": datetime(2031, 1, 1, tzinfo=UTC),
    "more": {"a": [1]},
    "words": ["one", "two"],
    "customer": None,
}
BAD: Mapping[str, Any] = {
    "text": 7,
    "count": 2**31,
    "share": float("nan"),
    "price": "1.50",
    "at": datetime(2031, 1, 1),
    "more": {"a": {1, 2}},
    "words": ["one", "half a pair: \ud83d"],
    "customer": "somebody",
}
"""Of each part a value that does not fit."""


@extend("Customer")
class CustomerTroubles:
    @batched("What goes wrong.", needs=(), arguments={"kind": arg("What.", annotation=Trouble)})
    async def trouble(ctx: CallCtx, parents: Parents, *, kind: Trouble) -> list[str]:
        CALLS["trouble"] += 1
        values = [str(kind)] * len(parents)
        match kind:
            case Trouble.HANGS | Trouble.CLINGS:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    CANCELLED.append(str(kind))
                    if kind is Trouble.HANGS:
                        raise
                    await asyncio.sleep(1)
            case Trouble.STOPS:
                raise asyncio.CancelledError
            case Trouble.RAISES:
                raise RuntimeError("a secret: the plug-in's own words")
            case Trouble.REFUSES:
                raise SafeError("not today", hint="come back tomorrow")
            case Trouble.TOO_FEW:
                return values[1:]
            case Trouble.TOO_MANY:
                return [*values, "one more"]
            case Trouble.NO_LIST:
                return dict.fromkeys(map(str, range(len(parents))), "")  # type: ignore[return-value]
        return values

    @batched("Nothing goes wrong.", needs=("name",))
    async def fine(ctx: CallCtx, parents: Parents) -> list[str]:
        CALLS["fine"] += 1
        return [f"{one['name']} is fine" for one in parents]

    @batched(
        "For the first customer, one part of it does not fit.",
        needs=("name",),
        arguments={
            "part": arg("Which.", annotation=str),
            "times": arg("How many.", annotation=int, default=1),
        },
    )
    async def found(ctx: CallCtx, parents: Parents, *, part: str, times: int) -> list[list[Found]]:
        first = min(str(one["name"]) for one in parents)
        bad = Found(**{**GOOD, part: BAD[part]})
        return [[bad if one["name"] == first else Found(**GOOD), Found(**GOOD)] * times for one in parents]

    @batched("Everybody the viewer may see.", needs=("id",), entity="Customer", many=True)
    async def everybody(ctx: CallCtx, parents: Parents) -> list[list[UUID]]:
        CALLS["everybody"] += 1
        rows = await ctx.fetch("select id from core_customer order by name")
        return [[row["id"] for row in rows] for _ in parents]

    @batched("The next by name, and from the last to the first.", needs=("id",), entity="Customer")
    async def neighbour(ctx: CallCtx, parents: Parents) -> list[UUID]:
        CALLS["neighbour"] += 1
        ids = [row["id"] for row in await ctx.fetch("select id from core_customer order by name")]
        return [ids[(ids.index(one["id"]) + 1) % len(ids)] for one in parents]

    @batched("What was given, as text.", needs=("locale", "inviter"))
    async def account(ctx: CallCtx, parents: Parents) -> list[str]:
        CALLS["account"] += 1
        PARENTS.append(list(parents))
        return [f"{one['locale']} {one['inviter'] and one['inviter'].hex}" for one in parents]


@extend("Transaction")
class TransactionTroubles:
    @batched("Whose it is.", needs=("customer",), entity="Customer")
    async def whose(ctx: CallCtx, parents: Parents) -> list[UUID | None]:
        CALLS["whose"] += 1
        return [one["customer"] for one in parents]


GRAPH = Graph(extends=(CustomerTroubles, TransactionTroubles))
