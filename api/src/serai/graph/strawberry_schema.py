"""The one place that knows Strawberry: our definitions as a Strawberry schema.

Definitions and classes belong to one schema; nothing that Strawberry shares between schemas is touched. Fields come in
through ``Schema.get_fields``, which Strawberry calls once it reaches a type; ``test_strawberry_seam.py`` fails if it
stops to. Types of fields are known beforehand, so Strawberry's annotations, which cost most of its time, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias, cast

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.annotation import StrawberryAnnotation
from strawberry.directive import DirectiveLocation, DirectiveValue, StrawberryDirective, directive
from strawberry.federation import Schema as FederationSchema
from strawberry.federation.schema_directives import Key, Shareable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema_directives import OneOf
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import EnumValue, StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition
from strawberry.types.unset import UNSET

from .definitions import NO_DEFAULT, FieldDef, InputDef, TypeDef, ValueDef
from .scalars import SCALARS

Schema: TypeAlias = strawberry.Schema

FEDERATION_VERSION: Final = "2.9"
BUILT_IN: Final[Mapping[str, Any]] = {
    "String": str,
    "Int": int,
    "Float": float,
    "Boolean": bool,
    "ID": strawberry.ID,
}


def _idempotent(
    value: DirectiveValue[Any],
    key: Annotated[
        str, strawberry.argument(description="The key: whatever the caller can tell its own attempts by.")
    ],
) -> Any:
    return value


def _dry_run(value: DirectiveValue[Any]) -> Any:
    return value


def strawberry_schema(
    definitions: Mapping[str, TypeDef], types: Sequence[str], *, federation: bool
) -> strawberry.Schema:
    """A schema over ``definitions`` by name; those of ``types`` are in it whether or not a root field leads to them."""
    book = _Book(definitions, federation=federation)
    query = book.type("Query")
    mutation = book.type("Mutation") if "Mutation" in definitions else None
    arguments: dict[str, Any] = {
        "query": query,
        "mutation": mutation,
        "subscription": book.type("Subscription") if "Subscription" in definitions else None,
        "types": [book.type(name) for name in types],
        "directives": [_idempotent_directive(), _dry_run_directive()],
        "config": StrawberryConfig(auto_camel_case=False, scalar_map=book.scalars),
    }
    schema: strawberry.Schema
    if federation:
        schema = _Subgraph(book, federation_version=FEDERATION_VERSION, **arguments)
    else:
        schema = _Plain(book, **arguments)
    for one in schema._schema.type_map.values():
        if isinstance(one, GraphQLInputObjectType) and one.name in definitions:
            one.is_one_of = definitions[one.name].is_one_of
    return schema


class _Plain(strawberry.Schema):
    def __init__(self, book: _Book, **arguments: Any) -> None:
        self._book = book
        super().__init__(**arguments)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return [*self._book.fields(type_definition.name), *type_definition.fields]


class _Subgraph(FederationSchema):
    def __init__(self, book: _Book, **arguments: Any) -> None:
        self._book = book
        super().__init__(**arguments)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return [*self._book.fields(type_definition.name), *type_definition.fields]


class _Field(StrawberryField):
    """A field whose type is known."""

    def __init__(self, name: str, resolved: Any, description: str, deprecated: str | None) -> None:
        self._resolved = resolved
        super().__init__(
            python_name=name, graphql_name=name, description=description, deprecation_reason=deprecated
        )

    def resolve_type(self, *, type_definition: StrawberryObjectDefinition | None = None) -> Any:
        return self._resolved

    @property
    def type(self) -> Any:
        return self._resolved

    @type.setter
    def type(self, type_: Any) -> None:
        """Nothing: ``dataclasses.Field`` sets its type to None when it is made."""


class _Argument(StrawberryArgument):
    """An argument whose type is known."""

    def __init__(self, one: InputDef, resolved: Any) -> None:
        self.python_name = one.name
        self.graphql_name = one.name
        self.description = one.description
        self.default = UNSET if one.default is NO_DEFAULT else one.default
        self.deprecation_reason = one.deprecated
        self.is_subscription = False
        self.directives = ()
        self.metadata = {}
        self.type_annotation = _NOTHING
        self._resolved = resolved

    @property
    def type(self) -> Any:
        return self._resolved

    @property
    def is_maybe(self) -> bool:
        return False


_NOTHING: Final = StrawberryAnnotation(None)


class _Name:
    """In place of an enum's class: what Strawberry calls with the value when it coerces one; a name stays a ``str``."""

    def __new__(cls, name: str) -> str:  # type: ignore[misc]  # it makes no instance of itself
        return name


