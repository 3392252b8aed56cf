"""Two years of demands and transactions, made in the order in which they happened, a day at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Final
from uuid import UUID

from serai.core.demands.models import Demand
from serai.core.history.models import DemandEvent
from serai.core.history.service import said as money
from serai.core.messages.models import ProposalMessage
from serai.core.proposals.models import Proposal
from serai.core.transactions.models import Transaction, TransactionLine
from serai_sdk import DemoCtx, Money

from .answers import INSTANT, Story, tell_story
from .calendar import DAYS, Calendar
from .customers import Customers
from .deals import Deal, make_deal
from .demands import demand_row, make_course
from .offers import Sale, Shelf
from .rows import times
from .scenes import Scene
from .words import CHINESE

__all__ = ["build_trade"]

DEMANDS: Final = 5_000
TRANSACTIONS: Final = 16_000
LATELY_DAYS: Final = 20
LATELY_SHARE: Final = 0.06
CHANNELS: Final = ("web", "web", "web", "app", "app", "phone", "shop")
LINES: Final = ((1, 2, 3, 4), (52, 79, 93, 100))
QUANTITIES: Final = ((1, 2, 3, 4, 8), (60, 80, 90, 97, 100))

Rows = Iterator[tuple[type[Any], Mapping[str, Any]]]


@dataclass(order=True, slots=True)
class Sold:
    """A transaction that is going to be placed; ordered by when."""

    placed: datetime
    turn: int
    customer_id: UUID = field(compare=False)
    sale: Sale = field(compare=False)
    deal: Deal = field(compare=False)
    demand_id: UUID | None = field(compare=False, default=None)
    story: Story | None = field(compare=False, default=None)


async def build_trade(ctx: DemoCtx, customers: Customers, shelf: Shelf, scenes: Mapping[UUID, Scene]) -> None:
    """5,000 demands and 16,000 transactions of services at scale 1, some of them answering a demand."""
    trade = Trade(ctx, customers, shelf, scenes)
    await ctx.insert_all(
        trade.rows(), order=(Demand, Transaction, TransactionLine, Proposal, ProposalMessage, DemandEvent)
    )
    ctx.progress("demands", trade.demands)
    ctx.progress("transactions", trade.placed)
    ctx.progress("lines", trade.lines)
    ctx.progress("proposals", trade.proposals)
    await ctx.fetch("select setval('core_transaction_number', $1)", trade.placed)


class Trade:
    """What is traded day by day; at no time more is kept than what has been agreed and is not placed yet."""

    def __init__(
        self, ctx: DemoCtx, customers: Customers, shelf: Shelf, scenes: Mapping[UUID, Scene]
    ) -> None:
        self.demands = self.placed = self.lines = self.proposals = 0
        self._ctx = ctx
        self._customers = customers
        self._shelf = shelf
        self._wanted = [(id, scene) for id, scene in scenes.items() if scene.weight]
        self._calendar = Calendar(ctx.random, ctx.now, [scene for _, scene in self._wanted])
        self._agreed: list[Sold] = []
        self._sold = 0

    def rows(self) -> Rows:
        """Every row, in the order things happened."""
        ctx = self._ctx
        wanted, bought = round(DEMANDS * ctx.scale), round(TRANSACTIONS * ctx.scale)
        lately = round(wanted * LATELY_SHARE)
        for day in range(DAYS):
            share = self._calendar.share_until(day)
            late = max(0, day + 1 + LATELY_DAYS - DAYS) / LATELY_DAYS
            opened = round((wanted - lately) * share) + round(lately * late) - self.demands
            happening = [(self._calendar.draw(ctx.random, day), True) for _ in range(opened)]
            buying = max(0, round(bought * share) - self._sold)
            happening += [(self._calendar.draw(ctx.random, day), False) for _ in range(buying)]
            for at, is_demand in sorted(happening):
                yield from self._place_until(at)
                if is_demand:
                    yield from self._demand(at)
                elif self._sold < bought:
                    self._purchase(at)
            ctx.progress("transactions", self.placed, bought)
        yield from self._place_until(ctx.now)

    def _demand(self, at: datetime) -> Rows:
        ctx = self._ctx
        scenario_id, scene = self._wanted[self._calendar.scene(ctx.random, at)]
        sale = self._shelf.pick(ctx.random, scene.slug, at)
        number = self._customers.pick(ctx.random, at, sale.seller.city.code if sale else None)
        course = make_course(ctx, at, sale, self._customers.city(number))
        id = ctx.new_id(at)
        story = tell_story(ctx, id, course, self._shelf, sale, self._customers.city(number))
        self.demands += 1
        yield (
            Demand,
            demand_row(
                ctx, id, course, self._customers, number, scenario_id, scene, worth=sale, proposed=story.first
            ),
        )
        if sale is not None and course.deal is not None:
            # What tells of the transaction is written after it.
            self._agree(number, sale, course.deal, demand_id=id, story=story)
        else:
            yield from self._told(story)

    def _told(self, story: Story) -> Rows:
        self.proposals += len(story.proposals)
        for proposal in story.proposals:
            yield Proposal, proposal
        for message in story.messages:
            yield ProposalMessage, message
        for event in story.events:
            yield DemandEvent, event

    def _purchase(self, at: datetime) -> None:
        random = self._ctx.random
        sale = None
        for _ in range(20):
            _, scene = self._wanted[self._calendar.scene(random, at)]
            sale = self._shelf.pick(random, scene.slug, at)
            if sale is not None:
                break
        else:
            return
        number = self._customers.pick(random, at, sale.seller.city.code)
        deal = make_deal(random, self._ctx.now, at, sale, self._customers.city(number))
        self._agree(number, sale, deal)

    def _agree(
        self,
        number: int,
        sale: Sale,
        deal: Deal,
        *,
        demand_id: UUID | None = None,
        story: Story | None = None,
    ) -> None:
        self._sold += 1
        customer_id = self._customers.id(number)
        heappush(self._agreed, Sold(deal.placed, self._sold, customer_id, sale, deal, demand_id, story))

    def _place_until(self, at: datetime) -> Rows:
        while self._agreed and self._agreed[0].placed <= at:
            yield from self._transaction(heappop(self._agreed))

    def _transaction(self, sold: Sold) -> Rows:
        ctx, sale, deal = self._ctx, sold.sale, sold.deal
        random = ctx.random
        self.placed += 1
        id = ctx.new_id(deal.placed)
        won = sold.story.won if sold.story else None
        if won is not None:
            lines = [self._line(id, sale, 1, deal.placed, minor=won["price_minor"])]
        else:
            lines = list(self._lines(id, sale, deal.placed))
        yield (
            Transaction,
            {
                "id": id,
                **times(deal.placed, deal.updated, deal.version),
                "customer_id": sold.customer_id,
                "provider_id": sale.seller.id,
                "scenario_id": sale.scenario_id
                if sold.demand_id is not None or random.random() < 0.92
                else None,
                "demand_id": sold.demand_id,
                "number": f"T-{self.placed:08d}",
                "status": deal.status,
                "total_minor": sum(line["amount_minor"] for line in lines),
                "total_currency": sale.currency,
                "channel": "award" if won is not None else random.choice(CHANNELS),
                "placed_at": deal.placed,
                "confirmed_at": deal.confirmed,
                "fulfilled_at": deal.fulfilled,
                "cancelled_at": deal.cancelled,
                "cancel_reason": deal.reason,
            },
        )
        for line in lines:
            self.lines += 1
            yield TransactionLine, line
        if sold.story is not None:
            self._awarded(sold.story, sold, id, sum(line["amount_minor"] for line in lines))
            yield from self._told(sold.story)

    def _awarded(self, story: Story, sold: Sold, transaction_id: UUID, minor: int) -> None:
        """The demand's history says who got it, and which transaction came of it."""
        proposal_id = None
        if story.won is not None:
            proposal_id = story.won["id"]
            story.won["transaction_id"] = transaction_id
        sale = sold.sale
        at = max(
            sold.placed, max(event["at"] for event in story.events if event["at"] <= sold.placed) + INSTANT
        )
        for event in story.events:
            if event["at"] > sold.placed:
                event["transaction_id"] = (
                    transaction_id if event["kind"] in ("FULFILLED", "REOPENED") else None
                )
        story.events.append(
            {
                "id": self._ctx.new_id(at),
                **times(at),
                "demand_id": sold.demand_id,
                "proposal_id": proposal_id,
                "transaction_id": transaction_id,
                "at": at,
                "kind": "AWARDED",
                "side": "CUSTOMER",
                "text": f"Awarded to {sale.seller.name} for {money(Money(minor, sale.currency))}",
            }
        )

    def _lines(self, transaction_id: UUID, sale: Sale, at: datetime) -> Iterator[dict[str, Any]]:
        """One to four lines of the same provider; now and then something that is not on offer."""
        ctx = self._ctx
        random = ctx.random
        count = random.choices(LINES[0], cum_weights=LINES[1])[0]
        there = [one for one in self._shelf.by_seller[sale.seller.id] if one.since <= at] if count > 1 else ()
        for position in range(1, count + 1):
            one = sale if position == 1 else random.choice(there)
            quantity = random.choices(QUANTITIES[0], cum_weights=QUANTITIES[1])[0]
            is_free = position > 1 and random.random() < 0.12
            yield self._line(transaction_id, one, position, at, quantity=quantity, is_free=is_free)

    def _line(
        self,
        transaction_id: UUID,
        sale: Sale,
        position: int,
        at: datetime,
        *,
        minor: int | None = None,
        quantity: int = 1,
        is_free: bool = False,
    ) -> dict[str, Any]:
        """A line; one that ``is_free`` is of something that is not on offer."""
        if minor is None:
            minor = max(1, sale.minor // 4) if is_free else sale.minor
        title = _travelling(sale) if is_free else sale.title
        kept: dict[str, Any] = {"title": title, "unitPrice": Money(minor, sale.currency).to_json()}
        if not is_free:
            kept |= {"kind": "core_service", "unit": sale.sold.unit, "durationMinutes": sale.sold.minutes}
        return {
            "id": self._ctx.new_id(at),
            **times(at),
            "transaction_id": transaction_id,
            "position": position,
            "title": title,
            "quantity": quantity,
            "unit_price_minor": minor,
            "unit_price_currency": sale.currency,
            "amount_minor": minor * quantity,
            "amount_currency": sale.currency,
            "offer_id": None if is_free else sale.id,
            "offer_kind": None if is_free else "core_service",
            "snapshot": kept,
        }


def _travelling(sale: Sale) -> str:
    title = "Travel expenses"
    return CHINESE[title] if sale.seller.city.names == "chinese" else title
