"""From what plug-ins declare to the registry: names made final, links found, columns looked up, all problems collected.

Nothing here stops at the first problem: the whole list goes to whoever has to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tortoise.fields import DatetimeField
from tortoise.fields.relational import ForeignKeyFieldInstance

from serai_sdk.access import AllOf, Anyone
from serai_sdk.declare import (
    Declared,
)
from serai_sdk.entity import EntityRecord, ExtendRecord

from .findings import Contribution, Problem
from .registry import (
    ColumnField,
    ColumnRef,
    Entity,
    IdField,
    Registry,
)
from .roots import RootResolver

__all__ = ["Contribution", "resolve"]


def resolve(contributions: Sequence[Contribution]) -> tuple[Registry, list[Problem]]:
    """The registry of all contributions, and everything that is wrong with them; their order is of no account."""
    resolver = _Resolver(sorted(contributions, key=lambda one: (one.plugin != "core", one.plugin)))
    resolver.run()
    return resolver.registry, resolver.problems


class _Resolver(RootResolver):
    def __init__(self, contributions: Sequence[Contribution]) -> None:
        super().__init__(contributions)
        self.records: dict[str, tuple[str, EntityRecord]] = {}

    def run(self) -> None:
        entities = [
            (one.plugin, _record(cls, "__serai_entity__", EntityRecord))
            for one in self.contributions
            for graph in one.graphs
            for cls in graph.entities
        ]
        for plugin, record in entities:
            self.plugin = plugin
            self.admit(record)
        self.resolve_own()
        self.resolve_extensions()
        self.resolve_links()
        self.resolve_roots()
        self.check_values()
        self.check_rules()

    # -- entities

    def admit(self, record: EntityRecord) -> None:
        if not self.claim(record.name, record.origin):
            return
        if record.access is None and record.kind_of is None:
            self.problem(
                f"entity {record.name} has no access rule",
                "say who may see its rows: @entity(..., access=permission(...) | own(...)); anyone() if all may",
                record.origin,
            )
        table = record.model._meta.db_table
        if not table:
            self.problem(
                f"the model of {record.name} names no table",
                "set Meta.table, prefixed with the plug-in's id",
                record.origin,
            )
        if record.kind_of is None:
            clash = self.registry.prefixes.get(record.prefix)
            if clash is not None:
                self.problem(
                    f"entities {record.name} and {clash.name} both use the id prefix {record.prefix!r}",
                    "choose another prefix; ids already given out keep theirs",
                    record.origin,
                    clash.origin,
                )
        entity = Entity(
            name=record.name,
            description=record.description,
            origin=record.origin,
            table=table,
            prefix=record.prefix,
            rule=record.access or Anyone(),
            discriminator=record.discriminator,
            kind=record.kind,
            key=_key(record),
            unindexed=record.unindexed,
        )
        self.registry.entities[record.name] = entity
        if record.kind_of is None:
            self.registry.prefixes.setdefault(record.prefix, entity)
        self.records[record.name] = (self.plugin, record)
        self.columns[record.name] = _columns(record, record.kind)
        self.instants[record.name] = frozenset(
            name for name, one in record.model._meta.fields_map.items() if isinstance(one, DatetimeField)
        )

    def resolve_own(self) -> None:
        plain = [one for one in self.records.items() if one[1][1].kind_of is None]
        kinds = [one for one in self.records.items() if one[1][1].kind_of is not None]
        for name, (plugin, record) in plain:
            self.plugin = plugin
            self.fill(self.registry.entities[name], record)
        for name, (plugin, record) in kinds:
            self.plugin = plugin
            self.attach_kind(self.registry.entities[name], record)

    def fill(self, entity: Entity, record: EntityRecord) -> None:
        entity.columns = {name: ref for name, (ref, _) in self.columns[entity.name].items()}
        if entity.base is None:
            entity.fields["id"] = IdField(
                name="id", python="id", description="The opaque id, for `node` and wherever an id is asked for.",
                origin=record.origin,
            )  # fmt: skip
        for declared in record.fields:
            self.add_field(entity, declared, extension=False)
        entity.order = self.order(entity, record.order, record.origin)
        entity.search = entity.base.search if entity.base else self.searched(entity, record)

    def searched(self, entity: Entity, record: EntityRecord) -> dict[str, str]:
        """The columns that are searched, with their weights: of text, and seen by whoever sees the row."""
        found: dict[str, str] = {}
        for name, weight in record.search.items():
            one = entity.by_python(name)
            if not isinstance(one, ColumnField) or one.many or one.leaf.python is not str:
                self.problem(
                    f"{entity.name} is searched by {name!r}, which is no column of text declared in it",
                    "name attributes of the class that are column() of str",
                    record.origin,
                )
            elif one.guard is not None:
                self.problem(
                    f"{entity.name} is searched by {name!r}, which not everybody sees who sees the row",
                    "leave it out: that a row is found would tell what is in it",
                    record.origin,
                )
            else:
                found[one.column.name] = weight
        return found

    def attach_kind(self, entity: Entity, record: EntityRecord) -> None:
        base = self.registry.entities.get(record.kind_of or "")
        if base is None or base.discriminator is None:
            self.problem(
                f"{entity.name} is a kind of {record.kind_of}, which is not an interface entity here",
                "load the plug-in that declares it",
                record.origin,
            )
            del self.registry.entities[entity.name]
            return
        kind = record.kind or ""
        if kind in base.kinds:
            other = base.kinds[kind]
            self.problem(
                f"{entity.name} and {other.name} are both the kind {kind!r} of {base.name}",
                "prefix the kind with the plug-in's id",
                record.origin,
                other.origin,
            )
            return
        taken = base.fields.get(entity.argument)
        if taken is not None:
            self.problem(
                f"{base.name}.{taken.name} has the name by which rows of the kind {entity.name} are filtered",
                "rename one of them",
                record.origin,
                taken.origin,
            )
        base.kinds[kind] = entity
        entity.detail, entity.table, entity.base = entity.table, base.table, base
        entity.prefix = base.prefix
        entity.rule = AllOf((base.rule, record.access)) if record.access else base.rule
        entity.own_rule = record.access
        self.columns[entity.name] = {**self.columns[entity.name], **self.columns[base.name]}
        self.instants[entity.name] |= self.instants[base.name]
        entity.fields.update(base.fields)
        self.fill(entity, record)

    # -- fields

    def add_field(self, entity: Entity, declared: Declared, *, extension: bool) -> None:
        name = declared.final_name
        existing = entity.fields.get(name)
        if existing is not None:
            self.problem(
                f"{entity.name}.{name} is declared twice: by {existing.origin} and by {declared.origin}",
                "rename one of them",
                declared.origin,
                existing.origin,
            )
            return
        shadowed = entity.kind_named(name)
        if shadowed is not None:
            self.problem(
                f"{entity.name}.{name} has the name by which rows of the kind {shadowed.name} are filtered",
                "rename one of them",
                declared.origin,
                shadowed.origin,
            )
        if not declared.description:
            self.problem(
                f"{entity.name}.{name} has no description",
                "describe it in a sentence",
                declared.origin,
                check="G05",
            )
        made = self.field(entity, declared)
        if made is None:
            return
        if extension or declared.access is not None:
            made = replace(made, nullable=True)
        entity.fields[name] = made
        for kind in entity.kinds.values():
            kind.fields[name] = made

    # -- extensions

    def resolve_extensions(self) -> None:
        for one in self.contributions:
            self.plugin = one.plugin
            for graph in one.graphs:
                for cls in graph.extends:
                    record = _record(cls, "__serai_extend__", ExtendRecord)
                    target = self.registry.entities.get(record.target)
                    if target is None:
                        self.problem(
                            f"extends {record.target}, which does not exist",
                            f"is its plug-in loaded? there are {', '.join(sorted(self.registry.entities))}",
                            record.origin,
                        )
                        continue
                    for declared in record.fields:
                        self.add_field(target, declared, extension=True)


def _record(cls: type, attribute: str, kind: type) -> Any:
    record = cls.__dict__.get(attribute)
    if not isinstance(record, kind):
        raise TypeError(
            f"{cls!r} in a Graph record is not decorated with {kind.__name__.removesuffix('Record').lower()}"
        )
    return record


def _columns(record: EntityRecord, detail: str | None) -> dict[str, tuple[ColumnRef, bool]]:
    """The columns of a model by name, and whether each may be null; a foreign key counts under its column's name."""
    found: dict[str, tuple[ColumnRef, bool]] = {}
    for name, one in record.model._meta.fields_map.items():
        if isinstance(one, ForeignKeyFieldInstance):
            column = one.source_field or f"{name}_id"
            found[f"{name}_id"] = (ColumnRef(column, detail, bool(one.null)), bool(one.null))
        elif one.has_db_field:
            found.setdefault(
                name, (ColumnRef(one.source_field or name, detail, bool(one.null)), bool(one.null))
            )
    return found


def _key(record: EntityRecord) -> str:
    """The column of the primary key."""
    name = record.model._meta.pk_attr
    one = record.model._meta.fields_map[name]
    if isinstance(one, ForeignKeyFieldInstance):
        return one.source_field or f"{name}_id"
    return one.source_field or name
