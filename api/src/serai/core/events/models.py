"""The table of the feed, as it is read; only the engines write it (`serai.engines.outbox`, `serai.engines.feed`)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from serai_sdk.orm import TortoiseModel, fields, new_id


class Event(TortoiseModel):
    """Something that happened, with its place among all that did once it is stamped."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    position = fields.DecimalField(max_digits=20, decimal_places=0)
    is_stamped = fields.BooleanField()
    type = fields.TextField(source_field="event")
    type_version = fields.IntField(source_field="event_version")
    aggregate_id = fields.TextField(source_field="subject", null=True)
    aggregate_version = fields.IntField()
    customer_id: fields.Field[UUID | None] = fields.UUIDField(null=True)
    provider_id: fields.Field[UUID | None] = fields.UUIDField(null=True)
    payload: fields.Field[dict[str, Any]] = fields.JSONField()
    actor: fields.Field[dict[str, Any]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "core_outbox"
