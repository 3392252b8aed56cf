"""Searches as cells: what is found, in which order, with which totals and cursors, as if hidden rows were not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from serai.graph.registry import Entity

from .world import Row

Found: TypeAlias = Sequence[tuple[str, str]]
"""What the system finds, the best match first: ids with their cursors."""
Finds: TypeAlias = Mapping[str, Mapping[str, Found]]
"""What the system finds of each noun, by the text that is searched for."""

UP_TO = 2
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }"
TOTALS = f"""totalCount upTo: totalCount(upTo: {UP_TO}) estimate {{ count isExact }} aggregate {{ count }}
  groups(by: [{{id: true}}]) {{ totalCount }}"""


def texts(entity: Entity, rows: Sequence[Row]) -> list[str]:
    """What to search for: the word that most rows have, and one that few have."""
    counted: Counter[str] = Counter()
    for row in rows:
        told = " ".join(str(row[column]) for column in entity.search if row[column] is not None)
        counted.update(set(re.findall("[a-z0-9]+", told.lower())))
    ordered = sorted(counted, key=lambda word: (-counted[word], word))
    return list(dict.fromkeys((ordered[0], ordered[-1])))


def asked(entity: Entity, connection: str) -> str:
    """The document of a search."""
    given = "search: $text, after: $after, first: $first, last: $last"
    head = "query ($text: String!, $after: String, $first: Int, $last: Int)"
    return f"{head} {{ r: {connection}({given}) {{ {TOTALS} {PAGE} }} }}"


def pages(found: Found) -> Iterator[tuple[str, dict[str, Any]]]:
    """Which pages of a search to ask for, each with its variables."""
    yield "all", {"first": 100}
    yield "first", {"first": 1}
    yield "last", {"last": 1}
    yield "behind the best", {"first": 100, "after": found[0][1]}


def answered(found: Found, seen: set[str], variables: Mapping[str, Any]) -> Any:
    """What must come back to who sees these: what the system finds, less what is hidden, wherever a page begins."""
    visible = [one for one in found if one[0] in seen]
    size = len(visible)
    is_behind, page, behind = "after" in variables, visible, 0
    if is_behind:
        at = [cursor for _, cursor in found].index(variables["after"])
        page = [one for one in found[at + 1 :] if one[0] in seen]
        behind = size - len(page)
    backward = "last" in variables
    cut = page[-variables["last"] :] if backward else page[: variables["first"]]
    is_cut = len(cut) < len(page)
    return {
        "totalCount": size,
        "upTo": min(size, UP_TO),
        "estimate": {"count": size, "isExact": True},
        "aggregate": {"count": size},
        "groups": {"totalCount": size},
        "pageInfo": {
            "hasNextPage": is_cut and not backward,
            "hasPreviousPage": (is_cut and backward) or behind > 0,
            "startCursor": cut[0][1] if cut else None,
            "endCursor": cut[-1][1] if cut else None,
        },
        "edges": [{"cursor": cursor, "node": {"id": id}} for id, cursor in cut],
    }
