"""Jobs, and the queue they wait in."""

# ruff: noqa: E501 (written by the autodetector)

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from serai.core.jobs.models import JobState
from serai.core.migrations import _jobs_sql as sql
from serai_sdk.orm import new_id


class Migration(migrations.Migration):
    dependencies = [("core", "0024_feed")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("name", fields.CharField(max_length=100)),
                (
                    "state",
                    fields.CharEnumField(
                        description="QUEUED: QUEUED\nRUNNING: RUNNING\nDONE: DONE\nFAILED: FAILED\nCANCELLED: CANCELLED",
                        enum_type=JobState,
                        max_length=16,
                    ),
                ),
                ("given", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("queue_id", fields.BigIntField(null=True)),
                ("priority", fields.IntField(default=0)),
                ("attempts", fields.IntField(default=0)),
                ("done", fields.BigIntField(default=0)),
                ("total", fields.BigIntField(null=True)),
                ("error", fields.TextField(null=True, unique=False)),
                ("not_before", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "core_job",
                "app": "core",
                "constraints": [
                    CheckConstraint(
                        check="\"state\" in ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')",
                        name="core_job_state_valid",
                    ),
                    CheckConstraint(
                        check='"attempts" >= 0 and "done" >= 0 and coalesce("total", 0) >= 0',
                        name="core_job_counted",
                    ),
                    CheckConstraint(
                        check="(\"state\" in ('DONE', 'FAILED', 'CANCELLED')) = (\"ended_at\" is not null)",
                        name="core_job_ended",
                    ),
                ],
                "indexes": [
                    Index(fields=["created_at", "id"], name="core_job_created"),
                    Index(fields=["state", "created_at", "id"], name="core_job_state"),
                    Index(fields=["ended_at"], name="core_job_over"),
                ],
                "pk_attr": "id",
                "table_description": "Work that a worker does, did, or was told not to do.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(sql.QUEUE, sql.QUEUE_REVERSE),
    ]
