"""Table of scenarios."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import condition, one_of
from serai.core.forms.models import Form
from serai_sdk.orm import Index, Model, StrEnum, fields


class ScenarioStatus(StrEnum):
    """Where a scenario is in its life."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class Scenario(Model):
    """A situation in which a need arises and is served."""

    name = fields.TextField()
    slug = fields.CharField(80, unique=True)
    description: str | None = fields.TextField(null=True)
    status = fields.CharEnumField(ScenarioStatus, max_length=16, default=ScenarioStatus.DRAFT)
    form: fields.ForeignKeyNullableRelation[Form] = fields.ForeignKeyField(
        "core.Form", related_name="scenarios", null=True, on_delete=fields.RESTRICT
    )
    form_id: UUID | None
    success: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_scenario"
        indexes = (
            Index(fields=("status", "id"), name="core_scenario_status"),
            Index(fields=("form_id", "id"), name="core_scenario_form"),
        )
        constraints = (
            one_of("core_scenario", "status", ScenarioStatus),
            condition("core_scenario", "slug_valid", "\"slug\" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"),
        )
