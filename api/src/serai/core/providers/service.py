"""Applying and reviewing: how somebody becomes a provider."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from serai.core.customers.models import Customer
from serai.core.customers.service import email
from serai.core.places import Columns, place_columns
from serai.core.principals.models import Principal
from serai.core.refusals import not_found, optional_text, text
from serai.core.scenarios.models import Scenario, ScenarioStatus
from serai_sdk import CallCtx, Place, check_version

from .models import MemberRole, Provider, ProviderMember, ProviderStatus, ScenarioProvider
from .states import LIFE


async def apply(
    ctx: CallCtx,
    *,
    name: str,
    description: str | None,
    place: Place | None,
    contact_email: str | None,
    contact_phone: str | None,
    payout_account: str | None,
    scenario_ids: Sequence[UUID],
) -> UUID:
    """Apply to become a provider and return its id; a person who applies becomes its owner."""
    wanted = list(dict.fromkeys(scenario_ids))
    published = Scenario.filter(id__in=wanted, status=ScenarioStatus.PUBLISHED)
    known = await published.values_list("id", flat=True)
    for index, scenario_id in enumerate(wanted):
        if scenario_id not in known:
            raise not_found("scenario", field=("scenarios", str(index)))
    columns: Columns = place_columns(place)
    provider = Provider(
        id=ctx.new_id(),
        name=text(name, field="name"),
        description=optional_text(description),
        status=ProviderStatus.APPLIED,
        contact_email=email(contact_email, field="contactEmail"),
        contact_phone=optional_text(contact_phone),
        payout_account=optional_text(payout_account),
        **columns,
    )
    await ctx.change.add(provider)
    owner = await _owner(ctx, provider)
    if owner is not None:
        await ctx.change.add(owner)
    for scenario_id in wanted:
        await ctx.change.add(
            ScenarioProvider(id=ctx.new_id(), scenario_id=scenario_id, provider_id=provider.id)
        )
    await ctx.change.emit("provider.applied", provider)
    return provider.id


async def _owner(ctx: CallCtx, provider: Provider) -> ProviderMember | None:
    """The member the applicant becomes; staff and apps apply for others."""
    viewer = ctx.viewer
    if viewer.kind not in ("customer", "provider"):
        return None
    principal = await Principal.get_or_none(id=viewer.principal_id) if viewer.principal_id else None
    customer = await Customer.get_or_none(id=viewer.customer_id) if viewer.customer_id else None
    if principal is not None:
        name, address = principal.display_name, principal.login if "@" in principal.login else None
    elif customer is not None and customer.name is not None:
        name, address = customer.name, customer.email
    else:
        return None
    return ProviderMember(
        id=ctx.new_id(),
        provider_id=provider.id,
        principal_id=principal.id if principal else None,
        name=name,
        email=address,
        role=MemberRole.OWNER,
    )


async def review(
    ctx: CallCtx, provider_id: UUID, *, status: ProviderStatus, note: str | None, expected_version: int | None
) -> None:
    """Decide about a provider: take it into review, approve, reject, suspend it, or record that it left."""
    provider = await ctx.change.get(Provider, provider_id)
    if provider is None:
        raise not_found("provider", field="id")
    check_version(provider, expected_version)
    LIFE.check(provider.status, status)
    before, provider.status = provider.status, status
    provider.review_note = optional_text(note)
    await ctx.change.save(provider)
    await ctx.change.emit("provider.reviewed", provider, {"from": before.value, "to": status.value})
