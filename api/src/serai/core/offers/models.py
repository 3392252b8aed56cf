"""The table all kinds of offer share, and the detail table of the core's own kind."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from serai.core.constraints import condition, money, one_of, place
from serai.core.placed import Placed
from serai.core.providers.models import Provider
from serai.core.scenarios.models import Scenario
from serai_sdk.orm import Index, Model, StrEnum, fields


class OfferStatus(StrEnum):
    """Where an offer is in its life."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class ServiceUnit(StrEnum):
    """What one unit of a service is."""

    HOUR = "HOUR"
    VISIT = "VISIT"
    SESSION = "SESSION"


class Offer(Placed):
    """What a provider can sell; ``kind`` says which detail table has a row of the same id."""

    kind = fields.CharField(32)
    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="offers", on_delete=fields.RESTRICT
    )
    provider_id: UUID
    scenario: fields.ForeignKeyNullableRelation[Scenario] = fields.ForeignKeyField(
        "core.Scenario", related_name="offers", null=True, on_delete=fields.RESTRICT
    )
    scenario_id: UUID | None
    title = fields.TextField()
    description: str | None = fields.TextField(null=True)
    status = fields.CharEnumField(OfferStatus, max_length=16, default=OfferStatus.DRAFT)
    from_price_minor: fields.Field[int | None] = fields.BigIntField(null=True)
    from_price_currency: fields.Field[str | None] = fields.CharField(3, null=True)
    published_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "core_offer"
        indexes = (
            Index(fields=("provider_id", "id"), name="core_offer_provider"),
            Index(fields=("scenario_id", "id"), name="core_offer_scenario"),
            Index(fields=("place_city_code", "id"), name="core_offer_city"),
            Index(fields=("kind", "status", "id"), name="core_offer_kind"),
            Index(fields=("from_price_currency", "from_price_minor", "id"), name="core_offer_from_price"),
        )
        constraints = (
            one_of("core_offer", "status", OfferStatus),
            money("core_offer", "from_price"),
            place("core_offer"),
        )


class Service(Model):
    """What an offer of kind ``core_service`` has besides: the detail row has the offer's id."""

    unit = fields.CharEnumField(ServiceUnit, max_length=16)
    duration_minutes: fields.Field[int | None] = fields.IntField(null=True)
    unit_price_minor = fields.BigIntField()
    unit_price_currency = fields.CharField(3)

    class Meta:
        table = "core_service"
        constraints = (
            one_of("core_service", "unit", ServiceUnit),
            money("core_service", "unit_price"),
            condition("core_service", "duration_valid", 'coalesce("duration_minutes", 1) > 0'),
        )
