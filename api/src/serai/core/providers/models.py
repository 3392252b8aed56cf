"""Tables of providers, their members and the scenarios they serve."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import one_of, place
from serai.core.placed import Placed
from serai.core.principals.models import Principal
from serai.core.scenarios.models import Scenario
from serai_sdk.orm import Index, Model, StrEnum, UniqueConstraint, fields


class ProviderStatus(StrEnum):
    """Where a provider is in its life."""

    APPLIED = "APPLIED"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    SUSPENDED = "SUSPENDED"
    LEFT = "LEFT"
    REJECTED = "REJECTED"


class MemberRole(StrEnum):
    """What a member may do for its provider."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    MEMBER = "MEMBER"


class Provider(Placed):
    """Whoever brings resources."""

    name = fields.TextField()
    description: str | None = fields.TextField(null=True)
    status = fields.CharEnumField(ProviderStatus, max_length=16, default=ProviderStatus.APPLIED)
    contact_email: fields.Field[str | None] = fields.CharField(320, null=True)
    contact_phone: fields.Field[str | None] = fields.CharField(40, null=True)
    payout_account: fields.Field[str | None] = fields.CharField(64, null=True)
    review_note: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_provider"
        indexes = (
            Index(fields=("status", "id"), name="core_provider_status"),
            Index(fields=("place_city_code", "id"), name="core_provider_city"),
            Index(fields=("created_at", "id"), name="core_provider_created"),
        )
        constraints = (one_of("core_provider", "status", ProviderStatus), place("core_provider"))


class ProviderMember(Model):
    """A person who acts for a provider."""

    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="members", on_delete=fields.RESTRICT
    )
    provider_id: UUID
    principal: fields.ForeignKeyNullableRelation[Principal] = fields.ForeignKeyField(
        "core.Principal", related_name="memberships", null=True, on_delete=fields.RESTRICT
    )
    principal_id: UUID | None
    name = fields.TextField()
    email: fields.Field[str | None] = fields.CharField(320, null=True)
    role = fields.CharEnumField(MemberRole, max_length=16, default=MemberRole.MEMBER)

    class Meta:
        table = "core_provider_member"
        indexes = (
            Index(fields=("provider_id", "id"), name="core_provider_member_provider"),
            Index(fields=("principal_id", "id"), name="core_provider_member_principal"),
        )
        constraints = (
            UniqueConstraint(fields=("provider_id", "principal_id"), name="core_provider_member_once"),
            one_of("core_provider_member", "role", MemberRole),
        )


class ScenarioProvider(Model):
    """That a provider serves a scenario."""

    scenario: fields.ForeignKeyRelation[Scenario] = fields.ForeignKeyField(
        "core.Scenario", related_name="servings", on_delete=fields.RESTRICT
    )
    scenario_id: UUID
    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="servings", on_delete=fields.RESTRICT
    )
    provider_id: UUID

    class Meta:
        table = "core_scenario_provider"
        indexes = (Index(fields=("provider_id", "scenario_id"), name="core_scenario_provider_provider"),)
        constraints = (
            UniqueConstraint(fields=("scenario_id", "provider_id"), name="core_scenario_provider_once"),
        )
