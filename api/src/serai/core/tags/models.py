"""Tables of tags and of the customers that have them."""

from __future__ import annotations

from uuid import UUID

from serai.core.customers.models import Customer
from serai_sdk.orm import Index, Model, UniqueConstraint, fields


class Tag(Model):
    """A word to sort customers by; the migration makes it unique without regard to case."""

    name = fields.CharField(80)
    description: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_tag"


class CustomerTag(Model):
    """That a customer has a tag."""

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="tags", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "core.Tag", related_name="customers", on_delete=fields.RESTRICT
    )
    tag_id: UUID

    class Meta:
        table = "core_customer_tag"
        indexes = (Index(fields=("tag_id", "customer_id"), name="core_customer_tag_tag"),)
        constraints = (UniqueConstraint(fields=("customer_id", "tag_id"), name="core_customer_tag_once"),)
