"""What providers answered to one demand of the demo: proposals, what was written about them, and its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from serai.core.history.service import said as money
from serai_sdk import DemoCtx, Money

from .cities import City
from .demands import Course
from .offers import Sale, Shelf
from .rows import times
from .words import said

__all__ = ["INSTANT", "Story", "tell_story"]

INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Story:
    """All rows that hang on a demand; ``won`` is the proposal that was awarded, ``first`` when the first one came."""

    won: dict[str, Any] | None = None
    first: datetime | None = None
    proposals: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def tell_story(
    ctx: DemoCtx, demand_id: UUID, course: Course, shelf: Shelf, sale: Sale | None, city: City
) -> Story:
    """Who proposed what to a demand until it was awarded, cancelled or lapsed, or until now."""
    return _Teller(ctx, demand_id, course, city).tell(shelf, sale)


class _Teller:
    def __init__(self, ctx: DemoCtx, demand_id: UUID, course: Course, city: City) -> None:
        self.ctx = ctx
        self.demand_id = demand_id
        self.course = course
        self.city = city
        self.story = Story()
        # Until then providers could answer.
        self.until = course.deal.placed if course.deal else min(course.updated, ctx.now)
        if course.deal is None and course.status == "OPEN":
            self.until = ctx.now

    def tell(self, shelf: Shelf, sale: Sale | None) -> Story:
        course, random = self.course, self.ctx.random
        self.note(course.at, "OPENED", "CUSTOMER", "The demand was opened")
        if sale is not None and course.deal is not None and random.random() < 0.85:
            self.propose(sale, is_winner=True)
        for other in self._others(shelf, sale):
            self.propose(other, is_winner=False)
        self._end(sale)
        self.story.events.sort(key=lambda event: event["at"])
        before = None
        for event in self.story.events:
            if before is not None and event["at"] <= before:
                event["at"] = before + INSTANT
            before = event["at"]
        return self.story

    def _others(self, shelf: Shelf, sale: Sale | None) -> list[Sale]:
        """Other providers with something of the same kind, in the same currency."""
        if sale is None:
            return []
        random, course = self.ctx.random, self.course
        wanted = random.choices((0, 1, 2, 3, 4), (18, 28, 27, 18, 9))[0]
        if course.deal is None and course.status in ("LAPSED", "CANCELLED") and random.random() < 0.5:
            wanted = 0
        found = {sale.seller.id: sale} if course.deal is not None else {}
        kept = []
        for _ in range(wanted * 4):
            other = shelf.pick(random, sale.scene.slug, course.at)
            if other and other.seller.id not in found and other.currency == sale.currency:
                found[other.seller.id] = other
                kept.append(other)
            if len(kept) == wanted:
                break
        return kept

    def propose(self, sale: Sale, *, is_winner: bool) -> None:
        """A proposal, what became of it, and what was written about it."""
        ctx, course, random = self.ctx, self.course, self.ctx.random
        patience = (self.until - course.at) * 0.9
        at = course.at + min(timedelta(hours=random.uniform(0.3, 48)), patience * random.uniform(0.2, 1))
        if at >= self.until:
            return
        valid = at + timedelta(days=random.randint(3, 21))
        if is_winner:
            valid = max(valid, self.until + timedelta(days=1))
        if course.window is not None:
            valid = min(valid, course.window[1])
        status, ended, reason = self._fate(at, valid, is_winner=is_winner)
        id = ctx.new_id(at)
        minor = max(1, round(sale.minor * random.choice((1, 1, 2, 3)) * random.uniform(0.9, 1.15)))
        price = Money(minor, sale.currency)
        proposal = {
            "id": id,
            **times(at, ended, 1 if ended is None else 2),
            "demand_id": self.demand_id,
            "provider_id": sale.seller.id,
            "offer_id": sale.id,
            "transaction_id": None,
            "status": status,
            "price_minor": minor,
            "price_currency": sale.currency,
            "terms": said(random, "terms", sale.seller.city),
            "valid_until": valid,
            "closed_reason": reason,
            "withdraw_reason": said(random, "withdrawn", sale.seller.city) if status == "WITHDRAWN" else None,
        }
        self.story.proposals.append(proposal)
        if is_winner:
            self.story.won = proposal
        self.story.first = at if self.story.first is None else min(at, self.story.first)
        self.note(at, "PROPOSED", "PROVIDER", f"{sale.seller.name} proposed {money(price)}", proposal_id=id)
        if status == "WITHDRAWN" and ended is not None:
            what = f"{sale.seller.name} withdrew its proposal"
            self.note(ended, "PROPOSAL_WITHDRAWN", "PROVIDER", what, proposal_id=id)
        if random.random() < 0.3:
            self._write(id, sale, at, min(ended or ctx.now, ctx.now, self.until))

    def _fate(
        self, at: datetime, valid: datetime, *, is_winner: bool
    ) -> tuple[str, datetime | None, str | None]:
        """What a proposal is now, since when, and why it was closed."""
        course, random = self.course, self.ctx.random
        if is_winner:
            if course.deal is not None and course.deal.cancelled is not None:
                return "CLOSED", course.deal.cancelled, "TRANSACTION_CANCELLED"
            return "AWARDED", self.until, None
        if random.random() < 0.08:
            return "WITHDRAWN", at + (min(self.until, valid) - at) * random.uniform(0.05, 0.9), None
        if valid <= self.until:
            return "EXPIRED", valid, None
        if course.deal is not None:
            return "CLOSED", self.until, "ANOTHER_AWARDED" if self.story.won else "SOLD_OTHERWISE"
        match course.status:
            case "CANCELLED":
                return "CLOSED", self.until, "DEMAND_CANCELLED"
            case "LAPSED":
                return "CLOSED", self.until, "DEMAND_LAPSED"
            case _:
                return "SUBMITTED", None, None

    def _write(self, proposal_id: UUID, sale: Sale, since: datetime, until: datetime) -> None:
        random = self.ctx.random
        at = since
        for turn in range(random.randint(1, 4)):
            at += (until - at) * random.uniform(0.05, 0.5)
            is_asking = turn % 2 == 0
            writer = self.city if is_asking else sale.seller.city
            self.story.messages.append(
                {
                    "id": self.ctx.new_id(at),
                    **times(at),
                    "proposal_id": proposal_id,
                    "side": "CUSTOMER" if is_asking else "PROVIDER",
                    "member_id": None if is_asking else sale.seller.member_id,
                    "staff_id": None,
                    "text": said(random, "asks" if is_asking else "answers", writer),
                }
            )

    def _end(self, sale: Sale | None) -> None:
        course = self.course
        if course.deal is not None and sale is not None:
            if course.deal.cancelled is not None:
                what = "The transaction was cancelled: the demand is open again"
                self.note(course.deal.cancelled, "REOPENED", "PROVIDER", what)
            elif course.deal.fulfilled is not None:
                what = "What was needed has been delivered"
                self.note(course.deal.fulfilled, "FULFILLED", "PROVIDER", what)
        if course.status == "CANCELLED":
            self.note(course.updated, "CANCELLED", "CUSTOMER", "The demand was cancelled")
        elif course.status == "LAPSED":
            self.note(course.updated, "LAPSED", None, "The time in which it was needed has passed")

    def note(
        self, at: datetime, kind: str, side: str | None, text: str, *, proposal_id: UUID | None = None
    ) -> None:
        """An entry of the history."""
        self.story.events.append(
            {
                "id": self.ctx.new_id(at),
                **times(at),
                "demand_id": self.demand_id,
                "proposal_id": proposal_id,
                "transaction_id": None,
                "at": at,
                "kind": kind,
                "side": side,
                "text": text,
            }
        )
