"""Entering consents: each is a row of its own, and nothing that was said is changed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from serai.core.customers.models import Customer
from serai.core.customers.owning import locked_customer, own_or_given
from serai.core.customers.service import locale
from serai.core.refusals import optional_text, text
from serai_sdk import CallCtx, UserError

from .models import Consent

if TYPE_CHECKING:
    from .mutations import CustomerConsentGiveInput, CustomerConsentWithdrawInput

PURPOSE = re.compile(r"[a-z][a-z0-9_.-]*")

SUPERSEDE = """
update core_customer_consent
set is_current = false
where customer_id = $1
  and purpose = $2
  and is_current
"""


async def give(ctx: CallCtx, given: CustomerConsentGiveInput) -> UUID:
    """Enter that a customer agreed and return the entry's id."""
    customer = await locked_customer(ctx, own_or_given(ctx, given.customer))
    purpose = _purpose(given.purpose)
    latest = await _latest(customer, purpose)
    consent = Consent(
        id=ctx.new_id(),
        customer_id=customer.id,
        purpose=purpose,
        text_version=text(given.text_version, field="textVersion"),
        locale=locale(given.locale) if given.locale else None,
        granted=True,
        at=_moment(ctx, given.at, latest),
        source=optional_text(given.source),
    )
    await _enter(ctx, consent, "consent.given")
    return consent.id


async def withdraw(ctx: CallCtx, given: CustomerConsentWithdrawInput) -> UUID:
    """Enter that a customer took back what it had agreed to and return the entry's id."""
    customer = await locked_customer(ctx, own_or_given(ctx, given.customer))
    purpose = _purpose(given.purpose)
    latest = await _latest(customer, purpose)
    if latest is None or not latest.granted:
        raise UserError("NOT_GIVEN", "There is no consent to this purpose to take back.", field="purpose")
    consent = Consent(
        id=ctx.new_id(),
        customer_id=customer.id,
        purpose=purpose,
        text_version=latest.text_version,
        locale=latest.locale,
        granted=False,
        at=_moment(ctx, given.at, latest),
        source=optional_text(given.source),
    )
    await _enter(ctx, consent, "consent.withdrawn")
    return consent.id


async def _latest(customer: Customer, purpose: str) -> Consent | None:
    return await Consent.get_or_none(customer_id=customer.id, purpose=purpose, is_current=True)


async def _enter(ctx: CallCtx, consent: Consent, event: str) -> None:
    await ctx.change.execute(SUPERSEDE, consent.customer_id, consent.purpose)
    await ctx.change.add(consent)
    payload = {
        "customerId": consent.customer_id,
        "purpose": consent.purpose,
        "textVersion": consent.text_version,
    }
    await ctx.change.emit(event, consent, payload)


def _purpose(value: str) -> str:
    if not PURPOSE.fullmatch(value):
        raise UserError(
            "INVALID",
            "A purpose begins with a letter and has lower-case letters, digits, '.', '-' and '_'.",
            field="purpose",
        )
    return value


def _moment(ctx: CallCtx, at: datetime | None, latest: Consent | None) -> datetime:
    """When it was said: only who enters it for others says so, and what was said later is not overtaken."""
    if at is None or ctx.viewer.kind == "customer":
        return ctx.now
    if at > ctx.now or (latest is not None and at < latest.at):
        raise UserError(
            "TIME_INVALID", "It was said neither in the future nor before the latest word.", field="at"
        )
    return at
