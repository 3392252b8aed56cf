"""``_entities``: which rows representations stand for, and what to say of those that stand for none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from graphql import GraphQLSchema

from .arguments import field_arguments
from .calls import Call
from .errors import BudgetExceeded, GraphRequestError, InvalidId, unknown_prefix
from .leaves import id_parts
from .plan import RootPlan
from .responses import of_serai
from .shapes import Pending, Wanted


def wanted_entities(
    root: RootPlan,
    call: Call,
    pending: Pending,
    holder: dict[str, Any],
    absent: Mapping[str, str],
    *,
    schema: GraphQLSchema,
    most: int,
) -> None:
    """Note the rows to read, in the order of the representations, and an error for each that cannot be read."""
    assert root.node is not None
    given = field_arguments(schema.query_type, root.node, call.variables)["representations"]
    if len(given) > most:
        raise BudgetExceeded(
            f"there are {len(given)} representations, of at most {most}",
            hint="ask for them in several operations",
            data={"estimate": len(given), "budget": most},
        )
    found: list[Any] = [None] * len(given)
    holder[root.key] = found
    for index, one in enumerate(given):
        try:
            number, key = _read(root, one, absent)
        except GraphRequestError as error:
            call.errors.append({**of_serai(error), "path": [root.key, index]})
        else:
            pending.wanted.append(Wanted(number, key, found, index, [root.key]))


def _read(root: RootPlan, given: Any, absent: Mapping[str, str]) -> tuple[int, UUID]:
    """Which read fetches what a representation stands for, and its id; what else it holds is not looked at."""
    if not isinstance(given, dict):
        raise GraphRequestError(
            "a representation is an object", hint='send {"__typename": "Customer", "id": "cus_..."}'
        )
    name, text = given.get("__typename"), given.get("id")
    if not isinstance(name, str):
        raise GraphRequestError("a representation has no __typename", hint="name the type of the entity")
    if not isinstance(text, str):
        raise InvalidId(
            f"a representation of {name[:80]} has no id", hint="the key of every type here is its id, as text"
        )
    try:
        prefix, key = id_parts(text)
    except ValueError as error:
        raise InvalidId(str(error), hint="pass an id as the graph gave it out") from None
    assert root.nodes is not None
    number = root.nodes.get(name)
    if number is None:
        if prefix in absent:
            raise unknown_prefix(prefix, absent)
        raise GraphRequestError(
            f"there is no entity {name[:80]!r} here", hint="those with a key are in { _service { sdl } }"
        )
    assert root.stage is not None
    wanted = root.stage.reads[number].entity.prefix
    if prefix != wanted:
        raise InvalidId(
            f"{text!r} is not the id of a {name}",
            hint=f"its ids begin with {wanted}_, as the graph gave them",
        )
    return number, key
