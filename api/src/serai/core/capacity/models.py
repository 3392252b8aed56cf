"""Tables of capacity that the graph shows. Only the engine writes them, and the database holds it to the rules."""

from __future__ import annotations

from uuid import UUID

from serai.core.providers.models import Provider
from serai_sdk.orm import StrEnum, TortoiseModel, fields, new_id


class CapacityMeasure(StrEnum):
    """By what a resource is held."""

    DATE = "DATE"
    SLOT = "SLOT"
    TOTAL = "TOTAL"


class CapacityState(StrEnum):
    """Where a hold is in its life."""

    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class CapacityResource(TortoiseModel):
    """Something there is only so much of."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(60)
    is_unit = fields.BooleanField()
    measure = fields.CharEnumField(CapacityMeasure, max_length=8)
    step_s: int | None = fields.IntField(null=True)
    capacity = fields.IntField()
    opened_at = fields.DatetimeField()
    provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "core.Provider", related_name="capacity_resources", null=True, on_delete=fields.RESTRICT
    )
    provider_id: UUID | None

    class Meta:
        table = "core_capacity_resource"


class CapacityHold(TortoiseModel):
    """What is held of one or several resources, all or nothing."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    state = fields.CharEnumField(CapacityState, max_length=9)
    expires_at = fields.DatetimeField(null=True)
    reference = fields.CharField(200, null=True)
    content = fields.BinaryField()
    at = fields.DatetimeField()
    moved_at = fields.DatetimeField()

    class Meta:
        table = "core_capacity_hold"


class CapacityClaim(TortoiseModel):
    """What a hold claims of one resource."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hold: fields.ForeignKeyRelation[CapacityHold] = fields.ForeignKeyField(
        "core.CapacityHold", related_name="claims", on_delete=fields.RESTRICT
    )
    hold_id: UUID
    number = fields.SmallIntField()
    resource: fields.ForeignKeyRelation[CapacityResource] = fields.ForeignKeyField(
        "core.CapacityResource", related_name="claims", on_delete=fields.RESTRICT
    )
    resource_id: UUID
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    quantity = fields.IntField()
    is_unit = fields.BooleanField()
    is_live = fields.BooleanField()
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_capacity_claim"


class CapacityBlackout(TortoiseModel):
    """When a resource is not to be had."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    resource: fields.ForeignKeyRelation[CapacityResource] = fields.ForeignKeyField(
        "core.CapacityResource", related_name="blackouts", on_delete=fields.RESTRICT
    )
    resource_id: UUID
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    reason = fields.CharField(200, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "core_capacity_blackout"
