"""The registry as a GraphQL schema: every type, field and argument there is, in an order that no plug-in can change.

Resolvers are never called: documents are planned. Which Python values arguments come out as is said in ``scalars``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from graphql import GraphQLSchema, print_schema

from serai.errors import ConfigurationError
from serai_sdk import Money, Origin

from .aggregate_types import connection_fields, entity_types
from .definitions import FieldDef, InputDef, TypeDef, ValueDef
from .filters import (
    ORDER_BY,
    WHERE,
    answer_filters,
    entity_filters,
    enum_filter,
    external_ref_filters,
    leaf_filters,
    value_filters,
)
from .group_types import value_group_types
from .input_types import argument_defs, input_def, value_input, where_argument_defs
from .leaves import CURRENCY, DECIMAL, Leaf
from .paging import PAGE_ARGUMENTS
from .plan import SUBGRAPH
from .registry import (
    BatchedField,
    ColumnField,
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
    RefsField,
    Registry,
    Root,
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
from .shared_types import shared_types
from .strawberry_schema import Schema, strawberry_schema


class NameCollision(ConfigurationError):
    """Types derived from what plug-ins declare have the names of other types."""

    code = "NAME_COLLISION"


@dataclass(frozen=True, slots=True)
class Collision:
    """Two definitions of one name; ``None`` as an origin stands for Serai itself."""

    name: str
    first: Origin | None
    second: Origin | None


@dataclass(frozen=True)
class ComposedSchema:
    """A schema in the three forms that are needed: Strawberry's, graphql-core's, and the text."""

    registry: Registry
    strawberry: Schema
    federation: bool

    @property
    def core(self) -> GraphQLSchema:
        """What documents are validated against and variables coerced by."""
        return self.strawberry._schema

    @cached_property
    def sdl(self) -> str:
        """The schema as text, without anything of federation; the same whatever the order of plug-ins."""
        if self.federation:
            return compose(self.registry).sdl
        sorted_types = dict(sorted(self.core.type_map.items()))
        return print_schema(_Sorted(self.core, sorted_types)) + "\n"  # type: ignore[arg-type]  # reads these only

    @cached_property
    def subgraph_sdl(self) -> str:
        """The schema as text with the directives of federation."""
        composed = self if self.federation else compose(self.registry, federation=True)
        return composed.strawberry.as_str() + "\n"


def compose(registry: Registry, *, federation: bool = False) -> ComposedSchema:
    """The schema of everything in the registry; ``NameCollision`` if a derived type has the name of another."""
    definitions, collisions = _define(registry)
    if collisions:
        raise NameCollision(
            "; ".join(_collision_text(one) for one in collisions),
            hint="rename the types; those derived from an entity are named after it",
            data={"names": [one.name for one in collisions]},
        )
    with _collection_paused():
        schema = strawberry_schema(definitions, sorted(registry.entities), federation=federation)
    composed = ComposedSchema(registry, schema, federation)
    if federation:
        composed.core.extensions[SUBGRAPH] = lambda: composed.subgraph_sdl
    return composed


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Without garbage collection: of the many objects made none is garbage, and looking takes half of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def name_collisions(registry: Registry) -> list[Collision]:
    """Types of the schema that would have the same name, by name."""
    return _define(registry)[1]


def _collision_text(one: Collision) -> str:
    owners = " and ".join(
        "Serai itself" if owner is None else str(owner) for owner in (one.first, one.second)
    )
    return f"the type {one.name} is made twice: from {owners}"


def _define(registry: Registry) -> tuple[dict[str, TypeDef], list[Collision]]:
    definitions: dict[str, TypeDef] = {}
    collisions: list[Collision] = []
    for one in _definitions(registry):
        known = definitions.setdefault(one.name, one)
        if known is not one:
            collisions.append(Collision(one.name, known.origin, one.origin))
    return definitions, sorted(collisions, key=lambda one: one.name)


def _definitions(registry: Registry) -> Iterator[TypeDef]:
    yield NODE
    yield PAGE_INFO
    yield from leaf_filters()
    yield from answer_filters()
    yield from external_ref_filters()
    yield from shared_types()
    for name, leaf in sorted(registry.enums.items()):
        yield _enum(name, leaf)
        yield enum_filter(name)
    values = {
        "Money": MONEY,
        **{name: one for name, one in registry.values.items() if one.python is not Money},
    }
    for _, value in sorted(values.items()):
        yield _value(value)
        if (
            f"{value.name}Input" not in registry.inputs
        ):  # an author may declare an input type of his own for it
            yield value_input(value)
        if value is not MONEY:
            yield from value_filters(value, registry)
            yield from value_group_types(value)
    for _, entity in sorted(registry.entities.items()):
        yield from _entity(entity, registry)
    for _, record in sorted(registry.inputs.items()):
        yield input_def(record)
    for _, mutation in sorted(registry.mutations.items()):
        yield from _mutation(mutation)
    yield _query(registry)
    if registry.mutations:
        yield _mutations(registry)
    if registry.subscriptions:
        yield _subscriptions(registry)


# -- entities


def _entity(entity: Entity, registry: Registry) -> Iterator[TypeDef]:
    name = entity.name
    fields = sorted(entity.fields.values(), key=lambda one: (one.name != "id", one.name))
    yield TypeDef(
        "interface" if entity.discriminator else "object",
        name,
        entity.description,
        lambda: tuple(_field(one, registry) for one in fields),
        interfaces=("Node", entity.base.name) if entity.base else ("Node",),
        origin=entity.origin,
        is_entity=True,
    )
    yield TypeDef(
        "object",
        f"{name}Connection",
        f"A page of {name} rows.",
        lambda: (
            FieldDef("edges", f"[{name}Edge!]!", "The rows of the page, each with its cursor."),
            FieldDef("nodes", f"[{name}!]!", "The rows of the page."),
            FieldDef("pageInfo", "PageInfo!", "Where the page begins and ends."),
            *connection_fields(entity),
        ),
        origin=entity.origin,
    )
    yield TypeDef(
        "object",
        f"{name}Edge",
        f"A {name} row in a page.",
        lambda: (
            FieldDef("cursor", "String!", "Where it stands: pass it as `after` or `before`."),
            FieldDef("node", f"{name}!", "The row."),
        ),
        origin=entity.origin,
    )
    yield from entity_filters(entity, registry, fields)
    yield from entity_types(entity)


def _field(one: Field, registry: Registry) -> FieldDef:
    arguments: Sequence[InputDef] = ()
    match one:
        case ManyField(target=target):
            arguments = _page_arguments(registry.entities[target])
        case BatchedField(arguments=declared):
            arguments = argument_defs(declared.values())
    bang = "" if one.nullable or isinstance(one, BatchedField) else "!"
    return FieldDef(one.name, _type(one) + bang, one.description, arguments, one.deprecated)


def _type(one: Field) -> str:
    match one:
        case IdField():
            return "ID"
        case ColumnField(leaf=leaf, many=many) | ExpressionField(leaf=leaf, many=many):
            return f"[{leaf.graphql}!]" if many else leaf.graphql
        case MoneyField():
            return "Money"
        case CompositeField(value=value):
            return value.name
        case JsonField(value=value, many=many):
            return f"[{value.name}!]" if many else value.name
        case OneField(target=target):
            return target
        case ManyField(target=target):
            return f"{target}Connection"
        case RefsField(value=value):
            return f"[{value.name}!]"
        case CountField():
            return "Int"
        case SumField(leaf=leaf):
            return leaf.graphql
        case BatchedField(shape=shape):
            return _shape_type(shape)


def _page_arguments(target: Entity) -> tuple[InputDef, ...]:
    return (
        *PAGE_ARGUMENTS,
        InputDef("where", f"{target.name}Where", WHERE),
        *((SEARCH,) if target.search else ()),
        InputDef("orderBy", f"[{target.name}OrderBy!]", ORDER_BY),
    )


def _shape_type(shape: Shape) -> str:
    match shape:
        case LeafShape(leaf=leaf):
            return leaf.graphql
        case ValueShape(value=value):
            return value.name
        case EntityShape(entity=entity):
            return entity
        case ListShape(item=item):
            return f"[{_shaped(item)}]"


def _shaped(shape: Shape) -> str:
    return _shape_type(shape) + ("" if shape.nullable else "!")


# -- values and enums


def _value(value: ValueType) -> TypeDef:
    return TypeDef(
        "object",
        value.name,
        value.description,
        lambda: tuple(
            FieldDef(one.name, _shaped(one.shape), one.description) for one in value.parts.values()
        ),
        origin=value.origin,
        is_shareable=value is MONEY,
    )


def _enum(name: str, leaf: Leaf) -> TypeDef:
    members: Any = leaf.enum
    described = members.__dict__.get("__doc__") or _words(name)

    def values() -> tuple[ValueDef, ...]:
        return tuple(ValueDef(one.value, one.__dict__.get("__doc__") or _words(one.name)) for one in members)

    return TypeDef("enum", name, described, values, origin=Origin(members.__module__, 0))


def _words(name: str) -> str:
    """``IN_REVIEW`` as ``In review.``"""
    return name.replace("_", " ").capitalize() + "."


# -- roots


def _query(registry: Registry) -> TypeDef:
    def fields() -> Iterator[FieldDef]:
        declared = {name: _root(one, registry) for name, one in registry.queries.items()}
        for _, one in sorted({**declared, "node": NODE_FIELD, "nodes": NODES_FIELD}.items()):
            yield one

    return TypeDef("object", "Query", "What can be asked.", lambda: tuple(fields()))


def _root(root: Root, registry: Registry) -> FieldDef:
    match root:
        case RootConnection():
            arguments = (
                *where_argument_defs(root.arguments),
                *_page_arguments(registry.entities[root.entity]),
            )
            return FieldDef(root.name, f"{root.entity}Connection!", root.description, arguments)
        case RootLookup():
            return FieldDef(root.name, root.entity, root.description, (InputDef("id", "ID!", "Its id."),))
        case RootQuery():
            return FieldDef(
                root.name, _shaped(root.shape), root.description, argument_defs(root.arguments.values())
            )


def _mutations(registry: Registry) -> TypeDef:
    def fields() -> Iterator[FieldDef]:
        for _, one in sorted(registry.mutations.items()):
            given = InputDef("input", f"{one.input.name}!", "What to do it with.")
            yield FieldDef(one.name, f"{one.type_name}Payload!", one.description, (given,))

    return TypeDef("object", "Mutation", "What can be changed.", lambda: tuple(fields()))


def _subscriptions(registry: Registry) -> TypeDef:
    def fields() -> Iterator[FieldDef]:
        for _, one in sorted(registry.subscriptions.items()):
            if one.events:
                told = FieldDef(
                    one.name,
                    f"{one.entity}!",
                    one.description,
                    (InputDef("id", "ID!", "The id of the row."),),
                )
            else:
                told = FieldDef(one.name, f"{one.entity}!", one.description, FEED_ARGUMENTS)
            yield told

    return TypeDef("object", "Subscription", "What can be waited for.", lambda: tuple(fields()))


def _mutation(mutation: RootMutation) -> Iterator[TypeDef]:
    name = mutation.type_name
    entities = tuple(
        FieldDef(key, entity, f"The {entity}, as you may see it; null if nothing was done.")
        for key, entity in mutation.payload.items()
    )
    user_errors = FieldDef(
        "userErrors",
        f"[{name}UserError!]!",
        "What stands in the way and can be mended; empty if it was done.",
    )
    if mutation.bulk is not None:
        yield TypeDef(
            "object",
            f"{name}Result",
            f"What became of one item of {mutation.name}.",
            lambda: (
                FieldDef("index", "Int!", "Which item it was: 0 for the first."),
                *entities,
                user_errors,
            ),
            origin=mutation.origin,
        )
    yield TypeDef(
        "object",
        f"{name}Payload",
        f"What came of {mutation.name}.",
        lambda: (*(entities if mutation.bulk is None else _bulk_fields(name)), user_errors),
        origin=mutation.origin,
    )
    yield TypeDef(
        "object",
        f"{name}UserError",
        f"What stands in the way of {mutation.name}.",
        lambda: (
            FieldDef("code", f"{name}ErrorCode!", "Which kind of error it is."),
            FieldDef("message", "String!", "What is wrong, for people to read."),
            FieldDef("field", "[String!]", "The path of the input it concerns, if it concerns one."),
            FieldDef("currentVersion", "Int", "Of a `CONFLICT`: the version it is at now; else null."),
        ),
        origin=mutation.origin,
    )
    yield TypeDef(
        "enum",
        f"{name}ErrorCode",
        f"What can stand in the way of {mutation.name}.",
        lambda: tuple(ValueDef(code, described) for code, described in mutation.errors.items()),
        origin=mutation.origin,
    )


def _bulk_fields(name: str) -> tuple[FieldDef, ...]:
    return (
        FieldDef("results", f"[{name}Result!]!", "What became of each item, in their order."),
        FieldDef("succeeded", "Int!", "How many items were done; 0 if failed ones undid all."),
        FieldDef("failed", "Int!", "How many items have errors."),
    )


FEED_ARGUMENTS: Final = (
    InputDef(
        "after",
        "Decimal",
        "Begin with what follows this `position`; without it, with what happens from now on.",
    ),
    InputDef("types", "[String!]", "Only of these types, such as `demand.opened`."),
    InputDef("aggregate", "ID", "Only what happened to what has this id."),
)
SEARCH: Final = InputDef(
    "search",
    "String",
    "Only rows with all of these words, of the last one perhaps its beginning only; the best match first where "
    "`orderBy` is left out. The first 200 letters count. A text without a word finds nothing.",
)
NODE: Final = TypeDef(
    "interface",
    "Node",
    "Anything with an id.",
    lambda: (FieldDef("id", "ID!", "The opaque id, for `node` and wherever an id is asked for."),),
)
PAGE_INFO: Final = TypeDef(
    "object",
    "PageInfo",
    "Where a page begins and ends.",
    lambda: (
        FieldDef("hasNextPage", "Boolean!", "Whether there are rows after the page."),
        FieldDef("hasPreviousPage", "Boolean!", "Whether there are rows before the page."),
        FieldDef("startCursor", "String", "The cursor of the first row; null if there is none."),
        FieldDef("endCursor", "String", "The cursor of the last row; null if there is none."),
    ),
    is_shareable=True,
)
MONEY: Final = ValueType(
    "Money",
    "An amount of one currency.",
    Origin("serai_sdk", 0),
    {
        "amount": ValuePart(
            "amount",
            "amount",
            "The amount, with as many decimals as the currency has.",
            LeafShape(DECIMAL, False),
        ),
        "currency": ValuePart("currency", "currency", "The ISO 4217 code.", LeafShape(CURRENCY, False)),
    },
    Money,
)
NODE_FIELD: Final = FieldDef(
    "node",
    "Node",
    "Whatever has this id; null if there is nothing, or nothing you may see.",
    (InputDef("id", "ID!", "The id."),),
)
NODES_FIELD: Final = FieldDef(
    "nodes",
    "[Node]!",
    "Whatever has these ids, in their order; null where there is nothing, or nothing you may see.",
    (InputDef("ids", "[ID!]!", "The ids."),),
)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What the printer reads of a schema, with its types by name."""

    schema: GraphQLSchema
    type_map: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.schema, name)
