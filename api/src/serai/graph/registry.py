"""The registry: entities, fields, links and rules of all plug-ins under their final names, as the planner reads them.

The registry is what the planner compiles from; it holds nothing of Strawberry and no noun of the domain. It is built
once by ``resolve`` (next module) and never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from serai_sdk import Origin, Rule
from serai_sdk.declare import Argument, InputRecord
from serai_sdk.operations import Bulk, WhereArgument

from .leaves import Leaf


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column: of the entity's own table, or (``detail``) of the table of that kind of an interface.

    ``null`` says whether the table lets it be null; a field over it may be nullable all the same, by its access rule.
    """

    name: str
    detail: str | None = None
    null: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """What all fields have in common: names, owner, description, guard."""

    name: str
    python: str
    description: str
    origin: Origin
    guard: Rule | None = None
    nullable: bool = False
    deprecated: str | None = None
    personal: bool = False
    filterable: bool = True
    orderable: bool = True
    unindexed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdField(FieldInfo):
    """The opaque id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnField(FieldInfo):
    """A column with a leaf type, or (``many``) an array or JSON list of it."""

    column: ColumnRef
    leaf: Leaf
    many: bool = False


@dataclass(frozen=True, slots=True)
class StoredCases:
    """An expression that is a column, or a constant in the first of the cases that holds; all as templates."""

    otherwise: str
    cases: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionField(FieldInfo):
    """An expression over the own row; ``template`` has ``\\x00`` where the row's alias belongs.

    ``stored`` is what it is made of where that is a column with exceptions, so that an index on the column is of use.
    """

    template: str
    stored: StoredCases | None = None
    leaf: Leaf
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyField(FieldInfo):
    """Two columns: minor units and currency."""

    minor: ColumnRef
    currency: ColumnRef


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeField(FieldInfo):
    """A value type whose parts are columns of the row; null if all of them are."""

    value: ValueType
    parts: Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonField(FieldInfo):
    """A value type (or a list of them) kept in one ``jsonb`` column under its final names."""

    value: ValueType
    column: ColumnRef
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OneField(FieldInfo):
    """A link to at most one row of another entity."""

    target: str
    column: ColumnRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyField(FieldInfo):
    """A connection to the rows of another entity whose link ``inverse`` (final name) points here.

    With ``through`` (final name of another connection of the entity), to those whose ``inverse`` leads where the link
    ``across`` of one of that connection's rows does. ``where`` always holds.
    """

    target: str
    inverse: str
    order: tuple[tuple[str, bool], ...] = ()
    through: str | None = None
    across: str = ""
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefsField(FieldInfo):
    """The ids of the row in other systems."""

    value: ValueType


@dataclass(frozen=True, slots=True, kw_only=True)
class CountField(FieldInfo):
    """How many rows a connection of this entity reaches."""

    link: str
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SumField(FieldInfo):
    """The sum of a column over a connection of this entity."""

    link: str
    of: str
    leaf: Leaf
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedField(FieldInfo):
    """A Python field: one call for all parents. ``needs`` are final names of leaf columns and to-one links."""

    resolve: Callable[..., Awaitable[Sequence[Any]]]
    needs: Mapping[str, str]
    shape: Shape
    arguments: Mapping[str, Argument]


Field: TypeAlias = (
    IdField
    | ColumnField
    | ExpressionField
    | MoneyField
    | CompositeField
    | JsonField
    | OneField
    | ManyField
    | RefsField
    | CountField
    | SumField
    | BatchedField
)


@dataclass(frozen=True, slots=True)
class LeafShape:
    """A Python value of a leaf type."""

    leaf: Leaf
    nullable: bool
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class ValueShape:
    """A Python value of a value type."""

    value: ValueType
    nullable: bool


ANY_ENTITY: Final = "Node"
"""What a link to a row of any entity names as its target; its Python value is a ``Ref``."""


@dataclass(frozen=True, slots=True)
class EntityShape:
    """The id of a row, read through the planner; of ``ANY_ENTITY`` a reference to one."""

    entity: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class ListShape:
    """A Python list."""

    item: Shape
    nullable: bool


Shape: TypeAlias = LeafShape | ValueShape | EntityShape | ListShape


@dataclass(slots=True, eq=False)
class ValueType:
    """A value type: parts under their final names, each with the shape of its Python value."""

    name: str
    description: str
    origin: Origin
    parts: dict[str, ValuePart] = field(default_factory=dict)
    python: type | None = None


@dataclass(frozen=True, slots=True)
class ValuePart:
    """A part of a value type."""

    name: str
    python: str
    description: str
    shape: Shape


@dataclass(slots=True, eq=False)
class Entity:
    """An entity as the planner sees it.

    A kind of an interface has ``base`` (the interface) and reads two tables, ``table`` being the base's, ``detail`` its
    own; ``kinds`` holds the kinds of an interface by the value of its ``discriminator``. The ``rule`` of a kind holds
    that of its interface; ``own_rule`` is what the kind asks besides. ``search`` are the columns whose words the table
    keeps (of a kind: those of its interface), with their weights. ``unindexed``, there and of fields: why no index is
    needed.
    """

    name: str
    description: str
    origin: Origin
    table: str
    prefix: str
    rule: Rule
    own_rule: Rule | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    columns: Mapping[str, ColumnRef] = field(default_factory=dict)
    order: tuple[tuple[str, bool], ...] = ()
    search: Mapping[str, str] = field(default_factory=dict)
    discriminator: str | None = None
    kinds: dict[str, Entity] = field(default_factory=dict)
    base: Entity | None = None
    kind: str | None = None
    detail: str | None = None
    key: str = "id"
    unindexed: str | None = None

    def kind_named(self, name: str) -> Entity | None:
        """The kind of an interface that is meant by its name in ``where`` and ``orderBy``: ``stay`` for ``Stay``."""
        return next((one for one in self.kinds.values() if one.argument == name), None)

    @property
    def argument(self) -> str:
        """Its name as that of an argument."""
        return self.name[:1].lower() + self.name[1:]

    def by_python(self, name: str) -> Field | None:
        """The field declared under that Python name."""
        return next((one for one in self.fields.values() if one.python == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootConnection:
    """A root connection."""

    name: str
    entity: str
    description: str
    arguments: Mapping[str, WhereArgument]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RootLookup:
    """A root look-up by id."""

    name: str
    entity: str
    description: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RootQuery:
    """A root field answered in Python."""

    name: str
    description: str
    shape: Shape
    resolve: Callable[..., Awaitable[Any]]
    arguments: Mapping[str, Argument]
    access: Rule | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RootMutation:
    """A mutation; of one over many inputs (``bulk``), ``payload`` and ``resolve`` are those of an item."""

    name: str
    description: str
    input: InputRecord
    payload: Mapping[str, str]
    errors: Mapping[str, str]
    resolve: Callable[..., Awaitable[Mapping[str, Any]]]
    access: Rule
    origin: Origin
    bulk: Bulk | None = None

    @property
    def type_name(self) -> str:
        """``demandOpen`` as ``DemandOpen``: what its payload, error and code types are named after."""
        return self.name[:1].upper() + self.name[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSubscription:
    """A subscription: ``events`` about a row of ``entity``, or, without any, the feed itself, whose rows these are."""

    name: str
    entity: str
    description: str
    events: tuple[str, ...]
    origin: Origin


Root: TypeAlias = RootConnection | RootLookup | RootQuery


@dataclass(slots=True, eq=False)
class Registry:
    """Everything that can be asked and changed, under final names."""

    entities: dict[str, Entity] = field(default_factory=dict)
    values: dict[str, ValueType] = field(default_factory=dict)
    enums: dict[str, Leaf] = field(default_factory=dict)
    inputs: dict[str, InputRecord] = field(default_factory=dict)
    queries: dict[str, Root] = field(default_factory=dict)
    mutations: dict[str, RootMutation] = field(default_factory=dict)
    subscriptions: dict[str, RootSubscription] = field(default_factory=dict)
    prefixes: dict[str, Entity] = field(default_factory=dict)
    event_types: frozenset[str] = frozenset()
    """Names of all events there are; empty where nobody said."""
