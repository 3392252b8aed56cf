"""Proposals, messages, and the history of a demand."""

# ruff: noqa: E501 (written by the autodetector)

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai.core.history.models import DemandEventKind
from serai.core.migrations import _proposals_sql as sql
from serai.core.proposals.models import ProposalClosedReason, ProposalStatus
from serai.core.sides import Side
from serai_sdk.orm import new_id


class Migration(migrations.Migration):
    dependencies = [("core", "0004_forms")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Proposal",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "demand",
                    fields.ForeignKeyField(
                        "core.Demand",
                        source_field="demand_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="proposals",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="proposals",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "offer",
                    fields.ForeignKeyField(
                        "core.Offer",
                        source_field="offer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="proposals",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "transaction",
                    fields.ForeignKeyField(
                        "core.Transaction",
                        source_field="transaction_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="proposals",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=ProposalStatus.SUBMITTED,
                        description="SUBMITTED: SUBMITTED\nWITHDRAWN: WITHDRAWN\nEXPIRED: EXPIRED\nAWARDED: AWARDED\nCLOSED: CLOSED",
                        enum_type=ProposalStatus,
                        max_length=16,
                    ),
                ),
                ("price_minor", fields.BigIntField()),
                ("price_currency", fields.CharField(max_length=3)),
                ("terms", fields.TextField(unique=False)),
                ("valid_until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "closed_reason",
                    fields.CharEnumField(
                        null=True,
                        description="ANOTHER_AWARDED: ANOTHER_AWARDED\nSOLD_OTHERWISE: SOLD_OTHERWISE\nDEMAND_CANCELLED: DEMAND_CANCELLED\nTRANSACTION_CANCELLED: TRANSACTION_CANCELLED",
                        enum_type=ProposalClosedReason,
                        max_length=24,
                    ),
                ),
                ("withdraw_reason", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "core_proposal",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('SUBMITTED', 'WITHDRAWN', 'EXPIRED', 'AWARDED', 'CLOSED')",
                        name="core_proposal_status_valid",
                    ),
                    CheckConstraint(
                        check="\"closed_reason\" in ('ANOTHER_AWARDED', 'SOLD_OTHERWISE', 'DEMAND_CANCELLED', 'TRANSACTION_CANCELLED')",
                        name="core_proposal_closed_reason_valid",
                    ),
                    CheckConstraint(
                        check='("price_minor" is null) = ("price_currency" is null) and coalesce("price_minor", 0) >= 0 and coalesce("price_currency", \'EUR\') ~ \'^[A-Z]{3}$\'',
                        name="core_proposal_price_valid",
                    ),
                    CheckConstraint(
                        check='("status" = \'CLOSED\') = ("closed_reason" is not null)',
                        name="core_proposal_closed_for_a_reason",
                    ),
                    CheckConstraint(
                        check='"status" <> \'AWARDED\' or "transaction_id" is not null',
                        name="core_proposal_awarded_by_a_sale",
                    ),
                ],
                "indexes": [
                    Index(fields=["demand_id", "id"], name="core_proposal_demand"),
                    Index(fields=["provider_id", "status", "id"], name="core_proposal_provider"),
                    Index(fields=["offer_id", "id"], name="core_proposal_offer"),
                    Index(fields=["transaction_id", "id"], name="core_proposal_transaction"),
                    Index(fields=["status", "valid_until", "id"], name="core_proposal_valid"),
                    Index(fields=["created_at", "id"], name="core_proposal_created"),
                ],
                "pk_attr": "id",
                "table_description": "A provider's answer to a demand: price and terms, optionally an offer.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DemandEvent",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "demand",
                    fields.ForeignKeyField(
                        "core.Demand",
                        source_field="demand_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="history",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "proposal",
                    fields.ForeignKeyField(
                        "core.Proposal",
                        source_field="proposal_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="history",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "transaction",
                    fields.ForeignKeyField(
                        "core.Transaction",
                        source_field="transaction_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="history",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="OPENED: OPENED\nPROPOSED: PROPOSED\nPROPOSAL_UPDATED: PROPOSAL_UPDATED\nPROPOSAL_WITHDRAWN: PROPOSAL_WITHDRAWN\nPROPOSAL_EXPIRED: PROPOSAL_EXPIRED\nAWARDED: AWARDED\nFULFILLED: FULFILLED\nEXTENDED: EXTENDED\nCANCELLED: CANCELLED\nLAPSED: LAPSED\nREOPENED: REOPENED",
                        enum_type=DemandEventKind,
                        max_length=24,
                    ),
                ),
                (
                    "side",
                    fields.CharEnumField(
                        null=True,
                        description="CUSTOMER: CUSTOMER\nPROVIDER: PROVIDER\nSTAFF: STAFF",
                        enum_type=Side,
                        max_length=16,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
            ],
            options={
                "table": "core_demand_event",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("demand_id", "at"), name="core_demand_event_order"),
                    CheckConstraint(
                        check="\"kind\" in ('OPENED', 'PROPOSED', 'PROPOSAL_UPDATED', 'PROPOSAL_WITHDRAWN', 'PROPOSAL_EXPIRED', 'AWARDED', 'FULFILLED', 'EXTENDED', 'CANCELLED', 'LAPSED', 'REOPENED')",
                        name="core_demand_event_kind_valid",
                    ),
                    CheckConstraint(
                        check="\"side\" in ('CUSTOMER', 'PROVIDER', 'STAFF')",
                        name="core_demand_event_side_valid",
                    ),
                ],
                "indexes": [
                    Index(fields=["proposal_id", "id"], name="core_demand_event_proposal"),
                    Index(fields=["transaction_id", "id"], name="core_demand_event_transaction"),
                ],
                "pk_attr": "id",
                "table_description": "One thing that happened to a demand, as a sentence without personal data.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProposalMessage",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "proposal",
                    fields.ForeignKeyField(
                        "core.Proposal",
                        source_field="proposal_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "side",
                    fields.CharEnumField(
                        description="CUSTOMER: CUSTOMER\nPROVIDER: PROVIDER\nSTAFF: STAFF",
                        enum_type=Side,
                        max_length=16,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "core.ProviderMember",
                        source_field="member_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "staff",
                    fields.ForeignKeyField(
                        "core.Staff",
                        source_field="staff_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
            ],
            options={
                "table": "core_proposal_message",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"side\" in ('CUSTOMER', 'PROVIDER', 'STAFF')",
                        name="core_proposal_message_side_valid",
                    ),
                    CheckConstraint(
                        check='char_length("text") <= 4000', name="core_proposal_message_text_bounded"
                    ),
                ],
                "indexes": [
                    Index(fields=["proposal_id", "created_at", "id"], name="core_proposal_message_proposal"),
                    Index(fields=["member_id", "id"], name="core_proposal_message_member"),
                    Index(fields=["staff_id", "id"], name="core_proposal_message_staff"),
                ],
                "pk_attr": "id",
                "table_description": "What one side wrote to the other about a proposal.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(sql.INDEXES, sql.INDEXES_REVERSE),
        ops.RunSQL(sql.HISTORY, sql.HISTORY_REVERSE),
        ops.RunSQL(sql.ROLES, sql.ROLES_REVERSE),
    ]
