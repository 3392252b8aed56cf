"""From what plug-ins declare to the registry: names made final, links found, columns looked up, all problems collected.

Nothing here stops at the first problem: the whole list goes to whoever has to mend it.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from tortoise.fields.relational import ForeignKeyFieldInstance

from serai_sdk import Graph, Money, Origin, Rule
from serai_sdk.access import AllOf, AnyOf, Anyone, Not, Own, Via, When
from serai_sdk.declare import (
    Argument,
    Batched,
    Column,
    CountOf,
    Declared,
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

from .expressions import ExpressionError, compile_expression
from .leaves import CURRENCY, DECIMAL, LEAVES, UUID_KEY, Leaf, enum_leaf
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
    LeafShape,
    ListShape,
    ManyField,
    MoneyField,
    OneField,
    Registry,
    RootConnection,
    RootLookup,
    RootMutation,
    RootQuery,
    Shape,
    SumField,
    ValuePart,
    ValueShape,
    ValueType,
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one plug-in puts into the graph."""

    plugin: str
    graphs: Sequence[Graph]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be: whose, what, where, and how to mend it. ``others`` are the further owners concerned."""

    plugin: str
    message: str
    hint: str
    origin: Origin | None = None
    others: tuple[Origin, ...] = ()


def resolve(contributions: Sequence[Contribution]) -> tuple[Registry, list[Problem]]:
    """The registry of all contributions, and everything that is wrong with them; their order is of no account."""
    resolver = _Resolver(sorted(contributions, key=lambda one: (one.plugin != "core", one.plugin)))
    resolver.run()
    return resolver.registry, resolver.problems


class _Resolver:
    def __init__(self, contributions: Sequence[Contribution]) -> None:
        self.contributions = contributions
        self.registry = Registry()
        self.problems: list[Problem] = []
        self.records: dict[str, tuple[str, EntityRecord]] = {}
        self.owners: dict[str, tuple[str, Origin]] = {}
        self.columns: dict[str, dict[str, tuple[ColumnRef, bool]]] = {}
        self.plugin = ""

    def problem(self, message: str, hint: str, origin: Origin | None = None, *others: Origin) -> None:
        self.problems.append(Problem(self.plugin, message, hint, origin, others))

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

    def claim(self, name: str, origin: Origin) -> bool:
        """Take a type name; two owners are a problem that names both."""
        owner = self.owners.get(name)
        if owner is not None:
            self.problem(
                f"the type {name} is declared twice: by {owner[0]} and by {self.plugin}",
                "rename one of them; a plug-in's types begin with its id unless it claims the name",
                origin,
                owner[1],
            )
            return False
        self.owners[name] = (self.plugin, origin)
        return True

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
                )
            case SqlExpression():
                inner, many = _list_item(without_none(declared.annotation))
                leaf = self.leaf(inner)
                if leaf is None:
                    self.problem(
                        f"{entity.name}.{info['name']} has no leaf type", "annotate it", declared.origin
                    )
                    return None
                refs = {name: ref for name, (ref, _) in self.columns[entity.name].items()}
                try:
                    template = compile_expression(declared.expression, refs)
                except ExpressionError as error:
                    self.problem(
                        f"the expression of {entity.name}.{info['name']} is not allowed: {error}",
                        "an expression is over the row's own columns; for anything else use batched",
                        declared.origin,
                    )
                    return None
                return ExpressionField(**info, template=template, leaf=leaf, many=many)
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
        inner, many = _list_item(annotation)
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

    # -- types

    def leaf(self, annotation: Any) -> Leaf | None:
        try:
            known = LEAVES.get(annotation)
        except TypeError:
            return None
        if known is not None:
            return known
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return self.enum(annotation)
        return None

    def enum(self, enum: type[Enum]) -> Leaf:
        known = self.registry.enums.get(enum.__name__)
        if known is not None and known.enum is enum:
            return known
        leaf = enum_leaf(enum)
        if self.claim(enum.__name__, Origin(enum.__module__, 0, self.plugin)):
            self.registry.enums[enum.__name__] = leaf
            wrong = [one.name for one in enum if one.value != one.name]
            if wrong:
                self.problem(
                    f"{enum.__name__}.{wrong[0]} has another value than its name",
                    "an enum of the graph stores its names",
                    Origin(enum.__module__, 0),
                )
        return leaf

    def value(self, record: ValueRecord) -> ValueType:
        known = self.registry.values.get(record.name)
        if known is not None and known.python is record.python:
            return known
        made = ValueType(record.name, record.description, record.origin, python=record.python)
        if self.claim(record.name, record.origin):
            self.registry.values[record.name] = made
        for one in record.parts:
            if isinstance(one, ToOne):
                shape: Shape | None = EntityShape(one.target, True)
            else:
                ref = one.ref if isinstance(one, Argument) else None
                shape = self.shape(one.annotation, record.origin, ref=ref)
            if shape is not None:
                made.parts[one.final_name] = ValuePart(one.final_name, one.name, one.description, shape)
        return made

    def shape(self, annotation: Any, origin: Origin, *, ref: str | None = None) -> Shape | None:
        nullable = is_optional(annotation)
        bare = without_none(annotation)
        inner, many = _list_item(bare)
        if many:
            item = self.shape(inner, origin, ref=ref)
            return None if item is None else ListShape(item, nullable)
        if bare is Money:
            return ValueShape(self.money(), nullable)
        record: ValueRecord | None = getattr(bare, "__serai_value__", None)
        if record is not None:
            return ValueShape(self.value(record), nullable)
        leaf = UUID_KEY if ref is not None else self.leaf(bare)
        if leaf is None:
            self.problem(
                f"the type {annotation!r} has no place in the graph",
                "use a scalar, an Enum, Money, JSON, a value type, or a list of these",
                origin,
            )
            return None
        return LeafShape(leaf, nullable, ref)

    def money(self) -> ValueType:
        known = self.registry.values.get("Money")
        if known is None:
            known = ValueType("Money", "An amount of one currency.", Origin("serai_sdk", 0), python=Money)
            known.parts["amount"] = ValuePart(
                "amount",
                "amount",
                "The amount, with as many decimals as the currency has.",
                LeafShape(DECIMAL, False),
            )
            known.parts["currency"] = ValuePart(
                "currency", "currency", "The ISO 4217 code.", LeafShape(CURRENCY, False)
            )
            self.registry.values["Money"] = known
        return known

    def inputs_of(self, arguments: Iterable[Argument]) -> None:
        for one in arguments:
            self.input_type(one.annotation)

    def input_type(self, annotation: Any) -> None:
        inner, _ = _list_item(without_none(annotation))
        if inner is not without_none(annotation):
            self.input_type(inner)
            return
        record: InputRecord | None = getattr(inner, "__serai_input__", None)
        if record is not None:
            if self.registry.inputs.get(record.name, record).python is not record.python or (
                record.name not in self.registry.inputs and not self.claim(record.name, record.origin)
            ):
                return
            if record.name not in self.registry.inputs:
                self.registry.inputs[record.name] = record
                self.inputs_of(record.fields)
        elif isinstance(inner, type) and issubclass(inner, Enum):
            self.enum(inner)
        elif inner is Money:
            self.money()
        elif (value := getattr(inner, "__serai_value__", None)) is not None:
            self.value(value)

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

    def resolve_links(self) -> None:
        for entity in self.registry.entities.values():
            self.plugin = self.owners[entity.name][0]
            for name, one in list(entity.fields.items()):
                made: Field | None = one
                match one:
                    case OneField():
                        made = self.link_one(entity, one)
                    case ManyField():
                        made = self.link_many(entity, one)
                    case CountField() | SumField():
                        made = self.link_aggregate(entity, one)
                    case BatchedField():
                        made = self.link_batched(entity, one)
                if made is None:
                    del entity.fields[name]
                else:
                    entity.fields[name] = made

    def link_one(self, entity: Entity, one: OneField) -> OneField | None:
        target = self.registry.entities.get(one.target)
        if target is None:
            self.missing_target(entity, one, one.target)
            return None
        implied = isinstance(entity.rule, Via) and entity.rule.link == one.python and entity.rule.rule is None
        if isinstance(target.rule, Anyone) or implied:
            return one
        return replace(one, nullable=True)

    def link_many(self, entity: Entity, one: ManyField) -> ManyField | None:
        target = self.registry.entities.get(one.target)
        if target is None:
            self.missing_target(entity, one, one.target)
            return None
        inverse = target.by_python(one.inverse) or target.fields.get(one.inverse)
        if not isinstance(inverse, OneField):
            self.problem(
                f"{entity.name}.{one.name} goes by {target.name}.{one.inverse}, which is not a to-one link",
                "name the Python attribute of a to_one in the target",
                one.origin,
            )
            return None
        if inverse.target not in (entity.name, entity.base.name if entity.base else entity.name):
            self.problem(
                f"{entity.name}.{one.name} goes by {target.name}.{inverse.name}, which links to {inverse.target}",
                f"name a to_one of {target.name} that links to {entity.name}",
                one.origin,
            )
            return None
        names = [name for name, _ in one.order]
        return replace(one, inverse=inverse.name, order=self.order(target, names, one.origin))

    def link_aggregate(self, entity: Entity, one: CountField | SumField) -> Field | None:
        link = entity.by_python(one.link) or entity.fields.get(one.link)
        if not isinstance(link, ManyField):
            self.problem(
                f"{entity.name}.{one.name} counts over {one.link!r}, which is not a to-many link of {entity.name}",
                "declare the to_many first, and name its Python attribute",
                one.origin,
            )
            return None
        if isinstance(one, CountField):
            return replace(one, link=link.name)
        target = self.registry.entities.get(link.target)
        summed = (target.by_python(one.of) or target.fields.get(one.of)) if target else None
        if not isinstance(summed, ColumnField) or summed.leaf.sql not in (
            "bigint",
            "numeric",
            "double precision",
        ):
            self.problem(
                f"{entity.name}.{one.name} sums {link.target}.{one.of}, which is not a numeric column",
                "sum a number; money is summed per currency, by aggregates",
                one.origin,
            )
            return None
        return replace(one, link=link.name, of=summed.name)

    def link_batched(self, entity: Entity, one: BatchedField) -> Field | None:
        needs: dict[str, str] = {}
        for python in one.needs:
            needed = entity.by_python(python)
            if not isinstance(
                needed,
                IdField | ColumnField | ExpressionField | MoneyField | CompositeField | JsonField | OneField,
            ):
                self.problem(
                    f"{entity.name}.{one.name} needs {python!r}, which is not a column or to-one link of {entity.name}",
                    "name Python attributes of the entity",
                    one.origin,
                )
                return None
            needs[python] = needed.name
        for target in _entities_in(one.shape):
            if target not in self.registry.entities:
                self.missing_target(entity, one, target)
                return None
        return replace(one, needs=needs)

    def missing_target(self, entity: Entity, one: Field, target: str) -> None:
        self.problem(
            f"{entity.name}.{one.name} links to {target}, which does not exist",
            f"there are {', '.join(sorted(self.registry.entities))}",
            one.origin,
        )

    def order(self, entity: Entity, names: Sequence[str], origin: Origin) -> tuple[tuple[str, bool], ...]:
        keys: list[tuple[str, bool]] = []
        for name in names:
            bare = name.removeprefix("-")
            found = entity.by_python(bare)
            if not isinstance(found, IdField | ColumnField | ExpressionField) or (
                not isinstance(found, IdField) and found.many
            ):
                self.problem(
                    f"{entity.name} has no column {bare!r} to order by", "name a leaf column of it", origin
                )
                continue
            keys.append((found.name, name.startswith("-")))
        return tuple(keys)

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

    # -- rules

    def check_rules(self) -> None:
        for entity in self.registry.entities.values():
            self.plugin = self.owners[entity.name][0]
            self.check_rule(entity, entity.rule, f"the access rule of {entity.name}", entity.origin)
            for one in entity.fields.values():
                if one.guard is not None:
                    self.check_rule(
                        entity, one.guard, f"the access rule of {entity.name}.{one.name}", one.origin
                    )

    def check_rule(self, entity: Entity, rule: Rule, whose: str, origin: Origin) -> None:
        match rule:
            case AllOf(parts) | AnyOf(parts):
                for part in parts:
                    self.check_rule(entity, part, whose, origin)
            case Not(part):
                self.check_rule(entity, part, whose, origin)
            case Own(column=column) | When(column=column):
                if column not in self.columns.get(entity.name, {}):
                    self.problem(
                        f"{whose} names the column {column}, which {entity.name} does not have",
                        f"it has {', '.join(sorted(self.columns[entity.name]))}",
                        origin,
                    )
            case Via(link=link, rule=inner):
                found = entity.by_python(link)
                if not isinstance(found, OneField | ManyField):
                    self.problem(
                        f"{whose} goes via {link!r}, which is not a link of {entity.name}",
                        "name the Python attribute of a to_one or to_many",
                        origin,
                    )
                    return
                if inner is not None:
                    self.check_rule(self.registry.entities[found.target], inner, whose, origin)


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


def _list_item(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (list, tuple, Sequence):
        return typing.get_args(annotation)[0], True
    return annotation, False


def _is_currency(name: str) -> bool:
    return name == "currency" or name.endswith("_currency")


def _entities_in(shape: Shape) -> list[str]:
    match shape:
        case EntityShape(entity=name):
            return [name]
        case ListShape(item=item):
            return _entities_in(item)
        case _:
            return []
