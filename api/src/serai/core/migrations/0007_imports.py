"""Runs of imports and saved mappings."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from serai_sdk.orm import new_id

GRANT = """
update core_role
set permissions = permissions || '["imports:read", "imports:write"]'
where name = 'operator'
"""

REVOKE = """
update core_role
set permissions = permissions - 'imports:read' - 'imports:write'
where name = 'operator'
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_people")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Import",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("noun", fields.CharField(max_length=40)),
                ("source", fields.CharField(max_length=100)),
                ("rows", fields.IntField()),
                ("new", fields.IntField()),
                ("changed", fields.IntField()),
                ("unchanged", fields.IntField()),
                ("forgotten", fields.IntField(default=0)),
                ("failed", fields.IntField()),
            ],
            options={
                "table": "core_import",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check='"rows" = "new" + "changed" + "unchanged" + "forgotten" + "failed"',
                        name="core_import_counted",
                    )
                ],
                "indexes": [
                    Index(fields=["created_at", "id"], name="core_import_created"),
                    Index(fields=["noun", "source", "created_at"], name="core_import_noun"),
                ],
                "pk_attr": "id",
                "table_description": "A run of an import that changed something: how many rows, never which.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.CharField(max_length=100)),
                ("noun", fields.CharField(max_length=40)),
                ("source", fields.CharField(null=True, max_length=100)),
                ("columns", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("settings", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "core_import_mapping",
                "app": "core",
                "constraints": [
                    UniqueConstraint(fields=("noun", "name"), name="core_import_mapping_name"),
                ],
                "pk_attr": "id",
                "table_description": "How the columns of a file are read, under a name to use again.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GRANT, REVOKE),
    ]
