"""Table of addresses."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import one_of, place
from serai.core.customers.models import Customer
from serai.core.placed import Placed
from serai_sdk.orm import Index, StrEnum, fields


class AddressKind(StrEnum):
    """What an address is for."""

    HOME = "HOME"
    WORK = "WORK"
    BILLING = "BILLING"
    SHIPPING = "SHIPPING"
    OTHER = "OTHER"


class Address(Placed):
    """Where a customer lives, works, or wants things sent; the migration allows one default of each kind."""

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="addresses", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    kind = fields.CharEnumField(AddressKind, max_length=16, default=AddressKind.HOME)
    label: str | None = fields.TextField(null=True)
    recipient: str | None = fields.TextField(null=True)
    is_default = fields.BooleanField(default=False)

    class Meta:
        table = "core_customer_address"
        indexes = (Index(fields=("customer_id", "id"), name="core_customer_address_customer"),)
        constraints = (
            one_of("core_customer_address", "kind", AddressKind),
            place("core_customer_address"),
        )
