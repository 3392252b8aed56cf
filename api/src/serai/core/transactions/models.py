"""Tables of transactions and their lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from serai.core.constraints import condition, money, one_of
from serai.core.customers.models import Customer
from serai.core.demands.models import Demand
from serai.core.offers.models import Offer
from serai.core.providers.models import Provider
from serai.core.scenarios.models import Scenario
from serai_sdk.orm import Index, Model, StrEnum, UniqueConstraint, fields


class TransactionStatus(StrEnum):
    """Where a transaction is in its life."""

    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"


class Transaction(Model):
    """What a customer and a provider agreed."""

    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "core.Customer", related_name="transactions", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="transactions", on_delete=fields.RESTRICT
    )
    provider_id: UUID
    scenario: fields.ForeignKeyNullableRelation[Scenario] = fields.ForeignKeyField(
        "core.Scenario", related_name="transactions", null=True, on_delete=fields.RESTRICT
    )
    scenario_id: UUID | None
    demand: fields.ForeignKeyNullableRelation[Demand] = fields.ForeignKeyField(
        "core.Demand", related_name="transactions", null=True, on_delete=fields.RESTRICT
    )
    demand_id: UUID | None
    number = fields.CharField(32, unique=True)
    status = fields.CharEnumField(TransactionStatus, max_length=16, default=TransactionStatus.PLACED)
    total_minor = fields.BigIntField()
    total_currency = fields.CharField(3)
    channel = fields.CharField(100)
    placed_at = fields.DatetimeField()
    confirmed_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    fulfilled_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    cancelled_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    cancel_reason: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_transaction"
        indexes = (
            Index(fields=("customer_id", "placed_at", "id"), name="core_transaction_customer"),
            Index(fields=("provider_id", "placed_at", "id"), name="core_transaction_provider"),
            Index(fields=("scenario_id", "placed_at", "id"), name="core_transaction_scenario"),
            Index(fields=("demand_id", "placed_at", "id"), name="core_transaction_demand"),
            Index(fields=("provider_id", "status"), name="core_transaction_provider_status"),
            Index(fields=("status", "placed_at", "id"), name="core_transaction_status"),
            Index(fields=("placed_at", "id"), name="core_transaction_placed"),
            Index(fields=("created_at", "id"), name="core_transaction_created"),
            Index(fields=("total_currency", "total_minor", "id"), name="core_transaction_total"),
        )
        constraints = (
            one_of("core_transaction", "status", TransactionStatus),
            money("core_transaction", "total"),
            condition(
                "core_transaction",
                "times_fit_status",
                '("status" <> \'CONFIRMED\' or "confirmed_at" is not null) '
                'and ("status" = \'FULFILLED\') = ("fulfilled_at" is not null) '
                'and ("status" = \'CANCELLED\') = ("cancelled_at" is not null)',
            ),
        )


class TransactionLine(Model):
    """One thing sold in a transaction, as it was then."""

    transaction: fields.ForeignKeyRelation[Transaction] = fields.ForeignKeyField(
        "core.Transaction", related_name="lines", on_delete=fields.RESTRICT
    )
    transaction_id: UUID
    position = fields.IntField()
    title = fields.TextField()
    quantity = fields.IntField()
    unit_price_minor = fields.BigIntField()
    unit_price_currency = fields.CharField(3)
    amount_minor = fields.BigIntField()
    amount_currency = fields.CharField(3)
    offer: fields.ForeignKeyNullableRelation[Offer] = fields.ForeignKeyField(
        "core.Offer", related_name="lines", null=True, on_delete=fields.RESTRICT
    )
    offer_id: UUID | None
    offer_kind: fields.Field[str | None] = fields.CharField(32, null=True)
    snapshot: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)

    class Meta:
        table = "core_transaction_line"
        indexes = (Index(fields=("offer_id", "id"), name="core_transaction_line_offer"),)
        constraints = (
            UniqueConstraint(fields=("transaction_id", "position"), name="core_transaction_line_position"),
            money("core_transaction_line", "unit_price"),
            money("core_transaction_line", "amount"),
            condition("core_transaction_line", "quantity_positive", '"quantity" > 0'),
            condition(
                "core_transaction_line",
                "amount_exact",
                '"amount_minor" = "quantity" * "unit_price_minor" '
                'and "amount_currency" = "unit_price_currency"',
            ),
        )
