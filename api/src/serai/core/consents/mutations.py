"""What can be done with consents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from serai.core.refusals import NOT_FOUND
from serai_sdk import CallCtx, acting, arg, input, mutation, permission

from . import service

CODES = {
    "NOT_FOUND": NOT_FOUND,
    "INVALID": "A value is not of the form its field asks for.",
    "CUSTOMER_MISSING": "Who does not act as a customer has to say who agreed.",
    "TIME_INVALID": "The moment lies ahead, or before the latest word on the purpose.",
}
WRITE = permission("customers:write") | acting("customer")


@input
class CustomerConsentGiveInput:
    """What a customer agreed to."""

    customer: UUID | None = arg("Who agreed; a customer itself if left out.", ref="Customer")
    purpose: str = arg(
        "What for: lower-case letters, digits, `.`, `-` and `_`, such as `newsletter`.", max_length=64
    )
    text_version: str = arg("Which version of the text was shown, such as `2026-03`.", max_length=64)
    locale: str | None = arg("In which language it was shown, as a BCP 47 tag.", max_length=35)
    source: str | None = arg("Where it was said, such as `app`.", max_length=200, personal=True)
    at: datetime | None = arg("When, if staff enters it later; now if left out.")


@input
class CustomerConsentWithdrawInput:
    """What a customer takes back."""

    customer: UUID | None = arg("Who takes it back; a customer itself if left out.", ref="Customer")
    purpose: str = arg("What for.", max_length=64)
    source: str | None = arg("Where it was said.", max_length=200, personal=True)
    at: datetime | None = arg("When, if staff enters it later; now if left out.")


@mutation(
    "Enter that a customer agreed to something: a customer for itself, staff for anybody.",
    input=CustomerConsentGiveInput,
    payload={"consent": "Consent"},
    errors=CODES,
    access=WRITE,
)
async def customer_consent_give(ctx: CallCtx, input: CustomerConsentGiveInput) -> Mapping[str, Any]:
    return {"consent": await service.give(ctx, input)}


@mutation(
    "Enter that a customer took a consent back: a customer for itself, staff for anybody.",
    input=CustomerConsentWithdrawInput,
    payload={"consent": "Consent"},
    errors={**CODES, "NOT_GIVEN": "There is no consent to that purpose to take back."},
    access=WRITE,
)
async def customer_consent_withdraw(ctx: CallCtx, input: CustomerConsentWithdrawInput) -> Mapping[str, Any]:
    return {"consent": await service.withdraw(ctx, input)}


MUTATIONS = (customer_consent_give, customer_consent_withdraw)
