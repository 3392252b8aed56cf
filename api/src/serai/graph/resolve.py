"""From what plug-ins declare to the registry: names made final, links found, columns looked up, all problems collected.

Nothing here stops at the first problem: the whole list goes to whoever has to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tortoise.fields import DatetimeField
from tortoise.fields.relational import ForeignKeyFieldInstance

from serai_sdk import ExternalRef, Graph, Money, Origin
from serai_sdk.access import AllOf, Anyone
from serai_sdk.declare import (
    Batched,
    Column,
    CountOf,
    Declared,
    ExternalRefs,
    InputRecord,
    SqlExpression,
    SumOf,
    ToMany,
    ToOne,
    ValueRecord,
    is_optional,
    without_none,
)
from serai_sdk.entity import EntityRecord, ExtendRecord
from serai_sdk.operations import Connection, Lookup, Query

from .declared_types import list_item
from .expressions import ExpressionError, compile_expression, stored_cases
from .findings import Problem
from .leaves import CURRENCY
from .links import LinkResolver
from .registry import (
    BatchedField,
    ColumnField,
    ColumnRef,
    CompositeField,
    CountField,
    Entity,
    EntityShape,
    ExpressionField,
    Field,
    IdField,
    JsonField,
    ListShape,
    ManyField,
    MoneyField,
    OneField,
    RefsField,
    Registry,
    RootConnection,
    RootLookup,
    RootMutation,
    RootQuery,
    Shape,
    SumField,
    ValueType,
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one plug-in puts into the graph."""

    plugin: str
    graphs: Sequence[Graph]


def resolve(contributions: Sequence[Contribution]) -> tuple[Registry, list[Problem]]:
    """The registry of all contributions, and everything that is wrong with them; their order is of no account."""
    resolver = _Resolver(sorted(contributions, key=lambda one: (one.plugin != "core", one.plugin)))
    resolver.run()
    return resolver.registry, resolver.problems


