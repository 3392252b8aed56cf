"""Variables coerced by functions compiled from an operation's declarations.

They accept what graphql-core's ``get_variable_values`` accepts, and make the same of it. What they refuse is given to
graphql-core, which says in its words what is wrong with it. Of values that are no JSON they may refuse more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from graphql import (
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
    is_required_input_field,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce: TypeAlias = "Callable[[Any], Any]"
CoerceAll: TypeAlias = "Callable[[Mapping[str, Any]], dict[str, Any] | None]"
"""From the variables as they were sent to coerced ones; ``None`` if graphql-core has to look at them."""

_MISSING: Final = object()
_LEFT_OUT: Final = object()
_REQUIRED: Final = object()


class _Refused(Exception):  # not an error of its own: it says that graphql-core has the word
    """A value is not of its type."""


class Coercers:
    """The coercers of one schema's input types; each object type is compiled once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._objects: dict[str, Coerce] = {}

    def of_operation(self, operation: OperationDefinitionNode) -> CoerceAll:
        """What coerces the variables of a validated operation."""
        parts: list[tuple[str, Coerce, Any]] = []
        for definition in operation.variable_definitions or ():
            type_ = cast(GraphQLInputType, type_from_ast(self._schema, definition.type))
            name = definition.variable.name.value
            alone = get_variable_values(self._schema, [definition], {})
            absent: Any = _REQUIRED
            if not isinstance(alone, list):
                absent = alone.coerced.get(name, _LEFT_OUT)
            parts.append((name, self.of(type_), absent))

        def coerce(given: Mapping[str, Any]) -> dict[str, Any] | None:
            coerced: dict[str, Any] = {}
            try:
                for name, one, absent in parts:
                    value = given.get(name, _MISSING)
                    if value is not _MISSING:
                        coerced[name] = one(value)
                    elif absent is _REQUIRED:
                        return None
                    elif absent is not _LEFT_OUT:
                        coerced[name] = absent
            except Exception:  # a scalar may refuse with any error; the slow lane finds out which
                return None
            return coerced

        return coerce

    def of(self, type_: GraphQLInputType) -> Coerce:
        """What coerces a value of that type; it raises whatever it likes for what is not of it."""
        if isinstance(type_, GraphQLNonNull):
            given = self._given(type_.of_type)

            def required(value: Any) -> Any:
                if value is None:
                    raise _Refused
                return given(value)

            return required
        given = self._given(type_)
        return lambda value: None if value is None else given(value)

    def _given(self, type_: GraphQLInputType) -> Coerce:
        """What coerces a value that is not null."""
        if isinstance(type_, GraphQLList):
            item = self.of(type_.of_type)
            return lambda value: [item(one) for one in value] if isinstance(value, list) else [item(value)]
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)
        return _leaf(type_)

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        if type_.name not in self._objects:
            made: list[Coerce] = []
            # Types may hold themselves: who is compiled within finds this one by then.
            self._objects[type_.name] = lambda value: made[0](value)
            made.append(self._compiled(type_))
            self._objects[type_.name] = made[0]
        return self._objects[type_.name]

    def _compiled(self, type_: GraphQLInputObjectType) -> Coerce:
        places = {name: place for place, name in enumerate(type_.fields)}
        fields = {name: (one.out_name or name, self.of(one.type)) for name, one in type_.fields.items()}
        required = [name for name, one in type_.fields.items() if is_required_input_field(one)]
        defaults = {name: coerce_default_value(one) for name, one in type_.fields.items()}
        standing = {name: default for name, default in defaults.items() if default is not Undefined}
        is_one_of, make = type_.is_one_of, type_.out_type

        def record(value: Any) -> Any:
            if not isinstance(value, dict):
                raise _Refused
            for name in required:
                if name not in value:
                    raise _Refused
            names = list({**standing, **value} if standing else value)
            if len(names) > 1:
                names.sort(key=places.__getitem__)
            coerced = {}
            for name in names:
                out, one = fields[name]
                coerced[out] = one(value[name]) if name in value else standing[name]
            if is_one_of and (len(value) != 1 or None in coerced.values() or len(coerced) != 1):
                raise _Refused
            return make(coerced)

        return record


def _leaf(type_: GraphQLScalarType | GraphQLEnumType) -> Coerce:
    coerce = type_.coerce_input_value

    def leaf(value: Any) -> Any:
        coerced = coerce(value)
        if coerced is Undefined:
            raise _Refused
        return coerced

    if type_ in (GraphQLString, GraphQLID):
        return lambda value: value if type(value) is str else leaf(value)
    return leaf
