"""Table of proposals."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import condition, money, one_of
from serai.core.demands.models import Demand
from serai.core.offers.models import Offer
from serai.core.providers.models import Provider
from serai.core.transactions.models import Transaction
from serai_sdk.orm import Index, Model, StrEnum, fields


class ProposalStatus(StrEnum):
    """Where a proposal is in its life. One whose time has passed reads EXPIRED before anybody writes that down."""

    SUBMITTED = "SUBMITTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    AWARDED = "AWARDED"
    CLOSED = "CLOSED"


class ProposalClosedReason(StrEnum):
    """Why a proposal is closed that its provider has not withdrawn."""

    ANOTHER_AWARDED = "ANOTHER_AWARDED"
    SOLD_OTHERWISE = "SOLD_OTHERWISE"
    DEMAND_CANCELLED = "DEMAND_CANCELLED"
    TRANSACTION_CANCELLED = "TRANSACTION_CANCELLED"


class Proposal(Model):
    """A provider's answer to a demand: price and terms, optionally an offer."""

    demand: fields.ForeignKeyRelation[Demand] = fields.ForeignKeyField(
        "core.Demand", related_name="proposals", on_delete=fields.RESTRICT
    )
    demand_id: UUID
    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="proposals", on_delete=fields.RESTRICT
    )
    provider_id: UUID
    offer: fields.ForeignKeyNullableRelation[Offer] = fields.ForeignKeyField(
        "core.Offer", related_name="proposals", null=True, on_delete=fields.RESTRICT
    )
    offer_id: UUID | None
    transaction: fields.ForeignKeyNullableRelation[Transaction] = fields.ForeignKeyField(
        "core.Transaction", related_name="proposals", null=True, on_delete=fields.RESTRICT
    )
    transaction_id: UUID | None
    status = fields.CharEnumField(ProposalStatus, max_length=16, default=ProposalStatus.SUBMITTED)
    price_minor = fields.BigIntField()
    price_currency = fields.CharField(3)
    terms = fields.TextField()
    valid_until = fields.DatetimeField()
    closed_reason: fields.Field[ProposalClosedReason | None] = fields.CharEnumField(  # type: ignore[assignment]  # its stubs know no null
        ProposalClosedReason, max_length=24, null=True
    )
    withdraw_reason: str | None = fields.TextField(null=True)

    class Meta:
        table = "core_proposal"
        indexes = (
            Index(fields=("demand_id", "id"), name="core_proposal_demand"),
            Index(fields=("provider_id", "status", "id"), name="core_proposal_provider"),
            Index(fields=("offer_id", "id"), name="core_proposal_offer"),
            Index(fields=("transaction_id", "id"), name="core_proposal_transaction"),
            Index(fields=("status", "valid_until", "id"), name="core_proposal_valid"),
            Index(fields=("created_at", "id"), name="core_proposal_created"),
        )
        constraints = (
            one_of("core_proposal", "status", ProposalStatus),
            one_of("core_proposal", "closed_reason", ProposalClosedReason),
            money("core_proposal", "price"),
            condition(
                "core_proposal",
                "closed_for_a_reason",
                '("status" = \'CLOSED\') = ("closed_reason" is not null)',
            ),
            condition(
                "core_proposal",
                "awarded_by_a_sale",
                '"status" <> \'AWARDED\' or "transaction_id" is not null',
            ),
        )


ONE_SUBMITTED = "core_proposal_one_submitted"
"""The partial unique index that lets a provider have one open proposal to a demand; made by the migration."""