class _Resolver(LinkResolver):
    def __init__(self, contributions: Sequence[Contribution]) -> None:
        super().__init__()
        self.contributions = contributions
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
        if not declared.description:
            self.problem(
                f"{entity.name}.{name} has no description", "describe it in a sentence", declared.origin
            )
        made = self.field(entity, declared)
        if made is None:
            return
        if extension or declared.access is not None:
            made = replace(made, nullable=True)
        entity.fields[name] = made
        for kind in entity.kinds.values():
            kind.fields[name] = made

    def field(self, entity: Entity, declared: Declared) -> Field | None:
        optional = is_optional(declared.annotation)
        info: dict[str, Any] = {
            "name": declared.final_name,
            "python": declared.name,
            "description": declared.description,
            "origin": declared.origin,
            "guard": declared.access,
            "deprecated": declared.deprecated,
            "nullable": optional,
        }
        match declared:
            case Column():
                info |= {
                    "personal": declared.personal,
                    "filterable": declared.filterable,
                    "orderable": declared.orderable,
                }
                return self.column(
                    entity,
                    declared,
                    declared.column or declared.name,
                    without_none(declared.annotation),
                    info,
                )
            case ToOne():
                found = self.columns[entity.name].get(declared.column or f"{declared.name}_id")
                if found is None:
                    self.no_column(entity, declared.column or f"{declared.name}_id", declared.origin)
                    return None
                return OneField(**{**info, "nullable": found[1]}, target=declared.target, column=found[0])
            case ToMany():
                return ManyField(
                    **info,
                    target=declared.target,
                    inverse=declared.by,
                    order=tuple((name, False) for name in declared.order),
                    through=declared.through,
                    where=declared.where,
                )
            case ExternalRefs():
                value = self.value(ExternalRef.__serai_value__)  # type: ignore[attr-defined]  # rides on the class
                return RefsField(**{**info, "nullable": True, "orderable": False}, value=value)
            case SqlExpression():
                inner, many = list_item(without_none(declared.annotation))
                leaf = self.leaf(inner)
                if leaf is None:
                    self.problem(
                        f"{entity.name}.{info['name']} has no leaf type", "annotate it", declared.origin
                    )
                    return None
                refs = {name: ref for name, (ref, _) in self.columns[entity.name].items()}
                try:
                    template = compile_expression(declared.expression, refs)
                    stored = stored_cases(declared.expression, refs)
                except ExpressionError as error:
                    self.problem(
                        f"the expression of {entity.name}.{info['name']} is not allowed: {error}",
                        "an expression is over the row's own columns; for anything else use batched",
                        declared.origin,
                    )
                    return None
                return ExpressionField(**info, template=template, stored=stored, leaf=leaf, many=many)
            case CountOf():
                return CountField(**info, link=declared.link, where=declared.where)
            case SumOf():
                leaf = self.leaf(without_none(declared.annotation))
                if leaf is None:
                    self.problem(
                        f"{entity.name}.{info['name']} has no leaf type", "annotate it", declared.origin
                    )
                    return None
                return SumField(**info, link=declared.link, of=declared.of, leaf=leaf, where=declared.where)
            case Batched():
                item = (
                    EntityShape(declared.entity, True)
                    if declared.entity
                    else self.shape(declared.annotation, declared.origin)
                )
                shape: Shape | None = ListShape(item, True) if declared.many and item is not None else item
                if shape is None:
                    return None
                self.inputs_of(declared.arguments.values())
                return BatchedField(
                    **{**info, "nullable": True, "filterable": False, "orderable": False},
                    resolve=declared.resolve,
                    needs=dict.fromkeys(declared.needs, ""),
                    shape=shape,
                    arguments=declared.arguments,
                )
        raise TypeError(f"unknown declaration {declared!r}")

    def column(
        self, entity: Entity, declared: Column, name: str, annotation: Any, info: dict[str, Any]
    ) -> Field | None:
        columns = self.columns[entity.name]
        if annotation is Money:
            minor, currency = columns.get(f"{name}_minor"), columns.get(f"{name}_currency")
            if minor is None or currency is None:
                self.no_column(entity, f"{name}_minor / {name}_currency", declared.origin)
                return None
            self.check_null(entity, declared, minor[1], info["nullable"])
            return MoneyField(**info, minor=minor[0], currency=currency[0])
        inner, many = list_item(annotation)
        record: ValueRecord | None = getattr(inner, "__serai_value__", None)
        if record is not None:
            value = self.value(record)
            if name in columns:
                self.check_null(entity, declared, columns[name][1], info["nullable"])
                return JsonField(
                    **{**info, "filterable": False, "orderable": False},
                    value=value,
                    column=columns[name][0],
                    many=many,
                )
            return self.composite(entity, declared, name, record, value, info)
        leaf = self.leaf(inner)
        if leaf is None:
            self.problem(
                f"{entity.name}.{info['name']} has the type {annotation!r}, which a column cannot have",
                "use str, int, float, bool, Decimal, date, datetime, Enum, Money, JSON, a value type, or a list",
                declared.origin,
            )
            return None
        if name not in columns:
            self.no_column(entity, name, declared.origin)
            return None
        ref, null = columns[name]
        self.check_null(entity, declared, null, info["nullable"])
        if many:
            info |= {"filterable": False, "orderable": False}
        if leaf.python is str and _is_currency(name):
            leaf = CURRENCY
        return ColumnField(**info, column=ref, leaf=leaf, many=many)

    def composite(
        self,
        entity: Entity,
        declared: Column,
        name: str,
        record: ValueRecord,
        value: ValueType,
        info: dict[str, Any],
    ) -> CompositeField | None:
        parts: dict[str, Field] = {}
        for one in record.parts:
            part_info: dict[str, Any] = {
                "name": one.final_name,
                "python": one.name,
                "description": one.description,
                "origin": declared.origin,
                "nullable": is_optional(one.annotation),
                "filterable": declared.filterable,
                "orderable": declared.orderable,
            }
            inner = without_none(one.annotation)
            part_column = f"{name}_{one.name}"
            nested: ValueRecord | None = getattr(inner, "__serai_value__", None)
            if nested is not None:
                made = self.composite(entity, declared, part_column, nested, self.value(nested), part_info)
                if made is None:
                    return None
                parts[made.name] = made
                continue
            leaf = self.leaf(inner)
            found = self.columns[entity.name].get(part_column)
            if leaf is None or found is None:
                self.no_column(entity, part_column, declared.origin)
                return None
            # a part that is never null in its value is null in the table where the value is
            part_info["nullable"] = part_info["nullable"] or found[1]
            parts[one.final_name] = ColumnField(**part_info, column=found[0], leaf=leaf)
        return CompositeField(**info, value=value, parts=parts)

    def check_null(self, entity: Entity, declared: Declared, null: bool, optional: bool) -> None:
        if null and not optional and declared.access is None:
            self.problem(
                f"{entity.name}.{declared.final_name} is declared non-null over a column that may be null",
                f"annotate it with `| None`, or make the column of {declared.name!r} NOT NULL",
                declared.origin,
            )

    def no_column(self, entity: Entity, name: str, origin: Origin) -> None:
        self.problem(
            f"{entity.name} has no column {name}",
            f"its table has {', '.join(sorted(self.columns[entity.name]))}",
            origin,
        )

    # -- extensions, links, roots

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

    def resolve_roots(self) -> None:
        taken: dict[str, Origin] = {}
        for one in self.contributions:
            self.plugin = one.plugin
            for graph in one.graphs:
                for root in (*graph.queries, *graph.mutations):
                    if root.name in taken:
                        self.problem(
                            f"the root field {root.name} is declared twice: at {taken[root.name]} and at {root.origin}",
                            "rename one of them",
                            root.origin,
                            taken[root.name],
                        )
                        continue
                    taken[root.name] = root.origin
                    self.root(root)

    def root(self, root: Any) -> None:
        match root:
            case Connection() | Lookup():
                if root.entity not in self.registry.entities:
                    self.problem(
                        f"the root field {root.name} reads {root.entity}, which does not exist",
                        f"there are {', '.join(sorted(self.registry.entities))}",
                        root.origin,
                    )
                    return
                if isinstance(root, Lookup):
                    self.registry.queries[root.name] = RootLookup(
                        name=root.name, entity=root.entity, description=root.description, origin=root.origin
                    )
                    return
                for argument in root.arguments.values():
                    self.input_type(argument.annotation)
                self.registry.queries[root.name] = RootConnection(
                    name=root.name,
                    entity=root.entity,
                    description=root.description,
                    arguments=root.arguments,
                    origin=root.origin,
                )
            case Query():
                shape = self.shape(root.returns, root.origin)
                if shape is None:
                    return
                self.inputs_of(root.arguments.values())
                self.registry.queries[root.name] = RootQuery(
                    name=root.name,
                    description=root.description,
                    shape=shape,
                    resolve=root.resolve,
                    arguments=root.arguments,
                    access=root.access,
                    origin=root.origin,
                )
            case _:
                record: InputRecord = root.input.__serai_input__
                self.input_type(root.input)
                missing = [name for name in root.payload.values() if name not in self.registry.entities]
                if missing:
                    self.problem(
                        f"the payload of {root.name} names {missing[0]}, which does not exist",
                        f"there are {', '.join(sorted(self.registry.entities))}",
                        root.origin,
                    )
                    return
                self.registry.mutations[root.name] = RootMutation(
                    name=root.name,
                    description=root.description,
                    input=record,
                    payload=root.payload,
                    errors={"INVALID_INPUT": "A value is outside the bounds of its field.", **root.errors},
                    resolve=root.resolve,
                    access=root.access,
                    origin=root.origin,
                )


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


def _is_currency(name: str) -> bool:
    return name == "currency" or name.endswith("_currency")
