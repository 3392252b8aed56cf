"""Table of customers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from serai.core.constraints import condition, one_of
from serai.core.principals.models import Principal
from serai_sdk.orm import Index, Model, StrEnum, fields

if TYPE_CHECKING:
    from serai.core.staff.models import Staff


class CustomerKind(StrEnum):
    """What a customer is."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


class Customer(Model):
    """A person or company with needs; one that was forgotten keeps its row, empty."""

    name: str | None = fields.TextField(null=True)
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
    account_manager: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "core.Staff", related_name="accounts", null=True, on_delete=fields.RESTRICT
    )
    account_manager_id: UUID | None
    forgotten_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "core_customer"
        indexes = (
            Index(fields=("inviter_id", "id"), name="core_customer_inviter"),
            Index(fields=("created_at", "id"), name="core_customer_created"),
            Index(fields=("phone_e164", "id"), name="core_customer_phone"),
            Index(fields=("account_manager_id", "id"), name="core_customer_account_manager"),
        )
        constraints = (
            one_of("core_customer", "kind", CustomerKind),
            condition("core_customer", "named", '"name" is not null or "forgotten_at" is not null'),
        )
