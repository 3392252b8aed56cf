"""What stands on customers' timelines: the ``Timeline`` records of all plug-ins, checked, with their columns found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from serai.graph.findings import Problem
from serai.graph.leaves import INSTANT
from serai.graph.registry import ColumnField, Entity, Field, OneField, Registry
from serai_sdk import Graph, Timeline

__all__ = ["Source", "sources"]

CUSTOMER: Final = "Customer"
KIND: Final = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+")
LONGEST_TITLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows that stand on timelines, as SQL over the alias ``t``.

    ``where`` is what a viewer must be able to see besides the row, as a filter of the graph: the links that lead to the
    customer, and the instant if it is guarded.
    """

    entity: str
    plugin: str
    kind: str
    title: str
    tables: str
    customer: str
    at: str
    where: Mapping[str, Any]

    @property
    def sight(self) -> tuple[str, str]:
        """What sources have in common whose rows are seen under the same condition."""
        return self.entity, repr(self.where)


class Unusable(Exception):
    """A record that cannot be, with the way to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def sources(
    registry: Registry, graphs: Mapping[str, Sequence[Graph]]
) -> tuple[tuple[Source, ...], list[Problem]]:
    """All that stands on timelines, by kind, and what is wrong with the records."""
    found: dict[str, tuple[Source, Timeline]] = {}
    problems: list[Problem] = []
    for plugin, one in _records(graphs):
        try:
            source = _source(registry, plugin, one)
            known = found.setdefault(source.kind, (source, one))
            if known[1] is not one:
                raise Unusable(
                    f"is of the kind {one.kind!r}, as that at {known[1].origin}", "give it a kind of its own"
                )
        except Unusable as error:
            message = f"the timeline of {one.entity} {error.message}"
            problems.append(Problem(plugin, message, error.hint, one.origin))
    return tuple(source for source, _ in (found[kind] for kind in sorted(found))), problems


def _records(graphs: Mapping[str, Sequence[Graph]]) -> Iterator[tuple[str, Timeline]]:
    for plugin in sorted(graphs, key=lambda id: (id != "core", id)):
        for graph in graphs[plugin]:
            for one in graph.timelines:
                yield plugin, one


def _source(registry: Registry, plugin: str, one: Timeline) -> Source:
    entity = registry.entities.get(one.entity)
    if entity is None:
        raise Unusable(
            "names an entity that does not exist", f"there are {', '.join(sorted(registry.entities))}"
        )
    if entity.base is not None or entity.discriminator is not None:
        raise Unusable("is over kinds of one interface, which belong to no customer", "name another entity")
    _check_words(plugin, one)
    tables, customer, where = _customer(registry, entity, one)
    at = _field(entity, one.at)
    if not isinstance(at, ColumnField) or at.leaf is not INSTANT or at.many:
        instants = [each.python for each in _columns(entity)]
        raise Unusable(
            f"stands at {one.at!r}, which is no column with an instant",
            f"{entity.name} has {', '.join(instants) or 'none: declare a column of the type datetime'}",
        )
    if at.guard is not None:
        where = {**where, at.name: {"isNull": False}}
    return Source(
        entity=entity.name,
        plugin=plugin,
        kind=one.kind,
        title=one.title,
        tables=tables,
        customer=customer,
        at=f"t.{at.column.name}",
        where=where,
    )


def _customer(registry: Registry, entity: Entity, one: Timeline) -> tuple[str, str, dict[str, Any]]:
    """The tables that lead to the customer, the column with its id, and the links on the way as a filter."""
    tables, alias = f"{entity.table} t", "t"
    if entity.name == CUSTOMER and one.customer == "id":
        return tables, "t.id", {}
    links: list[str] = []
    near = entity
    path = one.customer.split(".")
    for number, step in enumerate(path, start=1):
        link = _field(near, step)
        if not isinstance(link, OneField):
            to_one = [each.python for each in near.fields.values() if isinstance(each, OneField)]
            raise Unusable(
                f"finds its customer by {one.customer!r}, but {step!r} is no to-one link of {near.name}",
                f"{near.name} has {', '.join(sorted(to_one)) or 'no to-one links'}",
            )
        links.append(link.name)
        near = registry.entities[link.target]
        if number == len(path):
            customer = f"{alias}.{link.column.name}"
        else:
            tables += f" join {near.table} t{number} on t{number}.id = {alias}.{link.column.name}"
            alias = f"t{number}"
    if near.name != CUSTOMER:
        raise Unusable(
            f"finds its customer by {one.customer!r}, which leads to {near.name}",
            f"name a to-one link to {CUSTOMER}, or a path that ends at one: transaction.customer",
        )
    where: dict[str, Any] = {}
    for name in reversed(links):
        where = {name: where}
    return tables, customer, where


def _check_words(plugin: str, one: Timeline) -> None:
    if not KIND.fullmatch(one.kind):
        raise Unusable(f"is of the kind {one.kind!r}", 'write it like "booking.placed"')
    if plugin != "core" and not one.kind.startswith(f"{plugin}."):
        raise Unusable(
            f"is of the kind {one.kind!r}, which does not begin with its plug-in's id",
            f"call it {plugin}.{one.kind.partition('.')[2]}",
        )
    if not one.title.strip() or len(one.title) > LONGEST_TITLE:
        raise Unusable(
            f"has the title {one.title[:LONGEST_TITLE]!r}",
            f"say in a few English words what happened, in at most {LONGEST_TITLE} characters",
        )


def _field(entity: Entity, python: str) -> Field | None:
    return entity.by_python(python)


def _columns(entity: Entity) -> list[ColumnField]:
    return [
        one
        for one in entity.fields.values()
        if isinstance(one, ColumnField) and one.leaf is INSTANT and not one.many
    ]
