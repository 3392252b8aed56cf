"""What is kept of the demo's customers beside themselves: addresses, consents, tags, notes of the staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from serai.core.addresses.models import Address
from serai.core.consents.models import Consent
from serai.core.notes.models import CustomerNote
from serai.core.tags.models import CustomerTag, Tag
from serai_sdk import DemoCtx

from .buyers import Buyer
from .calendar import DAYS
from .cities import City
from .rows import place, street, times
from .words import said

__all__ = ["build_tags", "profile_rows"]

TAGS: Final = (
    ("regular", "Comes again and again.", 12),
    ("newsletter", "Reads what we send.", 20),
    ("老客户", "多年的客户，请优先安排。", 6),
    ("family", "With children.", 14),
    ("dog owner", "Brings a dog.", 8),
    ("invoice", "Pays by invoice.", 5),
    ("微信群", "在微信客户群里。", 6),
    ("at risk", "Was not content the last time.", 3),
)
CONSENTS: Final = (("terms", 1.0, 1.0), ("newsletter", 0.55, 0.8), ("profiling", 0.3, 0.6))
"""Purposes: the share that was asked, and of those the share that agreed."""

NEW_TEXT_DAYS: Final = 300
SOURCES: Final = ("web", "app", "shop")


async def build_tags(ctx: DemoCtx) -> Sequence[UUID]:
    """The tags; returns their ids, in order."""
    at = ctx.now - timedelta(days=DAYS + 40)
    rows = [
        {"id": ctx.new_id(at), **times(at), "name": name, "description": description}
        for name, description, _ in TAGS
    ]
    await ctx.insert(Tag, rows)
    return [row["id"] for row in rows]


def profile_rows(
    ctx: DemoCtx, buyer: Buyer, tags: Sequence[UUID], support: Sequence[UUID]
) -> Iterator[tuple[type[Any], Mapping[str, Any]]]:
    """What is kept of one customer."""
    random = ctx.random
    if random.random() < 0.6:
        yield Address, _address(ctx, buyer, "BILLING" if buyer.is_company else "HOME", buyer.address)
        if random.random() < 0.15:
            yield Address, _address(ctx, buyer, "WORK", street(random, buyer.city))
    for purpose, asked, agreed in CONSENTS:
        if random.random() < asked:
            yield from _consents(ctx, buyer, purpose, agreed)
    if random.random() < 0.35:
        wanted = {random.choices(range(len(TAGS)), [share for _, _, share in TAGS])[0] for _ in range(2)}
        for number in sorted(wanted):
            at = _later(ctx, buyer.joined)
            yield (
                CustomerTag,
                {"id": ctx.new_id(at), **times(at), "customer_id": buyer.id, "tag_id": tags[number]},
            )
    if random.random() < 0.06:
        at = _later(ctx, buyer.joined)
        yield (
            CustomerNote,
            {
                "id": ctx.new_id(at),
                **times(at),
                "customer_id": buyer.id,
                "author_id": random.choice(support),
                "text": said(random, "staff note", buyer.city),
            },
        )


def _later(ctx: DemoCtx, since: datetime) -> datetime:
    return since + (ctx.now - since) * ctx.random.random()


def _address(ctx: DemoCtx, buyer: Buyer, kind: str, address: str) -> dict[str, Any]:
    city: City = buyer.city
    return {
        "id": ctx.new_id(buyer.joined),
        **times(buyer.joined),
        "customer_id": buyer.id,
        "kind": kind,
        "label": None,
        "recipient": buyer.name,
        "is_default": True,
        **place(city, ctx, address),
    }


def _consents(
    ctx: DemoCtx, buyer: Buyer, purpose: str, agreed: float
) -> Iterator[tuple[type[Any], Mapping[str, Any]]]:
    """Given or refused on joining; some change their mind, and the last row is the current one."""
    random = ctx.random
    granted = random.random() < agreed
    answers = [(buyer.joined, granted)]
    if purpose != "terms" and granted and random.random() < 0.15:
        answers.append((_later(ctx, buyer.joined), False))
    for number, (at, is_granted) in enumerate(answers, start=1):
        is_new = at > ctx.now - timedelta(days=NEW_TEXT_DAYS)
        yield (
            Consent,
            {
                "id": ctx.new_id(at),
                **times(at),
                "customer_id": buyer.id,
                "purpose": purpose,
                "text_version": "2" if is_new else "1",
                "locale": buyer.city.locale,
                "granted": is_granted,
                "at": at,
                "source": random.choice(SOURCES),
                "is_current": number == len(answers),
            },
        )
