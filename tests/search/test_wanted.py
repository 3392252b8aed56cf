"""What people look for is what they find first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.reference.house import House

from serai.viewers import Viewer

from .wanted import WANTED

NAMES = {"offers": "title"}
MISSED_AT_MOST = 3
ALL = Viewer(
    kind="staff", permissions=frozenset(("customers:read", "providers:read", "offers:read", "scenarios:read"))
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


def is_met(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Whether each row found shows another of the names, and none is left over."""
    left = sorted(expected, key=len, reverse=True)
    for one in found:
        shown = next((name for name in left if name in one), None)
        if shown is None:
            return False
        left.remove(shown)
    return not left


async def found(demo: House, noun: str, words: str) -> list[str]:
    field = NAMES.get(noun, "name")
    document = (
        f"query ($words: String) {{ found: {noun}(search: $words, first: 3) {{ nodes {{ {field} }} }} }}"
    )
    answer: dict[str, Any] = await demo.ask(demo.engine, document, {"words": words}, ALL)
    return [row[field] for row in answer["data"]["found"]["nodes"]]


async def test_forty_queries_find_first_what_is_expected(demo: House) -> None:
    assert len(WANTED) == 40
    missed = []
    for noun, words, expected in WANTED:
        rows = await found(demo, noun, words)
        if not is_met(expected, rows):
            missed.append(f"{noun} {words!r}: expected {expected}, found {rows}")
    assert len(missed) <= MISSED_AT_MOST, "\n".join(missed)
