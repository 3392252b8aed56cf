"""Table of consents: rows are only ever added."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import condition
from serai.core.customers.models import Customer
from serai_sdk.orm import Index, Model, fields


class Consent(Model):
    """That a customer agreed to something, or took it back; of each purpose the latest row is the current one."""

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="consents", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    purpose = fields.CharField(64)
    text_version = fields.CharField(64)
    locale: fields.Field[str | None] = fields.CharField(35, null=True)
    granted = fields.BooleanField()
    at = fields.DatetimeField()
    source: fields.Field[str | None] = fields.CharField(200, null=True)
    is_current = fields.BooleanField(default=True)

    class Meta:
        table = "core_customer_consent"
        indexes = (
            Index(fields=("customer_id", "purpose", "at"), name="core_customer_consent_customer"),
            Index(fields=("purpose", "granted", "customer_id"), name="core_customer_consent_purpose"),
        )
        constraints = (
            condition("core_customer_consent", "purpose_named", "\"purpose\" ~ '^[a-z][a-z0-9_.-]*$'"),
        )
