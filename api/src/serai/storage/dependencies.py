"""Whether migrations name what they need: a link to another app's table needs that table made first."""

from __future__ import annotations

from collections.abc import Iterator

from tortoise.fields.relational import RelationalField
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import AddField, AlterField, CreateModel

__all__ = ["undeclared_dependencies"]


def undeclared_dependencies(graph: MigrationGraph) -> list[str]:
    """One line for each migration that links to a model which none of its dependencies makes."""
    missing = []
    for key, migration in sorted(graph.nodes.items()):
        if migration is None:
            continue
        made = {model for before in graph.forwards_plan(key) for model in _made(before, graph.nodes[before])}
        missing += [
            f"{key} links to {model}, which no migration it depends on makes"
            for model in sorted(set(_linked(migration)) - made)
            if model.partition(".")[0] != key.app_label
        ]
    return missing


def _made(key: MigrationKey, migration: Migration | None) -> Iterator[str]:
    for operation in migration.operations if migration else ():
        if isinstance(operation, CreateModel):
            yield f"{key.app_label}.{operation.name}"


def _linked(migration: Migration) -> Iterator[str]:
    for operation in migration.operations:
        if isinstance(operation, CreateModel):
            fields = [field for _, field in operation.fields]
        elif isinstance(operation, AddField | AlterField):
            fields = [operation.field]
        else:
            continue
        for field in fields:
            target = getattr(field, "model_name", None)
            if isinstance(field, RelationalField) and isinstance(target, str):
                yield target
