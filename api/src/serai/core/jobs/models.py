"""Table of jobs, for as long as they are told of; which is next in the queue is PgQueuer's to know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from serai.core.constraints import condition, one_of
from serai_sdk.orm import Index, Model, StrEnum, fields


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Job(Model):
    """Work that a worker does, did, or was told not to do."""

    name = fields.CharField(100)
    state = fields.CharEnumField(JobState, max_length=16)
    given: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)
    queue_id: int | None = fields.BigIntField(null=True)
    priority = fields.IntField(default=0)
    attempts = fields.IntField(default=0)
    done = fields.BigIntField(default=0)
    total: int | None = fields.BigIntField(null=True)
    error: str | None = fields.TextField(null=True)
    not_before: datetime | None = fields.DatetimeField(null=True)
    started_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "core_job"
        indexes = (
            Index(fields=("created_at", "id"), name="core_job_created"),
            Index(fields=("state", "created_at", "id"), name="core_job_state"),
            Index(fields=("ended_at",), name="core_job_over"),
        )
        constraints = (
            one_of("core_job", "state", JobState),
            condition("core_job", "counted", '"attempts" >= 0 and "done" >= 0 and coalesce("total", 0) >= 0'),
            condition(
                "core_job",
                "ended",
                "(\"state\" in ('DONE', 'FAILED', 'CANCELLED')) = (\"ended_at\" is not null)",
            ),
        )
