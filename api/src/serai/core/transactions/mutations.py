"""What can be done with transactions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from serai.core.demands.models import Demand
from serai.core.proposals.closing import awarded_ones
from serai.core.proposals.models import Proposal
from serai.core.refusals import COMMON, not_found, refuse
from serai_sdk import CallCtx, Money, UserError, acting, arg, bulk, input, mutation, permission
from serai_sdk.operations import Bulk, Mutation
from serai_sdk.orm import Model

from .models import Transaction
from .pricing import Wanted, priced
from .service import CoreTransactions
from .states import CANCEL, CONFIRM, FULFIL, WRITE, Transition

MOST_LINES: Final = 100


@input
class TransactionLineInput:
    """One thing to be sold."""

    offer: UUID | None = arg("The offer; staff may sell what is not on offer.", ref="Offer")
    title: str | None = arg("What is sold, if it is not the offer's title; staff only.", max_length=500)
    quantity: int = arg("How many units.", default=1, minimum=1, maximum=100_000)
    unit_price: Money | None = arg("What one costs, if it is not the offer's price; staff only.")


@input
class TransactionPlaceInput:
    """What a customer buys of a provider."""

    customer: UUID | None = arg("Who buys; a customer itself if left out.", ref="Customer")
    provider: UUID = arg("Who sells.", ref="Provider")
    scenario: UUID | None = arg("The scenario it belongs to; the demand's if left out.", ref="Scenario")
    demand: UUID | None = arg("The demand it answers; it is awarded to the provider.", ref="Demand")
    lines: list[TransactionLineInput] = arg("What is sold: 1 to 100 lines.")
    channel: str = arg("Where it is placed, such as `web`.", default="web", max_length=100)


@input
class TransactionConfirmInput:
    """A placed transaction its provider will fulfil."""

    id: UUID = arg("The transaction.", ref="Transaction")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class TransactionFulfilInput:
    """A confirmed transaction that has been fulfilled."""

    id: UUID = arg("The transaction.", ref="Transaction")
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@input
class TransactionCancelInput:
    """A transaction that is not to be."""

    id: UUID = arg("The transaction.", ref="Transaction")
    reason: str | None = arg("Why.", max_length=1000)
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Place a transaction: a customer buys what is on offer, staff sell anything to anybody.",
    input=TransactionPlaceInput,
    payload={"transaction": "Transaction", "demand": "Demand"},
    errors=COMMON
    | {
        "CUSTOMER_MISSING": "Who does not act as a customer has to say who buys.",
        "PROVIDER_UNAVAILABLE": "The provider is not selling at present.",
        "LINES_INVALID": "A line cannot be sold like this.",
        "CURRENCY_MIXED": "The lines have several currencies.",
    },
    access=permission(WRITE) | acting("customer"),
)
async def transaction_place(ctx: CallCtx, input: TransactionPlaceInput) -> Mapping[str, Any]:
    is_staff = WRITE in ctx.viewer.permissions
    customer_id = input.customer or ctx.viewer.customer_id
    if customer_id is None:
        raise UserError("CUSTOMER_MISSING", "Say who buys.", field="customer")
    if customer_id != ctx.viewer.customer_id and not is_staff:
        raise not_found("customer", field="customer")
    if len(input.lines) > MOST_LINES:
        raise UserError("LINES_INVALID", f"A transaction has at most {MOST_LINES} lines.", field="lines")
    if not is_staff:
        for entity, id, field in (
            ("Provider", input.provider, "provider"),
            ("Scenario", input.scenario, "scenario"),
        ):
            if id is not None and not await ctx.can_see(entity, id):
                raise not_found(field, field=field)
    lines = await priced(
        [
            Wanted(offer_id=one.offer, title=one.title, quantity=one.quantity, unit_price=one.unit_price)
            for one in input.lines
        ],
        provider_id=input.provider,
        names_prices=is_staff,
    )
    transaction_id = await CoreTransactions(ctx.change, ctx.viewer, ctx.now).place(
        customer_id=customer_id,
        provider_id=input.provider,
        scenario_id=input.scenario,
        lines=lines,
        channel=input.channel,
        demand_id=input.demand,
    )
    return {"transaction": transaction_id, "demand": input.demand}


@mutation(
    "Confirm a placed transaction: its provider, or staff.",
    input=TransactionConfirmInput,
    payload={"transaction": "Transaction"},
    errors=COMMON,
    access=CONFIRM.access,
)
async def transaction_confirm(ctx: CallCtx, input: TransactionConfirmInput) -> Mapping[str, Any]:
    await _check_party(ctx, input.id, CONFIRM)
    await CoreTransactions(ctx.change, ctx.viewer, ctx.now).confirm(
        input.id, expected_version=input.expected_version
    )
    return {"transaction": input.id}


@mutation(
    "Note that a confirmed transaction was fulfilled: its provider, or staff.",
    input=TransactionFulfilInput,
    payload={"transaction": "Transaction"},
    errors=COMMON,
    access=FULFIL.access,
)
async def transaction_fulfil(ctx: CallCtx, input: TransactionFulfilInput) -> Mapping[str, Any]:
    await _check_party(ctx, input.id, FULFIL)
    await CoreTransactions(ctx.change, ctx.viewer, ctx.now).fulfil(
        input.id, expected_version=input.expected_version
    )
    return {"transaction": input.id}


@mutation(
    "Cancel a transaction that is not over: either party, or staff. The demand it answered is open again.",
    input=TransactionCancelInput,
    payload={"transaction": "Transaction"},
    errors=COMMON,
    access=CANCEL.access,
)
async def transaction_cancel(ctx: CallCtx, input: TransactionCancelInput) -> Mapping[str, Any]:
    await _check_party(ctx, input.id, CANCEL)
    await CoreTransactions(ctx.change, ctx.viewer, ctx.now).cancel(
        input.id, reason=input.reason, expected_version=input.expected_version
    )
    return {"transaction": input.id}


async def _check_party(ctx: CallCtx, transaction_id: UUID, step: Transition) -> None:
    """Whether the viewer may move this transaction; parties never change, so no lock is needed to ask."""
    transaction = await Transaction.get_or_none(id=transaction_id)
    if transaction is None:
        raise not_found("transaction", field="id")
    viewer = ctx.viewer
    theirs = {"customer": transaction.customer_id, "provider": transaction.provider_id}
    acts_as = {"customer": viewer.customer_id, "provider": viewer.provider_id}
    if WRITE in viewer.permissions or any(acts_as[party] == theirs[party] for party in step.parties):
        return
    await refuse(ctx, "Transaction", transaction_id)


async def _locks(
    ctx: CallCtx, items: Sequence[Any], *, step: Transition
) -> Mapping[type[Model], Iterable[UUID]]:
    """Transactions with their demands and what won these: a demand comes first, and a transaction's never changes."""
    ids = [one.id for one in items]
    await ctx.change.announce(step.event, ids)
    rows = await Transaction.filter(id__in=ids, demand_id__isnull=False)
    demands = [row.demand_id for row in rows if row.demand_id is not None]
    await ctx.change.lock({Demand: demands})
    return {Proposal: await awarded_ones(ctx.change, demands), Transaction: ids}


BULKS: tuple[Bulk, ...] = tuple(
    bulk(one, name=name, description=description, locks=partial(_locks, step=step))
    for one, step, name, description in (
        (transaction_confirm, CONFIRM, "transactionsConfirm", "Confirm many placed transactions at once."),
        (transaction_fulfil, FULFIL, "transactionsFulfil", "Note that many transactions were fulfilled."),
        (transaction_cancel, CANCEL, "transactionsCancel", "Cancel many transactions at once."),
    )
)

MUTATIONS: tuple[Mutation | Bulk, ...] = (
    transaction_place,
    transaction_confirm,
    transaction_fulfil,
    transaction_cancel,
    *BULKS,
)
