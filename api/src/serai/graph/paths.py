"""The columns that links, orders and filters of the graph read, as an index would have to serve them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .registry import ColumnField, Entity, OneField, Registry

__all__ = ["IndexPath", "index_paths"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPath:
    """A column of a table, and the field that reads it.

    ``is_link`` says that rows are looked up by it for every row of another entity: without an index each page reads
    the whole table.
    """

    table: str
    column: str
    entity: str
    field: str
    plugin: str
    is_link: bool

    @property
    def statement(self) -> str:
        """What makes an index for it."""
        return f"create index {f'{self.table}_{self.column}'[:63]} on {self.table} ({self.column})"


def index_paths(registry: Registry) -> list[IndexPath]:
    """Every column that a connection leads over, or that can be filtered or ordered by, once a table."""
    found: dict[tuple[str, str], IndexPath] = {}
    for entity in registry.entities.values():
        for path in _of(entity):
            known = found.get((path.table, path.column))
            if known is None or (path.is_link and not known.is_link):
                found[path.table, path.column] = path
    return [found[key] for key in sorted(found)]


def _of(entity: Entity) -> Iterator[IndexPath]:
    for field in entity.fields.values():
        match field:
            case OneField():
                is_link = True
            case ColumnField() if (field.filterable or field.orderable) and not field.many:
                is_link = False
            case _:
                continue
        if field.column.detail is None:
            yield IndexPath(
                table=entity.table,
                column=field.column.name,
                entity=entity.name,
                field=field.name,
                plugin=field.origin.plugin,
                is_link=is_link,
            )
