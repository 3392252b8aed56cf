"""Table of notes."""

from __future__ import annotations

from uuid import UUID

from serai.core.customers.models import Customer
from serai.core.staff.models import Staff
from serai_sdk.orm import Index, Model, fields


class CustomerNote(Model):
    """What somebody of the staff noted down about a customer."""

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="notes", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    author: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "core.Staff", related_name="notes", on_delete=fields.RESTRICT
    )
    author_id: UUID
    text = fields.TextField()

    class Meta:
        table = "core_customer_note"
        indexes = (
            Index(fields=("customer_id", "created_at", "id"), name="core_customer_note_customer"),
            Index(fields=("author_id", "id"), name="core_customer_note_author"),
        )