class _Book:
    """The types of one schema, made once and by name."""

    def __init__(self, definitions: Mapping[str, TypeDef], *, federation: bool) -> None:
        self.definitions = definitions
        self.federation = federation
        self.scalars: dict[object, ScalarDefinition] = {}
        self._types: dict[str, Any] = dict(BUILT_IN)
        self._texts: dict[str, Any] = {}
        self._fields: dict[str, list[StrawberryField]] = {}
        for one in SCALARS:
            marker = type(one.name, (), {})
            self._types[one.name] = marker
            self.scalars[marker] = ScalarDefinition(
                name=one.name,
                description=one.description,
                specified_by_url=one.specified_by_url,
                serialize=one.coerce_output_value,
                parse_value=one.coerce_input_value,
                parse_literal=None,
                origin=one,
                implementation=one,
            )

    def type(self, name: str) -> Any:
        """The type of that name, as Strawberry takes it for an annotation."""
        made = self._types.get(name)
        if made is None:
            definition = self.definitions[name]
            made = self._enum(definition) if definition.kind == "enum" else self._object(definition)
        return made

    def typed(self, text: str) -> Any:
        """A type as written in SDL."""
        made = self._texts.get(text)
        if made is None:
            made = self._bare(text[:-1]) if text.endswith("!") else StrawberryOptional(self._bare(text))
            self._texts[text] = made
        return made

    def fields(self, name: str) -> list[StrawberryField]:
        """The fields of a type, made when they are first asked for."""
        made = self._fields.get(name)
        if made is None:
            definition = self.definitions.get(name)
            made = self._make_fields(definition) if definition is not None else []
            self._fields[name] = made
        return made

    def _bare(self, text: str) -> Any:
        return StrawberryList(self.typed(text[1:-1])) if text.startswith("[") else self.type(text)

    def _make_fields(self, definition: TypeDef) -> list[StrawberryField]:
        made: list[StrawberryField] = []
        for one in definition.fields():
            assert not isinstance(one, ValueDef)
            field = _Field(one.name, self.typed(one.type), one.description, one.deprecated)
            if isinstance(one, FieldDef):
                field.arguments = [_Argument(given, self.typed(given.type)) for given in one.arguments]
            elif one.default is not NO_DEFAULT:
                field.default_value = one.default
            made.append(field)
        return made

    def _object(self, definition: TypeDef) -> Any:
        origin = type(definition.name, (), {"__doc__": None})
        self._types[definition.name] = origin
        directives: list[object] = []
        if self.federation and definition.is_entity:
            directives.append(Key(fields=cast(Any, "id"), resolvable=cast(Any, UNSET)))
        if self.federation and definition.is_shareable:
            directives.append(Shareable())
        if definition.is_one_of:
            directives.append(OneOf())
        cast(Any, origin).__strawberry_definition__ = StrawberryObjectDefinition(
            name=definition.name,
            is_input=definition.kind == "input",
            is_interface=definition.kind == "interface",
            origin=origin,
            description=definition.description,
            interfaces=[self.type(name).__strawberry_definition__ for name in definition.interfaces],
            extend=False,
            directives=directives,
            is_type_of=None,
            resolve_type=None,
            fields=[],
        )
        return origin

    def _enum(self, definition: TypeDef) -> StrawberryEnumDefinition:
        values = cast("Iterable[ValueDef]", definition.fields())
        made = StrawberryEnumDefinition(
            wrapped_cls=cast(Any, _Name),
            name=definition.name,
            values=[EnumValue(one.name, one.name, description=one.description) for one in values],
            description=definition.description,
        )
        self._types[definition.name] = made
        return made


def _idempotent_directive() -> StrawberryDirective[Any]:
    return directive(
        name="idempotent",
        locations=[DirectiveLocation.FIELD],
        description="A mutation sent again under one key happens once; its outcome is read again with today's rights.",
    )(_idempotent)


def _dry_run_directive() -> StrawberryDirective[Any]:
    return directive(
        name="dryRun",
        locations=[DirectiveLocation.FIELD],
        description=(
            "A mutation is tried and undone: it answers its userErrors, and null for what it would have changed."
        ),
    )(_dry_run)
