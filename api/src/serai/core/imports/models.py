"""Tables of imports that changed something, and of saved mappings."""

from __future__ import annotations

from typing import Any

from serai.core.constraints import condition
from serai_sdk.orm import Index, Model, UniqueConstraint, fields


class Import(Model):
    """A run of an import that changed something: how many rows, never which."""

    noun = fields.CharField(40)
    source = fields.CharField(100)
    rows = fields.IntField()
    new = fields.IntField()
    changed = fields.IntField()
    unchanged = fields.IntField()
    forgotten = fields.IntField(default=0)
    failed = fields.IntField()

    class Meta:
        table = "core_import"
        indexes = (
            Index(fields=("created_at", "id"), name="core_import_created"),
            Index(fields=("noun", "source", "created_at"), name="core_import_noun"),
        )
        constraints = (
            condition(
                "core_import", "counted", '"rows" = "new" + "changed" + "unchanged" + "forgotten" + "failed"'
            ),
        )


class ImportMapping(Model):
    """How the columns of a file are read, under a name to use again."""

    name = fields.CharField(100)
    noun = fields.CharField(40)
    source: fields.Field[str | None] = fields.CharField(100, null=True)
    columns: fields.Field[list[dict[str, str]]] = fields.JSONField(default=list)
    settings: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)

    class Meta:
        table = "core_import_mapping"
        constraints = (UniqueConstraint(fields=("noun", "name"), name="core_import_mapping_name"),)
