"""Placing transactions, and taking them through their life: the core's side of the SDK's ``Transactions``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from serai.core.customers.owning import is_there
from serai.core.demands import service as demands
from serai.core.demands.models import Demand, DemandStatus
from serai.core.offers.models import Offer, Service
from serai.core.proposals.closing import lock_awarded
from serai.core.proposals.models import Proposal
from serai.core.providers.models import Provider, ProviderStatus
from serai.core.refusals import not_found, optional_text
from serai.core.scenarios.models import Scenario
from serai_sdk import Change, Money, NewLine, UserError, Viewer, check_version
from serai_sdk.orm import new_id

from .models import Transaction, TransactionLine, TransactionStatus
from .states import CANCEL, CONFIRM, FULFIL, LIFE, Transition

GREATEST_AMOUNT: Final = 2**63 - 1
NUMBER = "select nextval('core_transaction_number') as number"


class CoreTransactions:
    """Transactions within one change; who may is for the caller to decide, what may be is decided here."""

    def __init__(self, change: Change, viewer: Viewer, now: datetime) -> None:
        self.change = change
        self.viewer = viewer
        self.now = now

    async def place(
        self,
        *,
        customer_id: UUID,
        provider_id: UUID,
        scenario_id: UUID | None,
        lines: Sequence[NewLine],
        channel: str,
        demand_id: UUID | None = None,
        proposal: Proposal | None = None,
    ) -> UUID:
        """Place a transaction and return its id; a demand it answers is awarded to its provider.

        ``proposal`` is the locked proposal of the demand that has won, if one has led to this.
        """
        demand = await self._demand(demand_id, customer_id)
        if not await is_there(self.change, customer_id):
            raise not_found("customer", field="customer")
        if scenario_id is None and demand is not None:
            scenario_id = demand.scenario_id
        await self._check_provider(provider_id)
        if scenario_id is not None and not await Scenario.exists(id=scenario_id):
            raise not_found("scenario", field="scenario")
        total = total_of(lines)
        offers = {
            one.id: one
            for one in await Offer.filter(id__in=[line.offer_id for line in lines if line.offer_id])
        }
        services = {one.id: one for one in await Service.filter(id__in=list(offers))}
        for index, line in enumerate(lines):
            offer = offers.get(line.offer_id) if line.offer_id else None
            if line.offer_id is not None and (offer is None or offer.provider_id != provider_id):
                raise not_found("offer of this provider", field=("lines", str(index), "offer"))
        transaction = Transaction(
            id=new_id(),
            customer_id=customer_id,
            provider_id=provider_id,
            scenario_id=scenario_id,
            demand_id=demand_id,
            number=f"T-{(await self.change.execute(NUMBER))[0]['number']:08d}",
            status=TransactionStatus.PLACED,
            total_minor=total.minor,
            total_currency=total.currency,
            channel=channel,
            placed_at=self.now,
        )
        await self.change.add(transaction)
        for position, line in enumerate(lines, start=1):
            offer = offers.get(line.offer_id) if line.offer_id else None
            amount = line.unit_price * line.quantity
            await self.change.add(
                TransactionLine(
                    id=new_id(),
                    transaction_id=transaction.id,
                    position=position,
                    title=line.title,
                    quantity=line.quantity,
                    unit_price_minor=line.unit_price.minor,
                    unit_price_currency=line.unit_price.currency,
                    amount_minor=amount.minor,
                    amount_currency=amount.currency,
                    offer_id=offer.id if offer else None,
                    offer_kind=offer.kind if offer else None,
                    snapshot=snapshot(line, offer, services.get(offer.id) if offer else None),
                )
            )
        if demand is not None:
            await demands.award(
                self.change,
                demand,
                provider_id,
                transaction_id=transaction.id,
                total=total,
                proposal=proposal,
                viewer=self.viewer,
                now=self.now,
            )
        await self.change.emit(
            "transaction.placed",
            transaction,
            {
                "customerId": customer_id,
                "providerId": provider_id,
                "scenarioId": scenario_id,
                "demandId": demand_id,
                "totalMinor": total.minor,
                "currency": total.currency,
                "channel": channel,
            },
        )
        return transaction.id

    async def confirm(self, transaction_id: UUID, *, expected_version: int | None = None) -> None:
        """Confirm a placed transaction."""
        transaction, _ = await self._locked(CONFIRM, transaction_id, expected_version)
        await self._go(transaction, CONFIRM)
        await self._done(CONFIRM, transaction)

    async def fulfil(self, transaction_id: UUID, *, expected_version: int | None = None) -> None:
        """Note that a confirmed transaction was fulfilled, and its demand with it."""
        transaction, demand = await self._locked(FULFIL, transaction_id, expected_version)
        await self._go(transaction, FULFIL)
        if demand is not None and demand.status is DemandStatus.AWARDED:
            await demands.fulfil(
                self.change, demand, transaction_id=transaction.id, viewer=self.viewer, now=self.now
            )
        await self._done(FULFIL, transaction)

    async def cancel(
        self, transaction_id: UUID, *, reason: str | None, expected_version: int | None = None
    ) -> None:
        """Cancel a transaction that is not over; its demand is open again."""
        transaction, demand = await self._locked(CANCEL, transaction_id, expected_version)
        await self._go(transaction, CANCEL)
        transaction.cancel_reason = optional_text(reason)
        if demand is not None and demand.status is DemandStatus.AWARDED:
            await demands.reopen(
                self.change, demand, transaction_id=transaction.id, viewer=self.viewer, now=self.now
            )
        await self._done(CANCEL, transaction)

    async def _demand(self, demand_id: UUID | None, customer_id: UUID) -> Demand | None:
        if demand_id is None:
            return None
        demand = await self.change.get(Demand, demand_id)
        if demand is None or demand.customer_id != customer_id:
            raise not_found("demand of this customer", field="demand")
        return demand

    async def _check_provider(self, provider_id: UUID) -> None:
        provider = await Provider.get_or_none(id=provider_id)
        if provider is None:
            raise not_found("provider", field="provider")
        if provider.status is not ProviderStatus.APPROVED:
            raise UserError(
                "PROVIDER_UNAVAILABLE", "The provider is not selling at present.", field="provider"
            )

    async def _locked(
        self, step: Transition, transaction_id: UUID, expected_version: int | None
    ) -> tuple[Transaction, Demand | None]:
        """The transaction, and the demand it answers, for that step in its life."""
        # the demand and its proposals come first in the lock order, and a transaction's demand never changes
        seen = await Transaction.get_or_none(id=transaction_id)
        if seen is None:
            raise not_found("transaction", field="id")
        await self.change.announce(step.event, [transaction_id])
        demand = await self.change.get(Demand, seen.demand_id) if seen.demand_id else None
        if demand is not None:
            await lock_awarded(self.change, demand)
        transaction = await self.change.get(Transaction, transaction_id)
        assert transaction is not None, "transactions are never deleted"
        check_version(transaction, expected_version)
        return transaction, demand

    async def _go(self, transaction: Transaction, step: Transition) -> None:
        LIFE.check(transaction.status, step.after)
        transaction.status = step.after
        setattr(transaction, step.stamp, self.now)

    async def _done(self, step: Transition, transaction: Transaction) -> None:
        await self.change.save(transaction)
        parties = {"customerId": transaction.customer_id, "providerId": transaction.provider_id}
        await self.change.emit(step.event, transaction, parties)


def total_of(lines: Sequence[NewLine]) -> Money:
    """The sum of the lines; ``UserError`` if there is none, or no such sum."""
    if not lines:
        raise UserError("LINES_INVALID", "A transaction has at least one line.", field="lines")
    currencies = {line.unit_price.currency for line in lines}
    if len(currencies) != 1:
        listed = ", ".join(sorted(currencies))
        raise UserError("CURRENCY_MIXED", f"All lines have one currency, not {listed}.", field="lines")
    for index, line in enumerate(lines):
        if line.quantity < 1 or line.unit_price.minor < 0:
            raise UserError(
                "LINES_INVALID",
                "A quantity is positive and a price not negative.",
                field=("lines", str(index)),
            )
    total = Money(sum(line.unit_price.minor * line.quantity for line in lines), currencies.pop())
    if total.minor > GREATEST_AMOUNT:
        raise UserError("LINES_INVALID", "The total is too great.", field="lines")
    return total


def snapshot(line: NewLine, offer: Offer | None, service: Service | None) -> dict[str, Any]:
    """What was sold as it was then, whatever becomes of the offer; no personal data."""
    kept: dict[str, Any] = {"title": line.title, "unitPrice": line.unit_price.to_json()}
    if offer is not None:
        kept |= {
            "kind": offer.kind,
            "offerTitle": offer.title,
            "description": offer.description,
            "offerVersion": offer.version,
        }
    if service is not None:
        kept |= {"unit": service.unit.value, "durationMinutes": service.duration_minutes}
    return kept
