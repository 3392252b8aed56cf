"""The view of the feed; only the engines write it (`serai.engines.outbox`, `serai.engines.feed`)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from serai_sdk.orm import TortoiseModel, fields, new_id


class Event(TortoiseModel):
    """Something that happened, with its place among all that did."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    position = fields.DecimalField(max_digits=20, decimal_places=0)
    type = fields.TextField()
    type_version = fields.IntField()
    aggregate_id = fields.TextField(null=True)
    aggregate_version = fields.IntField()
    customer_id: fields.Field[UUID | None] = fields.UUIDField(null=True)
    provider_id: fields.Field[UUID | None] = fields.UUIDField(null=True)
    payload: fields.Field[dict[str, Any]] = fields.JSONField()
    actor: fields.Field[dict[str, Any]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "core_event"
