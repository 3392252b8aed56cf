"""The feed: events get a place in one order, and who may read them of their own; a function stamps them."""

from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from serai.core.migrations import _feed_sql as sql
from serai_sdk.orm import new_id


class KnowModel(ops.CreateModel):
    """A model over a view that is made in SQL."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        return None

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        return None


class Migration(migrations.Migration):
    dependencies = [("core", "0011_search"), ("core", "0020_ledger")]
    initial = False

    operations = [
        ops.RunSQL(sql.COLUMNS, sql.COLUMNS_REVERSE),
        ops.RunSQL(sql.STAMP, sql.STAMP_REVERSE),
        KnowModel(
            name="Event",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("position", fields.DecimalField(max_digits=20, decimal_places=0)),
                ("type", fields.TextField()),
                ("type_version", fields.IntField()),
                ("aggregate_id", fields.TextField(null=True)),
                ("aggregate_version", fields.IntField()),
                ("customer_id", fields.UUIDField(null=True)),
                ("provider_id", fields.UUIDField(null=True)),
                ("payload", fields.JSONField()),
                ("actor", fields.JSONField()),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "core_event",
                "app": "core",
                "pk_attr": "id",
                "table_description": "Something that happened, with its place among all that did.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(sql.ROLES, sql.ROLES_REVERSE),
    ]
