"""``node`` and ``nodes``: which rows are wanted, and what to say of ids that lead nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from .arguments import value_of
from .calls import Call
from .errors import InvalidId, unknown_kind, unknown_prefix
from .leaves import id_parts
from .plan import RootPlan
from .responses import of_serai
from .shapes import Pending, Wanted


def wanted_rows(
    root: RootPlan, call: Call, pending: Pending, holder: dict[str, Any], absent: Mapping[str, str]
) -> None:
    """Note the rows to read, and errors for ids of no type here; ``absent`` has plug-ins by their ids' prefixes."""
    assert root.nodes is not None
    many = root.name == "nodes"
    given = value_of(root.arguments["ids" if many else "id"], call.variables)
    texts = given if many else [given]
    found: list[Any] = [None] * len(texts)
    holder[root.key] = found if many else None
    for index, text in enumerate(texts):
        path: list[Any] = [root.key, index] if many else [root.key]
        container, place = (found, index) if many else (holder, root.key)
        try:
            prefix, key = id_parts(str(text))
        except ValueError as error:
            problem = InvalidId(str(error), hint="pass an id as the graph gave it out")
            call.errors.append({**of_serai(problem), "path": path})
            continue
        number = root.nodes.get(prefix)
        if number is None:
            call.errors.append({**of_serai(unknown_prefix(prefix, absent)), "path": path})
        else:
            pending.wanted.append(Wanted(number, key, container, place, path[:-1]))


def report_absent(absent: set[tuple[int, uuid.UUID]], pending: Pending, call: Call) -> None:
    """Errors for rows that are there, and whose kind nobody here declares."""
    for one in pending.wanted:
        if (one.read, one.id) in absent:
            call.errors.append({**of_serai(unknown_kind()), "path": [*one.path, one.place]})
