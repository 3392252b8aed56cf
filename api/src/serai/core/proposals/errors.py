"""What can be wrong with a proposal, in words that say what to do."""

from __future__ import annotations

from datetime import datetime

from serai_sdk import UserError

PROPOSAL_CODES = {
    "INVALID": "A value is not of the form its field asks for.",
    "CURRENCY_MISMATCH": "The price is not in the currency of the demand's budget.",
    "VALIDITY_INVALID": "The proposal would be valid until an instant that has passed, or beyond the demand's window.",
    "OFFER_UNAVAILABLE": "The offer is not published, or its kind cannot be proposed yet.",
    "PROVIDER_UNAVAILABLE": "The provider is not approved, or does not serve the demand's scenario.",
}
"""Codes of mutations that write price, terms, validity or offer."""

SUBMIT_CODES = PROPOSAL_CODES | {
    "PROVIDER_MISSING": "Who does not act for a provider has to say who proposes.",
    "ALREADY_PROPOSED": "The provider has an open proposal to this demand.",
}


def provider_missing() -> UserError:
    return UserError("PROVIDER_MISSING", "Say which provider proposes.", field="provider")


def provider_unavailable() -> UserError:
    return UserError(
        "PROVIDER_UNAVAILABLE",
        "Only an approved provider that serves the demand's scenario can propose.",
        field="provider",
    )


def already_proposed() -> UserError:
    return UserError(
        "ALREADY_PROPOSED",
        "There is an open proposal of this provider to the demand: change it, or withdraw it first.",
        field="demand",
    )


def currency_mismatch(*, wanted: str) -> UserError:
    return UserError(
        "CURRENCY_MISMATCH",
        f"The demand's budget is in {wanted}: propose a price in that currency.",
        field=("price", "currency"),
    )


def valid_too_short() -> UserError:
    return UserError("VALIDITY_INVALID", "That instant has passed already.", field="validUntil")


def valid_too_long(*, window_end: datetime) -> UserError:
    return UserError(
        "VALIDITY_INVALID",
        f"The demand's window ends {window_end.isoformat()}: a proposal is valid no longer than that.",
        field="validUntil",
    )


def offer_not_published() -> UserError:
    return UserError(
        "OFFER_UNAVAILABLE", "The customer could not see this offer: publish it first.", field="offer"
    )


def offer_of_another_kind(*, kind: str) -> UserError:
    return UserError(
        "OFFER_UNAVAILABLE",
        f"Offers of the kind {kind} are sold by a mutation of their own and cannot be proposed yet: "
        "leave the offer out, and name it in the terms.",
        field="offer",
    )
