"""Table of customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from serai.core.constraints import one_of
from serai.core.principals.models import Principal
from serai_sdk.orm import Index, Model, StrEnum, fields


class CustomerKind(StrEnum):
    """What a customer is."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


class Customer(Model):
    """A person or company with needs."""

    name = fields.TextField()
    kind = fields.CharEnumField(CustomerKind, max_length=16, default=CustomerKind.PERSON)
    email: fields.Field[str | None] = fields.CharField(320, null=True)
    phone: fields.Field[str | None] = fields.CharField(40, null=True)
    phone_e164: fields.Field[str | None] = fields.CharField(16, null=True)
    attributes: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)
    locale = fields.CharField(35, default="en")
    source_channel: fields.Field[str | None] = fields.CharField(100, null=True)
    inviter: fields.ForeignKeyNullableRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="invitees", null=True, on_delete=fields.RESTRICT
    )
    inviter_id: UUID | None
    principal: fields.OneToOneNullableRelation[Principal] = fields.OneToOneField(
        "core.Principal", related_name="customer", null=True, on_delete=fields.RESTRICT
    )
    principal_id: UUID | None

    class Meta:
        table = "core_customer"
        indexes = (
            Index(fields=("inviter_id", "id"), name="core_customer_inviter"),
            Index(fields=("created_at", "id"), name="core_customer_created"),
            Index(fields=("phone_e164", "id"), name="core_customer_phone"),
        )
        constraints = (one_of("core_customer", "kind", CustomerKind),)
