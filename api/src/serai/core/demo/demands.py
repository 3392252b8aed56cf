"""What became of one demand of the demo, and its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from serai_sdk import DemoCtx

from .cities import City
from .customers import Customers
from .deals import Deal, make_deal
from .offers import Sale
from .rows import NOWHERE, place, times
from .scenes import Scene, answer
from .words import said

__all__ = ["Course", "demand_row", "make_course"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a demand went: who was to serve it and what came of that, when it ended, and by when it would lapse."""

    at: datetime
    status: str
    updated: datetime
    version: int
    window: tuple[datetime, datetime] | None
    sale: Sale | None = None
    deal: Deal | None = None

    @property
    def awarded_to(self) -> UUID | None:
        """The provider that has it now."""
        return self.sale.seller.id if self.sale and self.status in ("AWARDED", "FULFILLED") else None


def make_course(ctx: DemoCtx, at: datetime, sale: Sale | None, city: City) -> Course:
    """How a demand went that was opened then, and might have been served by that."""
    random, now = ctx.random, ctx.now
    begins = at + timedelta(days=random.randint(3, 40))
    window = (begins, begins + timedelta(days=random.randint(1, 6)))
    chance = random.random()
    if sale is not None and chance < 0.62:
        placed = at + timedelta(hours=random.uniform(2, 72))
        if placed > now:
            return _seeking(at, window if random.random() < 0.8 else None)
        deal = make_deal(random, now, placed, sale, city)
        if deal.status == "CANCELLED":
            # Reopened by that, until its window passes.
            assert deal.cancelled is not None
            reopened = max(at, deal.cancelled)
            if window[1] > now:
                return Course(
                    at=at, status="OPEN", updated=reopened, version=3, window=window, sale=sale, deal=deal
                )
            lapsed = max(window[1], reopened)
            return Course(
                at=at, status="LAPSED", updated=lapsed, version=4, window=window, sale=sale, deal=deal
            )
        is_done = deal.status == "FULFILLED"
        return Course(
            at=at,
            status="FULFILLED" if is_done else "AWARDED",
            updated=deal.updated if is_done else placed,
            version=3 if is_done else 2,
            window=window if random.random() < 0.8 else None,
            sale=sale,
            deal=deal,
        )
    if chance < 0.75:
        ended = at + timedelta(days=random.uniform(0.1, 12))
        if ended > now:
            return _seeking(at, window)
        return Course(at=at, status="CANCELLED", updated=ended, version=2, window=window)
    if window[1] > now:
        return _seeking(at, window)
    return Course(at=at, status="LAPSED", updated=window[1], version=2, window=window)


def _seeking(at: datetime, window: tuple[datetime, datetime] | None) -> Course:
    return Course(at=at, status="OPEN", updated=at, version=1, window=window)


def demand_row(
    ctx: DemoCtx,
    id: UUID,
    course: Course,
    customers: Customers,
    number: int,
    scenario_id: UUID,
    scene: Scene,
    *,
    worth: Sale | None,
    proposed: datetime | None,
) -> Mapping[str, Any]:
    """The row of a demand of that customer; ``worth`` is what it might cost, ``proposed`` when it was answered."""
    random = ctx.random
    city = customers.city(number)
    day = (course.at + timedelta(days=9)).date().isoformat()
    given = {
        asked.key: (asked.personal, answer(random, asked, day))
        for asked in scene.questions
        if asked.required or random.random() < 0.7
    }
    has_budget = worth is not None and random.random() < 0.6
    buyer = customers.buyer(number) if random.random() < 0.75 else None
    is_proposed = proposed is not None and course.status == "OPEN" and course.deal is None
    return {
        "id": id,
        **times(
            course.at,
            proposed if is_proposed else course.updated,
            course.version + (proposed is not None),
        ),
        "customer_id": customers.id(number),
        "scenario_id": scenario_id,
        "form_version_id": scene.form_version,
        "awarded_provider_id": course.awarded_to,
        "status": "PROPOSED" if is_proposed else course.status,
        "answers": {key: value for key, (is_personal, value) in given.items() if not is_personal},
        "personal_answers": {key: value for key, (is_personal, value) in given.items() if is_personal},
        "budget_minor": worth.minor * random.randint(1, 4) if worth and has_budget else None,
        "budget_currency": worth.currency if worth and has_budget else None,
        "window_start": course.window[0] if course.window else None,
        "window_end": course.window[1] if course.window else None,
        "contact_name": buyer.name if buyer else None,
        "contact_email": buyer.email if buyer else None,
        "contact_phone": buyer.phone if buyer else None,
        "contact_address": buyer.address if buyer else None,
        "note": said(random, "note", city) if random.random() < 0.3 else None,
        "cancel_reason": said(random, "cancelled", city) if course.status == "CANCELLED" else None,
        **(place(city, ctx, None) if random.random() < 0.85 else NOWHERE),
    }
