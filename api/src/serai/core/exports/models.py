"""Table of exports: what is asked for until it is made, and what became of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from serai.core.constraints import condition, one_of
from serai.core.principals.models import Principal
from serai.core.staff.models import Staff
from serai_sdk.orm import Index, Model, StrEnum, fields


class ExportFormat(StrEnum):
    """How the rows of an export are written."""

    JSONL = "JSONL"
    CSV = "CSV"
    PARQUET = "PARQUET"


ExportFormat.JSONL.__doc__ = "Each row as the graph writes it, a line each."
ExportFormat.CSV.__doc__ = "A table: objects below a row become columns with dots, lists are JSON."
ExportFormat.PARQUET.__doc__ = "The same columns with types."


class ExportState(StrEnum):
    """Where an export is in its life."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


ExportState.QUEUED.__doc__ = "It waits for a worker."
ExportState.RUNNING.__doc__ = "Its rows are being written."
ExportState.DONE.__doc__ = "Its file can be fetched."
ExportState.FAILED.__doc__ = "It was given up; `error` says why."
ExportState.CANCELLED.__doc__ = "It was cancelled before it was done."
ExportState.EXPIRED.__doc__ = "It was done; its file can no longer be fetched."


class Export(Model):
    """A list written into a file.

    A trigger has `state`, `rows` and `error` follow the job that makes it, and removes the query once it is over.
    `rights` are the permissions that decided what the file holds.
    """

    staff: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "core.Staff", related_name="exports", null=True, on_delete=fields.RESTRICT
    )
    staff_id: UUID | None
    app: fields.ForeignKeyNullableRelation[Principal] = fields.ForeignKeyField(
        "core.Principal", related_name="exports", null=True, on_delete=fields.RESTRICT
    )
    app_id: UUID | None
    job_id = fields.UUIDField()
    name = fields.CharField(100)
    format = fields.CharEnumField(ExportFormat, max_length=8)
    state = fields.CharEnumField(ExportState, max_length=10)
    query: str | None = fields.TextField(null=True)
    variables: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    operation: str | None = fields.TextField(null=True)
    rights: fields.Field[list[str]] = fields.JSONField(default=list)
    rows = fields.BigIntField(default=0)
    size: Decimal | None = fields.DecimalField(max_digits=20, decimal_places=0, null=True)
    error: str | None = fields.TextField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    expires_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "core_export"
        indexes = (
            Index(fields=("staff_id", "created_at", "id"), name="core_export_staff"),
            Index(fields=("app_id", "created_at", "id"), name="core_export_app"),
            Index(fields=("job_id",), name="core_export_job"),
            Index(fields=("ended_at",), name="core_export_over"),
        )
        constraints = (
            one_of("core_export", "format", ExportFormat),
            one_of("core_export", "state", ExportState),
            condition("core_export", "owned", '("staff_id" is null) <> ("app_id" is null)'),
            condition("core_export", "counted", '"rows" >= 0 and coalesce("size", 0) >= 0'),
        )
