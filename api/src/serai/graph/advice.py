"""What to do about an error of validation, where its message alone leaves a newcomer guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

__all__ = ["advice"]

NO_SUCH_VALUE: Final = re.compile(r"does not exist in '(\w+)' enum")
NO_OPERATOR: Final = re.compile(
    r"[Ee]xpected value of type '(\w+Filter)!?' to be an object, found: (.{1,60})\.$"
)
NO_SUCH_FIELD: Final = re.compile(r"[Ee]xpected value of type '(\w+)!?' not to include unknown field")
NOTHING_ALIKE: Final = re.compile(r"^Cannot query field '\w+' on type '(\w+)'\.$")
NOT_ONE_KEY: Final = re.compile(r"OneOf Input Object type '(\w+)'")
LISTED: Final = re.compile(r"\w+(?<!Aggregate)(?<!Extremes)(?<!Numbers)(?<!Keys)OrderBy")
MOST_VALUES: Final = 30


def advice(error: GraphQLError, schema: GraphQLSchema) -> str | None:
    """One line on how to mend it, or ``None``."""
    if found := NO_SUCH_VALUE.search(error.message):
        enum = schema.type_map.get(found[1])
        if isinstance(enum, GraphQLEnumType):
            return f"one of {_listed(enum.values)}"
    if found := NO_OPERATOR.search(error.message):
        given = schema.type_map.get(found[1])
        if isinstance(given, GraphQLInputObjectType) and "eq" in given.fields:
            return f"name an operator: {{eq: {found[2]}}}"
    if found := NO_SUCH_FIELD.search(error.message):
        given = schema.type_map.get(found[1])
        if isinstance(given, GraphQLInputObjectType):
            return f"it takes {_listed(given.fields)}"
    if found := NOTHING_ALIKE.search(error.message):
        asked = schema.type_map.get(found[1])
        if isinstance(asked, GraphQLObjectType | GraphQLInterfaceType):
            return f"it has {_listed(asked.fields)}"
    if found := NOT_ONE_KEY.search(error.message):
        given = schema.type_map.get(found[1])
        if LISTED.fullmatch(found[1]):
            return "a list with one field in each element: orderBy: [{createdAt: DESC}, {id: ASC}]"
        if isinstance(given, GraphQLInputObjectType):
            return f"exactly one of {_listed(given.fields)}"
    return None


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = ", ..." if len(known) > MOST_VALUES else ""
    return ", ".join(known[:MOST_VALUES]) + more
