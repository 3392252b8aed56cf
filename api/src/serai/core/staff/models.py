"""Tables of staff and roles."""

from __future__ import annotations

from uuid import UUID

from serai.core.principals.models import Principal
from serai_sdk.orm import Index, Model, fields


class Role(Model):
    """A named set of permissions."""

    name = fields.CharField(40, unique=True)
    title = fields.TextField()
    permissions: fields.Field[list[str]] = fields.JSONField(default=list)

    class Meta:
        table = "core_role"


class Staff(Model):
    """One of the organisation's own people."""

    name = fields.TextField()
    email: fields.Field[str | None] = fields.CharField(320, null=True)
    is_active = fields.BooleanField(default=True)
    principal: fields.OneToOneNullableRelation[Principal] = fields.OneToOneField(
        "core.Principal", related_name="staff", null=True, on_delete=fields.RESTRICT
    )
    principal_id: UUID | None
    role: fields.ForeignKeyRelation[Role] = fields.ForeignKeyField(
        "core.Role", related_name="holders", on_delete=fields.RESTRICT
    )
    role_id: UUID

    class Meta:
        table = "core_staff"
        indexes = (Index(fields=("role_id", "id"), name="core_staff_role"),)
