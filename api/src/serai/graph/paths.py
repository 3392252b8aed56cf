"""What links, filters, orders and searches of the graph read of tables, as an index would have to serve it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from .answers import is_answers
from .filters import FILTERS
from .registry import (
    ColumnField,
    ColumnRef,
    CompositeField,
    Entity,
    ExpressionField,
    Field,
    MoneyField,
    OneField,
    Registry,
)
from .search import COLUMN

if TYPE_CHECKING:
    from serai.storage.inspection import Inspection

__all__ = ["IndexPath", "Need", "index_paths"]


class Need(Enum):
    """What an index is needed for."""

    LINK = "link"
    FILTER = "filter"
    ORDER = "order"
    """Of text: by code points, which an index of another collation is no use for."""
    WORDS = "words"
    """What is looked into with GIN: searched words, answers by key."""


STATED: Final[Mapping[str, str]] = {
    "updatedAt": "it changes with every write, and each would pay for the index",
    "version": "it changes with every write, and each would pay for the index",
}
"""Why fields that every entity has are read without an index."""
TWO_VALUES: Final = "of two values each has too many rows for an index"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPath:
    """Columns of a table, and the field that reads them.

    Money has two: amounts compare within a currency. Of an expression there is none that an index could be made of by
    name. ``reason`` says why there need be no index. A link's rows are looked up for every row of another entity:
    without an index each page reads the whole table, so there is no reason for that.
    """

    table: str
    columns: tuple[str, ...]
    entity: str
    field: str
    plugin: str
    need: Need
    reason: str | None = None

    @property
    def statement(self) -> str | None:
        """What makes an index for it, where columns are enough for that."""
        if not self.columns:
            return None
        name = "_".join((self.table, *self.columns))[:63]
        listed = ", ".join(self.columns)
        match self.need:
            case Need.WORDS:
                return f"create index {name} on {self.table} using gin ({listed})"
            case Need.ORDER:
                return f'create index {name} on {self.table} ({listed} collate "C", id)'
        return f"create index {name} on {self.table} ({listed})"

    def is_served(self, inspection: Inspection) -> bool:
        """Whether there is an index for it."""
        return bool(self.columns) and inspection.has_index(
            self.table,
            self.columns,
            is_ordered_text=self.need is Need.ORDER,
            method="gin" if self.need is Need.WORDS else "btree",
        )


def index_paths(registry: Registry) -> list[IndexPath]:
    """Every path that a connection leads over, or that can be filtered, ordered or searched by: once a table and need.

    Of two fields over the same columns a link counts before a filter, and what has no reason before what has one.
    """
    found: dict[tuple[str, tuple[str, ...], bool, str], IndexPath] = {}
    for entity in registry.entities.values():
        for path in _of(entity):
            # a link's index serves its filter, too
            apart = path.need if path.need in (Need.ORDER, Need.WORDS) else None
            expression = "" if path.columns else path.field
            key = (path.table, path.columns, apart is not None, f"{apart}{expression}")
            known = found.get(key)
            if known is None or _weight(path) > _weight(known):
                found[key] = path
    return [found[key] for key in sorted(found)]


def _weight(path: IndexPath) -> tuple[bool, bool]:
    return path.need is Need.LINK, path.reason is None


def _of(entity: Entity) -> Iterator[IndexPath]:
    for one in entity.fields.values():
        yield from _read(entity, one, one.name)
    if entity.search and entity.base is None:
        yield _path(entity, (ColumnRef(COLUMN),), "search", entity.origin.plugin, Need.WORDS)


def _read(entity: Entity, one: Field, name: str) -> Iterator[IndexPath]:
    plugin = one.origin.plugin
    match one:
        case OneField():
            yield _path(entity, (one.column,), name, plugin, Need.LINK)
            return
        case CompositeField():
            for part in one.parts.values():
                yield from _read(entity, part, f"{name}.{part.name}")
            return
        case MoneyField() if one.filterable:
            made = _path(entity, (one.currency, one.minor), name, plugin, Need.FILTER)
        case ColumnField() if is_answers(one) and one.filterable:
            made = _path(entity, (one.column,), name, plugin, Need.WORDS)
        case ColumnField() | ExpressionField() if _is_asked(one):
            columns = (one.column,) if isinstance(one, ColumnField) else ()
            made = _path(entity, columns, name, plugin, Need.FILTER)
        case _:
            return
    made = replace(made, reason=_reason(entity, one, name))
    if one.filterable or not isinstance(one, ColumnField):
        yield made
    is_text = isinstance(one, ColumnField) and (one.leaf.textual or one.leaf.enum is not None)
    if is_text and one.orderable:
        yield replace(made, need=Need.ORDER)
    elif one.orderable and not one.filterable:
        yield made


def _is_asked(one: ColumnField | ExpressionField) -> bool:
    is_known = one.leaf.enum is not None or one.leaf.graphql in FILTERS
    return is_known and not one.many and (one.filterable or one.orderable)


def _reason(entity: Entity, one: Field, name: str) -> str | None:
    owner = entity
    if entity.base is not None and name.split(".")[0] in entity.base.fields:
        owner = entity.base
    if one.unindexed or owner.unindexed:
        return one.unindexed or owner.unindexed
    if isinstance(one, ColumnField | ExpressionField) and one.leaf.graphql == "Boolean":
        return TWO_VALUES
    return STATED.get(name)


def _path(entity: Entity, columns: tuple[ColumnRef, ...], name: str, plugin: str, need: Need) -> IndexPath:
    is_detail = any(one.detail is not None for one in columns)
    return IndexPath(
        table=entity.detail or entity.table if is_detail else entity.table,
        columns=tuple(one.name for one in columns),
        entity=entity.name,
        field=name,
        plugin=plugin,
        need=need,
    )
