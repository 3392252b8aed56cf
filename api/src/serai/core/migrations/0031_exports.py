"""Exports: a table, a trigger that has them follow their jobs, and who may ask for them."""

from json import loads
from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from serai.core.exports.models import ExportFormat, ExportState
from serai_sdk.orm import new_id

FOLLOW = """
create function core_export_follow() returns trigger language plpgsql as $$
begin
  update core_export
  set
    state = new.state,
    rows = new.done,
    error = new.error,
    ended_at = new.ended_at,
    query = case when new.ended_at is null then query end,
    variables = case when new.ended_at is null then variables end,
    operation = case when new.ended_at is null then operation end,
    updated_at = new.updated_at,
    version = version + 1
  where job_id = new.id;
  return null;
end
$$;

create trigger core_export_follow
after update on core_job
for each row when (new.name = 'core.export')
execute function core_export_follow();
"""

FOLLOW_REVERSE = """
drop trigger core_export_follow on core_job;
drop function core_export_follow;
"""

GRANT = """
update core_role
set permissions = permissions || '["exports:read", "exports:write"]'
where name = 'operator';

update core_role
set permissions = permissions || '["exports:write"]'
where name = 'analyst';
"""

REVOKE = """
update core_role
set permissions = permissions - 'exports:read' - 'exports:write';

update core_principal
set granted = granted - 'exports:read' - 'exports:write';
"""


def _instant(**more: Any) -> Any:
    return fields.DatetimeField(auto_now=False, auto_now_add=False, **more)


class Migration(migrations.Migration):
    dependencies = [("core", "0025_webhooks"), ("core", "0035_cities")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Export",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", _instant()),
                ("updated_at", _instant()),
                ("version", fields.IntField(default=1)),
                (
                    "staff",
                    fields.ForeignKeyField(
                        "core.Staff",
                        source_field="staff_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="exports",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "app",
                    fields.ForeignKeyField(
                        "core.Principal",
                        source_field="app_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="exports",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("job_id", fields.UUIDField()),
                ("name", fields.CharField(max_length=100)),
                (
                    "format",
                    fields.CharEnumField(
                        description="JSONL: JSONL\nCSV: CSV\nPARQUET: PARQUET",
                        enum_type=ExportFormat,
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description=(
                            "QUEUED: QUEUED\nRUNNING: RUNNING\nDONE: DONE\nFAILED: FAILED\n"
                            "CANCELLED: CANCELLED\nEXPIRED: EXPIRED"
                        ),
                        enum_type=ExportState,
                        max_length=10,
                    ),
                ),
                ("query", fields.TextField(null=True, unique=False)),
                ("variables", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("operation", fields.TextField(null=True, unique=False)),
                ("rights", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("rows", fields.BigIntField(default=0)),
                ("size", fields.DecimalField(null=True, max_digits=20, decimal_places=0)),
                ("error", fields.TextField(null=True, unique=False)),
                ("ended_at", _instant(null=True)),
                ("expires_at", _instant(null=True)),
            ],
            options={
                "table": "core_export",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"format\" in ('JSONL', 'CSV', 'PARQUET')", name="core_export_format_valid"
                    ),
                    CheckConstraint(
                        check=(
                            "\"state\" in ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED', 'EXPIRED')"
                        ),
                        name="core_export_state_valid",
                    ),
                    CheckConstraint(
                        check='("staff_id" is null) <> ("app_id" is null)', name="core_export_owned"
                    ),
                    CheckConstraint(
                        check='"rows" >= 0 and coalesce("size", 0) >= 0', name="core_export_counted"
                    ),
                ],
                "indexes": [
                    Index(fields=["staff_id", "created_at", "id"], name="core_export_staff"),
                    Index(fields=["app_id", "created_at", "id"], name="core_export_app"),
                    Index(fields=["job_id"], name="core_export_job"),
                    Index(fields=["ended_at"], name="core_export_over"),
                ],
                "pk_attr": "id",
                "table_description": "A list written into a file.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(FOLLOW, FOLLOW_REVERSE),
        ops.RunSQL(GRANT, REVOKE),
    ]
