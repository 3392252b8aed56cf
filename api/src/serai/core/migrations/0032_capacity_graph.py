"""Resources and holds in the graph: whose a resource is, an id for every claim, and who may see and change them."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from serai.core.capacity.models import CapacityMeasure, CapacityState
from serai_sdk.orm import new_id

COLUMNS = """
alter table core_capacity_resource add column provider_id uuid references core_provider (id) on delete restrict;

create index core_capacity_resource_provider on core_capacity_resource (provider_id, id);

update core_capacity_resource r
set provider_id = o.provider_id
from core_offer o
where o.id = r.id;

alter table core_capacity_claim
  add column id uuid not null generated always as (md5(hold_id::text || ':' || number::text)::uuid) stored;

create unique index core_capacity_claim_id on core_capacity_claim (id);

create index core_capacity_claim_resource on core_capacity_claim (resource_id, starts_at, id);

create index core_capacity_blackout_resource on core_capacity_blackout (resource_id, starts_at, id);
"""

COLUMNS_REVERSE = """
drop index core_capacity_blackout_resource;
drop index core_capacity_claim_resource;
alter table core_capacity_claim drop column id;
alter table core_capacity_resource drop column provider_id;
"""

GRANT = """
update core_role
set permissions = permissions || '["capacity:read", "capacity:write"]'
where name = 'operator';

update core_role
set permissions = permissions || '["capacity:read"]'
where name in ('analyst', 'support');
"""

REVOKE = """
update core_role
set permissions = permissions - 'capacity:read' - 'capacity:write';

update core_principal
set granted = granted - 'capacity:read' - 'capacity:write';
"""


class KnownModel(ops.CreateModel):
    """A model of a table that is there already: only what is known of it is new."""

    async def database_forward(self, *args: Any, **more: Any) -> None:
        return

    async def database_backward(self, *args: Any, **more: Any) -> None:
        return


def _instant(**more: Any) -> Any:
    return fields.DatetimeField(auto_now=False, auto_now_add=False, **more)


def _link(model: str, column: str, related: str, **more: Any) -> Any:
    return fields.ForeignKeyField(
        model,
        source_field=column,
        db_constraint=True,
        to_field="id",
        related_name=related,
        on_delete=OnDelete.RESTRICT,
        **more,
    )


def _known(name: str, table: str, told: str, *columns: tuple[str, Any]) -> KnownModel:
    key = ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True))
    return KnownModel(
        name=name,
        fields=[key, *columns],
        options={"table": table, "app": "core", "pk_attr": "id", "table_description": told},
        bases=["Model"],
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0027_capacity_over")]
    initial = False

    operations = [
        ops.RunSQL(COLUMNS, COLUMNS_REVERSE),
        _known(
            "CapacityResource",
            "core_capacity_resource",
            "Something there is only so much of.",
            ("kind", fields.CharField(max_length=60)),
            ("is_unit", fields.BooleanField()),
            (
                "measure",
                fields.CharEnumField(
                    description="DATE: DATE\nSLOT: SLOT\nTOTAL: TOTAL",
                    enum_type=CapacityMeasure,
                    max_length=8,
                ),
            ),
            ("step_s", fields.IntField(null=True)),
            ("capacity", fields.IntField()),
            ("opened_at", _instant()),
            ("provider", _link("core.Provider", "provider_id", "capacity_resources", null=True)),
        ),
        _known(
            "CapacityHold",
            "core_capacity_hold",
            "What is held of one or several resources, all or nothing.",
            (
                "state",
                fields.CharEnumField(
                    description="HELD: HELD\nCONFIRMED: CONFIRMED\nRELEASED: RELEASED\nEXPIRED: EXPIRED",
                    enum_type=CapacityState,
                    max_length=9,
                ),
            ),
            ("expires_at", _instant(null=True)),
            ("reference", fields.CharField(null=True, max_length=200)),
            ("content", fields.BinaryField()),
            ("at", _instant()),
            ("moved_at", _instant()),
        ),
        _known(
            "CapacityClaim",
            "core_capacity_claim",
            "What a hold claims of one resource.",
            ("hold", _link("core.CapacityHold", "hold_id", "claims")),
            ("number", fields.SmallIntField()),
            ("resource", _link("core.CapacityResource", "resource_id", "claims")),
            ("starts_at", _instant(null=True)),
            ("ends_at", _instant(null=True)),
            ("quantity", fields.IntField()),
            ("is_unit", fields.BooleanField()),
            ("is_live", fields.BooleanField()),
            ("expires_at", _instant(null=True)),
        ),
        _known(
            "CapacityBlackout",
            "core_capacity_blackout",
            "When a resource is not to be had.",
            ("resource", _link("core.CapacityResource", "resource_id", "blackouts")),
            ("starts_at", _instant(null=True)),
            ("ends_at", _instant(null=True)),
            ("reason", fields.CharField(null=True, max_length=200)),
            ("at", _instant()),
        ),
        ops.RunSQL(GRANT, REVOKE),
    ]
