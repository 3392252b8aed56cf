"""Listeners: how far each is in the feed, and what it has still to do; operators see it."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from serai.core.listeners.models import ListenerCallState
from serai_sdk.orm import new_id

PLACES = """
create table core_listener (
  name text collate "C" primary key,
  position numeric(20, 0) not null,
  seen_at timestamptz not null
);

comment on table core_listener is 'Up to which position of the feed each listener has taken its events.';
"""

GRANT = """
update core_role
set permissions = permissions || '["listeners:read", "listeners:write"]'
where name = 'operator';
"""

REVOKE = """
update core_role
set permissions = permissions - 'listeners:read' - 'listeners:write';

update core_principal
set granted = granted - 'listeners:read' - 'listeners:write';
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0032_capacity_graph")]
    initial = False

    operations = [
        ops.CreateModel(
            name="ListenerCall",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("listener", fields.CharField(max_length=100)),
                ("event_id", fields.UUIDField()),
                ("position", fields.DecimalField(max_digits=20, decimal_places=0)),
                ("event_type", fields.TextField(unique=False)),
                ("aggregate_id", fields.TextField(null=True, unique=False)),
                ("sequence", fields.TextField(unique=False)),
                (
                    "state",
                    fields.CharEnumField(
                        description="WAITING: WAITING\nDEAD: DEAD", enum_type=ListenerCallState, max_length=16
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("error", fields.TextField(null=True, unique=False)),
                ("not_before", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "core_listener_call",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"state\" in ('WAITING', 'DEAD')", name="core_listener_call_state_valid"
                    ),
                    CheckConstraint(check='"attempts" >= 0', name="core_listener_call_counted"),
                ],
                "indexes": [
                    Index(fields=["listener", "state", "position"], name="core_listener_call_next"),
                    Index(fields=["listener", "sequence", "position"], name="core_listener_call_order"),
                    Index(fields=["created_at", "id"], name="core_listener_call_created"),
                    Index(fields=["event_id"], name="core_listener_call_event"),
                ],
                "pk_attr": "id",
                "table_description": "An event that a listener has to do; what is done is removed.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(PLACES, "drop table core_listener;"),
        ops.RunSQL(GRANT, REVOKE),
    ]
