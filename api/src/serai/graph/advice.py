"""What to do about an error of validation, where its message alone leaves a newcomer guessing."""

from __future__ import annotations

import re
from typing import Final

from graphql import GraphQLEnumType, GraphQLError, GraphQLInputObjectType, GraphQLSchema

__all__ = ["advice"]

NO_SUCH_VALUE: Final = re.compile(r"does not exist in '(\w+)' enum")
NO_OPERATOR: Final = re.compile(
    r"[Ee]xpected value of type '(\w+Filter)!?' to be an object, found: (.{1,60})\.$"
)
NOT_ONE_KEY: Final = re.compile(r"OneOf Input Object type '\w+OrderBy'")
MOST_VALUES: Final = 30


def advice(error: GraphQLError, schema: GraphQLSchema) -> str | None:
    """One line on how to mend it, or ``None``."""
    if found := NO_SUCH_VALUE.search(error.message):
        enum = schema.type_map.get(found[1])
        if isinstance(enum, GraphQLEnumType):
            values = list(enum.values)
            more = ", ..." if len(values) > MOST_VALUES else ""
            return f"one of {', '.join(values[:MOST_VALUES])}{more}"
    if found := NO_OPERATOR.search(error.message):
        given = schema.type_map.get(found[1])
        if isinstance(given, GraphQLInputObjectType) and "eq" in given.fields:
            return f"name an operator: {{eq: {found[2]}}}"
    if NOT_ONE_KEY.search(error.message):
        return "a list with one field in each element: orderBy: [{createdAt: DESC}, {id: ASC}]"
    return None
