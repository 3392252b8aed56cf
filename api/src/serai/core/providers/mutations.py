"""What can be done with providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from serai.core.refusals import COMMON, NOT_FOUND
from serai_sdk import CallCtx, Place, acting, arg, bulk, input, mutation, permission

from . import service
from .models import Provider, ProviderStatus

INVALID = "A value is not of the form its field asks for."


@input
class ProviderApplyInput:
    """Who wants to become a provider, and of what."""

    name: str = arg("The name it trades under.", max_length=300)
    description: str | None = arg("What it says about itself.", max_length=10_000)
    place: Place | None = arg("Where it is at home.")
    contact_email: str | None = arg("Where the platform writes to.", max_length=320, personal=True)
    contact_phone: str | None = arg("Where the platform calls.", max_length=40, personal=True)
    payout_account: str | None = arg("The account it is paid to.", max_length=64, personal=True)
    scenarios: list[UUID] = arg("The scenarios it wants to serve.", ref="Scenario", default=[])


@input
class ProviderReviewInput:
    """A decision about a provider."""

    id: UUID = arg("The provider.", ref="Provider")
    status: ProviderStatus = arg("The state it goes to.")
    note: str | None = arg("Why, for its members to read.", max_length=10_000)
    expected_version: int | None = arg("Refuse if it is at another version.", minimum=1)


@mutation(
    "Apply to become a provider. Who applies as a person becomes its owner; it is public once it is approved.",
    input=ProviderApplyInput,
    payload={"provider": "Provider"},
    errors={"NOT_FOUND": NOT_FOUND, "INVALID": INVALID},
    access=permission("providers:write") | acting("customer", "provider"),
)
async def provider_apply(ctx: CallCtx, input: ProviderApplyInput) -> Mapping[str, Any]:
    provider_id = await service.apply(
        ctx,
        name=input.name,
        description=input.description,
        place=input.place,
        contact_email=input.contact_email,
        contact_phone=input.contact_phone,
        payout_account=input.payout_account,
        scenario_ids=input.scenarios,
    )
    return {"provider": provider_id}


@mutation(
    "Decide about a provider: review, approve, reject, suspend it, or record that it left.",
    input=ProviderReviewInput,
    payload={"provider": "Provider"},
    errors=COMMON,
    access=permission("providers:review"),
)
async def provider_review(ctx: CallCtx, input: ProviderReviewInput) -> Mapping[str, Any]:
    await service.review(
        ctx, input.id, status=input.status, note=input.note, expected_version=input.expected_version
    )
    return {"provider": input.id}


async def _locks(_: CallCtx, items: Sequence[ProviderReviewInput]) -> Mapping[type[Provider], list[UUID]]:
    return {Provider: [one.id for one in items]}


providers_review = bulk(
    provider_review, name="providersReview", description="Decide about many providers at once.", locks=_locks
)

MUTATIONS = (provider_apply, provider_review, providers_review)
