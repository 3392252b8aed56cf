"""Forms and their versions; scenarios have a form, answers a version."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai.core.forms.models import FormStatus
from serai.core.migrations import _forms_sql as sql
from serai_sdk.orm import new_id


class Migration(migrations.Migration):
    dependencies = [("core", "0003_external_refs")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Form",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("title", fields.TextField(unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        default=FormStatus.ACTIVE,
                        description="ACTIVE: ACTIVE\nARCHIVED: ARCHIVED",
                        enum_type=FormStatus,
                        max_length=16,
                    ),
                ),
                ("current_version_id", fields.UUIDField()),
            ],
            options={
                "table": "core_form",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"status\" in ('ACTIVE', 'ARCHIVED')", name="core_form_status_valid"
                    ),
                    CheckConstraint(check="\"key\" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="core_form_key_valid"),
                ],
                "indexes": [
                    Index(fields=["status", "id"], name="core_form_status"),
                    Index(fields=["current_version_id"], name="core_form_current"),
                ],
                "pk_attr": "id",
                "table_description": "Questions asked under one name; the database sees to it that its current "
                "version is one of its own.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FormVersion",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                (
                    "form",
                    fields.ForeignKeyField(
                        "core.Form",
                        source_field="form_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="versions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("questions", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "core_form_version",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("form_id", "number"), name="core_form_version_number"),
                    CheckConstraint(check='"number" > 0', name="core_form_version_number_positive"),
                    CheckConstraint(
                        check="jsonb_typeof(\"questions\") = 'array'",
                        name="core_form_version_questions_listed",
                    ),
                ],
                "pk_attr": "id",
                "table_description": "What a form asked at one time; the database refuses to change it.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(sql.GUARDS, sql.GUARDS_REVERSE),
        ops.AddField(
            model_name="Scenario",
            name="form",
            field=fields.ForeignKeyField(
                "core.Form",
                source_field="form_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="scenarios",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex(model_name="Scenario", index=Index(fields=["form_id", "id"], name="core_scenario_form")),
        ops.AddField(
            model_name="Demand",
            name="form_version",
            field=fields.ForeignKeyField(
                "core.FormVersion",
                source_field="form_version_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="demands",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex(
            model_name="Demand",
            index=Index(fields=["form_version_id", "id"], name="core_demand_form_version"),
        ),
        ops.RunSQL(sql.CARRY_OVER, ops.RunSQL.noop),
        ops.RemoveConstraint(model_name="Scenario", name="core_scenario_questions_listed"),
        # so that on the way back the column comes empty and is filled before it may not be
        ops.AlterField(
            model_name="Scenario",
            name="questions",
            field=fields.JSONField(default=list, null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL(ops.RunSQL.noop, sql.CARRY_BACK),
        ops.RemoveField(model_name="Scenario", name="questions"),
        ops.RunSQL(sql.RIGHTS, sql.RIGHTS_REVERSE),
    ]
