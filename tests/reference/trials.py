"""Random queries with what both executors answered to every viewer, made as they are asked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from serai.graph.execute import Engine
from serai.viewers import Viewer

from .comparison import difference
from .executor import Answer
from .features import FEATURES, FORMS
from .generator import Generator, Query
from .house import OPERATOR, House
from .pages import MARK
from .shrink import shrunk

LIKELY = ("anonymous", "anonymous", "customer", "provider", OPERATOR)
"""For whom queries are to find something: what these see, the others mostly see, too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One query: what the reference expects for each viewer, and where the engine differs, by viewer."""

    number: int
    query: Query
    expected: Mapping[str, Answer]
    differences: Mapping[str, str]


@dataclass(slots=True)
class Tally:
    """What the queries so far came to."""

    queries: int = 0
    non_empty: Counter[str] = field(default_factory=Counter)
    unlike_operator: Counter[str] = field(default_factory=Counter)
    fast: int = 0
    """How many were answered on the fast lane too."""


class Trials:
    """The queries of one seed; each is made and answered once."""

    def __init__(self, house: House, seed: int, viewers: Mapping[str, Viewer]) -> None:
        self.house = house
        self.seed = seed
        self.viewers = viewers
        self.tally = Tally()
        personas = [viewers[one] for one in LIKELY if one in viewers] + [
            one for name, one in viewers.items() if name not in LIKELY and len(viewers) > len(house.viewers)
        ]
        self.generator = Generator(house.reference.schema, house.reference, personas, seed)
        self._made: list[Trial] = []

    async def at(self, number: int) -> Trial:
        """A trial by its number."""
        while len(self._made) <= number:
            self._made.append(await self._next())
        return self._made[number]

    async def _next(self) -> Trial:
        house, marks = self.house, self.house.reference.marks
        query = self.generator.next()
        asked = asyncio.ensure_future(self.ask(house.engine, query))
        await asyncio.sleep(0)  # the database works while the reference does
        expected = await house.expect(query.document, query.variables, self.viewers)
        answers = await asked
        differences = {}
        for name, answer in answers.items():
            found = difference(expected[name], answer, marks.learn)
            if found is not None:
                differences[name] = found
        await self._on_the_fast_lane(query, differences)
        if OPERATOR in expected:
            for text in _marks(expected[OPERATOR].data):
                if text in marks.cursors:
                    marks.offer(text)
        self._count(expected)
        return Trial(len(self._made), query, expected, differences)

    async def ask(self, engine: Engine, query: Query) -> dict[str, dict[str, Any]]:
        """What an engine answers to each viewer."""
        answers = await asyncio.gather(
            *(self.house.ask(engine, query.document, query.variables, one) for one in self.viewers.values())
        )
        return dict(zip(self.viewers, answers, strict=True))

    async def _on_the_fast_lane(self, query: Query, differences: dict[str, str]) -> None:
        """Ask once more as one of the viewers: planned by now, it is the fast lane's, and the bytes are the same."""
        name = list(self.viewers)[self.tally.queries % len(self.viewers)]
        engine, variables, viewer = self.house.engine, dict(query.variables), self.viewers[name]
        prepared = engine.prepared(query.document, variables, None, viewer)
        if prepared is not None:
            self.tally.fast += 1
            fast, slow = await prepared(), await engine.execute(query.document, variables, None, viewer)
            if fast != slow:
                differences[name] = f"fast lane {fast}, slow lane {slow}"

    def _count(self, expected: Mapping[str, Answer]) -> None:
        self.tally.queries += 1
        for name, answer in expected.items():
            self.tally.non_empty[name] += answer.rows > 0
            self.tally.unlike_operator[name] += answer.data != expected[OPERATOR].data

    def counts(self) -> str:
        """The seed and what came of it, in a few lines."""
        tally, coverage = self.tally, self.generator.coverage
        every = sorted((*FEATURES, *FORMS), key=lambda one: coverage.single[one])
        return "\n".join(
            [
                f"seed {self.seed}: {tally.queries} queries, each asked by {len(self.viewers)} viewers",
                f"{len(FEATURES)} features, {len(coverage.missing())} pairs of them unused; {len(FORMS)} forms; "
                "how many queries used each:",
                *wrap(", ".join(f"{one} {coverage.single[one]}" for one in every), 116),
                *(
                    f"{name:<12} {tally.non_empty[name] / tally.queries:4.0%} not empty, "
                    f"{tally.unlike_operator[name] / tally.queries:4.0%} unlike the operator's"
                    for name in self.viewers
                ),
            ]
        )

    async def report(self, trial: Trial) -> str:
        """A disagreement, made small, for people to read."""
        name, found = next(iter(trial.differences.items()))
        viewer, variables = self.viewers[name], trial.query.variables
        where = f"seed {self.seed}, query {trial.number}, asked as {name} {viewer}: {found}"

        async def shows(document: str) -> bool:
            answers = await self.house.expect(document, variables, {name: viewer})
            answer = await self.house.ask(self.house.new_engine(), document, variables, viewer)
            return difference(answers[name], answer, self.house.reference.marks.learn) is not None

        document = trial.query.document
        if not await shows(document):
            return f"{where}\nonly after the queries before it, as with plans that were kept:\n{document}\n{variables}"
        small = await shrunk(document, self.house.reference.schema, shows)
        used = {key: value for key, value in variables.items() if f"${key}" in small}
        return f"{where}\n{small}\n{used}"


def _marks(data: Any) -> list[str]:
    """The marks in an answer of the reference."""
    if isinstance(data, str):
        return [data] if data.startswith(MARK) else []
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [text for one in inner for text in _marks(one)]
