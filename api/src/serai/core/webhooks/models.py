"""Tables of webhooks and of what was and is to be delivered to them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from serai.core.constraints import condition, one_of
from serai.core.principals.models import Principal
from serai.core.providers.models import Provider
from serai.core.staff.models import Staff
from serai_sdk.orm import Index, Model, StrEnum, UniqueConstraint, fields


class WebhookState(StrEnum):
    """Whether a webhook is told what happens."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    REMOVED = "REMOVED"


WebhookState.ACTIVE.__doc__ = "It is told what happens."
WebhookState.PAUSED.__doc__ = (
    "It is told nothing for now; what happens meanwhile it is told when it is resumed."
)
WebhookState.REMOVED.__doc__ = "It is told nothing any more."


class WebhookDeliveryState(StrEnum):
    """Where a delivery is in its life."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


WebhookDeliveryState.WAITING.__doc__ = "It waits for its turn, is under way, or waits to be tried again."
WebhookDeliveryState.DELIVERED.__doc__ = "Its receiver has answered that it has it."
WebhookDeliveryState.DEAD.__doc__ = "It was tried as often as any is, and given up."


class Webhook(Model):
    """An address that is told what happens; exactly one of three says who registered it."""

    name = fields.CharField(100)
    address = fields.TextField()
    event_types: fields.Field[list[str]] = fields.JSONField(default=list)
    query = fields.TextField()
    state = fields.CharEnumField(WebhookState, max_length=16)
    reason: str | None = fields.TextField(null=True)
    secret = fields.TextField()
    earlier_secret: str | None = fields.TextField(null=True)
    earlier_until: datetime | None = fields.DatetimeField(null=True)
    position: fields.Field[Decimal] = fields.DecimalField(max_digits=20, decimal_places=0)
    failures = fields.IntField(default=0)
    not_before: datetime | None = fields.DatetimeField(null=True)
    provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="webhooks", null=True, on_delete=fields.RESTRICT
    )
    provider_id: UUID | None
    staff: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "core.Staff", related_name="webhooks", null=True, on_delete=fields.RESTRICT
    )
    staff_id: UUID | None
    principal: fields.ForeignKeyNullableRelation[Principal] = fields.ForeignKeyField(
        "core.Principal", related_name="webhooks", null=True, on_delete=fields.RESTRICT
    )
    principal_id: UUID | None

    class Meta:
        table = "core_webhook"
        indexes = (
            Index(fields=("created_at", "id"), name="core_webhook_created"),
            Index(fields=("state", "id"), name="core_webhook_state"),
            Index(fields=("provider_id", "id"), name="core_webhook_provider"),
            Index(fields=("staff_id", "id"), name="core_webhook_staff"),
            Index(fields=("principal_id", "id"), name="core_webhook_principal"),
        )
        constraints = (
            one_of("core_webhook", "state", WebhookState),
            condition("core_webhook", "owned", 'num_nonnulls("provider_id", "staff_id", "principal_id") = 1'),
            condition("core_webhook", "counted", '"failures" >= 0 and "position" >= 0'),
            condition("core_webhook", "earlier", '("earlier_secret" is null) = ("earlier_until" is null)'),
        )


class WebhookDelivery(Model):
    """An event that a webhook is told, was told or could not be told; its body is text, the same for ever."""

    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "core.Webhook", related_name="deliveries", on_delete=fields.RESTRICT
    )
    webhook_id: UUID
    event_id = fields.UUIDField()
    position: fields.Field[Decimal] = fields.DecimalField(max_digits=20, decimal_places=0)
    event_type = fields.TextField()
    aggregate_id: str | None = fields.TextField(null=True)
    happened_at = fields.DatetimeField()
    sequence = fields.TextField()
    state = fields.CharEnumField(WebhookDeliveryState, max_length=16)
    attempts = fields.IntField(default=0)
    body: str | None = fields.TextField(null=True)
    status: int | None = fields.IntField(null=True)
    error: str | None = fields.TextField(null=True)
    not_before: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "core_webhook_delivery"
        indexes = (
            Index(fields=("created_at", "id"), name="core_webhook_delivery_created"),
            Index(fields=("webhook_id", "position"), name="core_webhook_delivery_log"),
            Index(fields=("state", "position"), name="core_webhook_delivery_state"),
            Index(fields=("ended_at",), name="core_webhook_delivery_over"),
        )
        constraints = (
            UniqueConstraint(fields=("webhook_id", "event_id"), name="core_webhook_delivery_once"),
            one_of("core_webhook_delivery", "state", WebhookDeliveryState),
            condition("core_webhook_delivery", "counted", '"attempts" >= 0'),
            condition("core_webhook_delivery", "ended", '("state" = \'WAITING\') = ("ended_at" is null)'),
        )
