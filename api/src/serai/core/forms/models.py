"""Tables of forms and of their versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from serai.core.constraints import condition, one_of
from serai_sdk.orm import Index, Model, StrEnum, UniqueConstraint, fields


class FormStatus(StrEnum):
    """Where a form is in its life."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


class Form(Model):
    """Questions asked under one name; the database sees to it that its current version is one of its own."""

    key = fields.CharField(80, unique=True)
    title = fields.TextField()
    status = fields.CharEnumField(FormStatus, max_length=16, default=FormStatus.ACTIVE)
    current_version_id = fields.UUIDField()

    class Meta:
        table = "core_form"
        indexes = (
            Index(fields=("status", "id"), name="core_form_status"),
            Index(fields=("current_version_id",), name="core_form_current"),
        )
        constraints = (
            one_of("core_form", "status", FormStatus),
            condition("core_form", "key_valid", "\"key\" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"),
        )


class FormVersion(Model):
    """What a form asked at one time; the database refuses to change it."""

    form: fields.ForeignKeyRelation[Form] = fields.ForeignKeyField(
        "core.Form", related_name="versions", on_delete=fields.RESTRICT
    )
    form_id: UUID
    number = fields.IntField()
    questions: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)

    class Meta:
        table = "core_form_version"
        constraints = (
            UniqueConstraint(fields=("form_id", "number"), name="core_form_version_number"),
            condition("core_form_version", "number_positive", '"number" > 0'),
            condition("core_form_version", "questions_listed", "jsonb_typeof(\"questions\") = 'array'"),
        )
