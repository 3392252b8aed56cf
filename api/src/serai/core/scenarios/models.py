"""Table of scenarios."""

from __future__ import annotations

from typing import Any

from serai.core.constraints import condition, one_of
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
    questions: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    success: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_scenario"
        indexes = (Index(fields=("status", "id"), name="core_scenario_status"),)
        constraints = (
            one_of("core_scenario", "status", ScenarioStatus),
            condition("core_scenario", "slug_valid", "\"slug\" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"),
            condition("core_scenario", "questions_listed", "jsonb_typeof(\"questions\") = 'array'"),
        )
