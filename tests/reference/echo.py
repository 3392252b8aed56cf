"""A plug-in that answers in Python what the reference can tell as well: texts, values, entities, lists of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from serai_sdk import CallCtx, Graph, Money, Ref, arg, batched, extend, part, to_one, value

Parents = Sequence[Mapping[str, Any]]

ALL = "select id from core_customer order by id"


@value
class EchoSale:
    """What was sold, again."""

    number: str = part("Its number.")
    total: Money | None = part("Its total; of every other, none.")
    words: list[str | None] = part("Its number once more, and nothing.")
    subject: Ref | None = to_one("Node", "By whom it was sold.")


@extend("Customer")
class CustomerEcho:
    @batched("The language, as text.", needs=("locale",))
    async def echo_locale(ctx: CallCtx, parents: Parents) -> list[str]:
        return [f"in {one['locale']}" for one in parents]

    @batched("The customer made after it; after the last, the first.", needs=("id",), entity="Customer")
    async def echo_next(ctx: CallCtx, parents: Parents) -> list[UUID]:
        ids = [row["id"] for row in await ctx.fetch(ALL)]
        return [ids[(ids.index(one["id"]) + 1) % len(ids)] for one in parents]

    @batched(
        "Those made before it, the latest first.",
        needs=("id",),
        entity="Customer",
        many=True,
        arguments={"first": arg("How many.", annotation=int, default=2)},
    )
    async def echo_before(ctx: CallCtx, parents: Parents, *, first: int) -> list[list[UUID]]:
        ids = [row["id"] for row in await ctx.fetch(ALL)]
        return [ids[: ids.index(one["id"])][::-1][:first] for one in parents]


@extend("Transaction")
class TransactionEcho:
    @batched("Whose it is.", needs=("customer",), entity="Customer")
    async def echo_customer(ctx: CallCtx, parents: Parents) -> list[UUID | None]:
        return [one["customer"] for one in parents]

    @batched(
        "What was sold, several times.",
        needs=("number", "total", "provider"),
        arguments={"times": arg("How often.", annotation=int)},
    )
    async def echo_sales(ctx: CallCtx, parents: Parents, *, times: int) -> list[list[EchoSale | None]]:
        return [[_sale(one, turn) for turn in range(times)] for one in parents]


def _sale(one: Mapping[str, Any], turn: int) -> EchoSale | None:
    if turn == 2:
        return None
    subject = Ref("Provider", one["provider"]) if one["provider"] else None
    return EchoSale(
        number=one["number"],
        total=one["total"] if turn % 2 == 0 else None,
        words=[one["number"], None],
        subject=subject,
    )


GRAPH = Graph(extends=(CustomerEcho, TransactionEcho))
