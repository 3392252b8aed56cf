"""Table of demands."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from serai.core.constraints import condition, money, one_of, place
from serai.core.customers.models import Customer
from serai.core.forms.models import FormVersion
from serai.core.placed import Placed
from serai.core.providers.models import Provider
from serai.core.scenarios.models import Scenario
from serai_sdk.orm import Index, StrEnum, fields


class DemandStatus(StrEnum):
    """Where a demand is in its life."""

    OPEN = "OPEN"
    PROPOSED = "PROPOSED"
    AWARDED = "AWARDED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    LAPSED = "LAPSED"


class Demand(Placed):
    """One need of one customer in one scenario; answers to personal questions are kept apart."""

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="demands", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    scenario: fields.ForeignKeyRelation[Scenario] = fields.ForeignKeyField(
        "core.Scenario", related_name="demands", on_delete=fields.RESTRICT
    )
    scenario_id: UUID
    form_version: fields.ForeignKeyNullableRelation[FormVersion] = fields.ForeignKeyField(
        "core.FormVersion", related_name="demands", null=True, on_delete=fields.RESTRICT
    )
    form_version_id: UUID | None
    awarded_provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="awarded_demands", null=True, on_delete=fields.RESTRICT
    )
    awarded_provider_id: UUID | None
    status = fields.CharEnumField(DemandStatus, max_length=16, default=DemandStatus.OPEN)
    answers: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)
    personal_answers: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)
    budget_minor: fields.Field[int | None] = fields.BigIntField(null=True)
    budget_currency: fields.Field[str | None] = fields.CharField(3, null=True)
    window_start: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    window_end: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    contact_name: str | None = fields.TextField(null=True)
    contact_email: fields.Field[str | None] = fields.CharField(320, null=True)
    contact_phone: fields.Field[str | None] = fields.CharField(40, null=True)
    contact_address: str | None = fields.TextField(null=True)
    note: str | None = fields.TextField(null=True)
    cancel_reason: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_demand"
        indexes = (
            Index(fields=("customer_id", "id"), name="core_demand_customer"),
            Index(fields=("scenario_id", "status", "id"), name="core_demand_scenario"),
            Index(fields=("awarded_provider_id", "id"), name="core_demand_awarded_provider"),
            Index(fields=("status", "id"), name="core_demand_status"),
            Index(fields=("form_version_id", "id"), name="core_demand_form_version"),
            Index(fields=("created_at", "id"), name="core_demand_created"),
        )
        constraints = (
            one_of("core_demand", "status", DemandStatus),
            money("core_demand", "budget"),
            place("core_demand"),
            condition("core_demand", "window_ordered", '"window_end" > "window_start"'),
            condition(
                "core_demand",
                "awarded_to_somebody",
                "\"status\" not in ('AWARDED', 'FULFILLED') or \"awarded_provider_id\" is not null",
            ),
        )
