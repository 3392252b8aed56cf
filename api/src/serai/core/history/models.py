"""Table of the history of demands."""

from __future__ import annotations

from uuid import UUID

from serai.core.constraints import one_of
from serai.core.demands.models import Demand
from serai.core.proposals.models import Proposal
from serai.core.sides import Side
from serai.core.transactions.models import Transaction
from serai_sdk.orm import Index, Model, StrEnum, UniqueConstraint, fields


class DemandEventKind(StrEnum):
    """What happened to a demand."""

    OPENED = "OPENED"
    PROPOSED = "PROPOSED"
    PROPOSAL_UPDATED = "PROPOSAL_UPDATED"
    PROPOSAL_WITHDRAWN = "PROPOSAL_WITHDRAWN"
    PROPOSAL_EXPIRED = "PROPOSAL_EXPIRED"
    AWARDED = "AWARDED"
    FULFILLED = "FULFILLED"
    EXTENDED = "EXTENDED"
    CANCELLED = "CANCELLED"
    LAPSED = "LAPSED"
    REOPENED = "REOPENED"


class DemandEvent(Model):
    """One thing that happened to a demand, as a sentence without personal data."""

    demand: fields.ForeignKeyRelation[Demand] = fields.ForeignKeyField(
        "core.Demand", related_name="history", on_delete=fields.RESTRICT
    )
    demand_id: UUID
    proposal: fields.ForeignKeyNullableRelation[Proposal] = fields.ForeignKeyField(
        "core.Proposal", related_name="history", null=True, on_delete=fields.RESTRICT
    )
    proposal_id: UUID | None
    transaction: fields.ForeignKeyNullableRelation[Transaction] = fields.ForeignKeyField(
        "core.Transaction", related_name="history", null=True, on_delete=fields.RESTRICT
    )
    transaction_id: UUID | None
    at = fields.DatetimeField()
    kind = fields.CharEnumField(DemandEventKind, max_length=24)
    side: fields.Field[Side | None] = fields.CharEnumField(Side, max_length=16, null=True)  # type: ignore[assignment]  # its stubs know no null
    text = fields.TextField()

    class Meta:
        table = "core_demand_event"
        indexes = (
            Index(fields=("proposal_id", "id"), name="core_demand_event_proposal"),
            Index(fields=("transaction_id", "id"), name="core_demand_event_transaction"),
        )
        constraints = (
            # no two at one instant: their order is the order in which they happened
            UniqueConstraint(fields=("demand_id", "at"), name="core_demand_event_order"),
            one_of("core_demand_event", "kind", DemandEventKind),
            one_of("core_demand_event", "side", Side),
        )
