"""The benchmark compares what can be compared: at a tiny scale its contestants give equal answers to every query."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import reference
from bench.measure import Contestant, Cores, Different, compare, contestants
from bench.queries import QUERIES, variable_sets

SCALE = 0.004
WITHOUT_NODE = ("serai", "handwritten", "conventional")


async def test_contestants_answer_every_query_alike(database: str, tmp_path: Path) -> None:
    await reference.fill(database, scale=SCALE)
    sets = await variable_sets(database)
    with contestants(database, tmp_path, Cores(None, None), WITHOUT_NODE) as running:
        asked = {query.name: _compared(query.name, running, sets) for query in QUERIES}
    both = ["serai", "handwritten"]
    assert asked == {
        query.name: both if query.viewer == "member" else list(WITHOUT_NODE) for query in QUERIES
    }


def _compared(name: str, running: list[Contestant], sets: object) -> list[str]:
    query = next(one for one in QUERIES if one.name == name)
    taking_part = [one for one in running if one.knows(query)]
    for one in taking_part:
        one.prepare(query, sets[name])
    compare(query, taking_part, sets=5)
    return [one.name for one in taking_part]


class _Answering:
    def __init__(self, name: str, answer: object) -> None:
        self.name = name
        self._answer = answer

    def answer(self, query: object, number: int) -> object:
        return self._answer


def test_answers_that_differ_are_found() -> None:
    with pytest.raises(Different, match="Q1, variables 0"):
        compare(QUERIES[0], [_Answering("one", {"id": 1}), _Answering("other", {"id": 2})], sets=3)
