"""Webhooks and the log of what they are told."""

# ruff: noqa: E501 (written by the autodetector)

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai.core.webhooks.models import WebhookDeliveryState, WebhookState
from serai_sdk.orm import new_id

WAITING = """
create index core_webhook_delivery_next on core_webhook_delivery (webhook_id, position) where state = 'WAITING';

create index core_webhook_delivery_order on core_webhook_delivery (webhook_id, sequence, position)
  where state = 'WAITING';
"""

WAITING_REVERSE = """
drop index core_webhook_delivery_order;
drop index core_webhook_delivery_next;
"""

GRANT = """
update core_role
set permissions = permissions || '["webhooks:read", "webhooks:write", "webhooks:register"]'
where name = 'operator';
"""

REVOKE = """
update core_role
set permissions = permissions - 'webhooks:read' - 'webhooks:write' - 'webhooks:register';

update core_principal
set granted = granted - 'webhooks:read' - 'webhooks:write' - 'webhooks:register';
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0028_listeners")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Webhook",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.CharField(max_length=100)),
                ("address", fields.TextField(unique=False)),
                ("event_types", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("query", fields.TextField(unique=False)),
                (
                    "state",
                    fields.CharEnumField(
                        description="ACTIVE: ACTIVE\nPAUSED: PAUSED\nREMOVED: REMOVED",
                        enum_type=WebhookState,
                        max_length=16,
                    ),
                ),
                ("reason", fields.TextField(null=True, unique=False)),
                ("secret", fields.TextField(unique=False)),
                ("earlier_secret", fields.TextField(null=True, unique=False)),
                ("earlier_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("position", fields.DecimalField(max_digits=20, decimal_places=0)),
                ("failures", fields.IntField(default=0)),
                ("not_before", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "core.Provider",
                        source_field="provider_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="webhooks",
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
                        related_name="webhooks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "principal",
                    fields.ForeignKeyField(
                        "core.Principal",
                        source_field="principal_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="webhooks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "core_webhook",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"state\" in ('ACTIVE', 'PAUSED', 'REMOVED')", name="core_webhook_state_valid"
                    ),
                    CheckConstraint(
                        check='num_nonnulls("provider_id", "staff_id", "principal_id") = 1',
                        name="core_webhook_owned",
                    ),
                    CheckConstraint(check='"failures" >= 0 and "position" >= 0', name="core_webhook_counted"),
                    CheckConstraint(
                        check='("earlier_secret" is null) = ("earlier_until" is null)',
                        name="core_webhook_earlier",
                    ),
                ],
                "indexes": [
                    Index(fields=["created_at", "id"], name="core_webhook_created"),
                    Index(fields=["state", "id"], name="core_webhook_state"),
                    Index(fields=["provider_id", "id"], name="core_webhook_provider"),
                    Index(fields=["staff_id", "id"], name="core_webhook_staff"),
                    Index(fields=["principal_id", "id"], name="core_webhook_principal"),
                ],
                "pk_attr": "id",
                "table_description": "An address that is told what happens; exactly one of three says who registered it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "webhook",
                    fields.ForeignKeyField(
                        "core.Webhook",
                        source_field="webhook_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="deliveries",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("event_id", fields.UUIDField()),
                ("position", fields.DecimalField(max_digits=20, decimal_places=0)),
                ("event_type", fields.TextField(unique=False)),
                ("aggregate_id", fields.TextField(null=True, unique=False)),
                ("happened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sequence", fields.TextField(unique=False)),
                (
                    "state",
                    fields.CharEnumField(
                        description="WAITING: WAITING\nDELIVERED: DELIVERED\nDEAD: DEAD",
                        enum_type=WebhookDeliveryState,
                        max_length=16,
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("body", fields.TextField(null=True, unique=False)),
                ("status", fields.IntField(null=True)),
                ("error", fields.TextField(null=True, unique=False)),
                ("not_before", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "core_webhook_delivery",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("webhook_id", "event_id"), name="core_webhook_delivery_once"),
                    CheckConstraint(
                        check="\"state\" in ('WAITING', 'DELIVERED', 'DEAD')",
                        name="core_webhook_delivery_state_valid",
                    ),
                    CheckConstraint(check='"attempts" >= 0', name="core_webhook_delivery_counted"),
                    CheckConstraint(
                        check='("state" = \'WAITING\') = ("ended_at" is null)',
                        name="core_webhook_delivery_ended",
                    ),
                ],
                "indexes": [
                    Index(fields=["created_at", "id"], name="core_webhook_delivery_created"),
                    Index(fields=["webhook_id", "position"], name="core_webhook_delivery_log"),
                    Index(fields=["state", "position"], name="core_webhook_delivery_state"),
                    Index(fields=["ended_at"], name="core_webhook_delivery_over"),
                ],
                "pk_attr": "id",
                "table_description": "An event that a webhook is told, was told or could not be told; its body is text, the same for ever.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(WAITING, WAITING_REVERSE),
        ops.RunSQL(GRANT, REVOKE),
    ]
