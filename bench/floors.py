"""What is asked of Serai against the others in the same run: the least ratio of rates, the most of CPU and of tails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from .load import Sample
from .measure import Measured, rate, server_cpu, tail

CONNECTIONS = 16
MANY = 64
QUERIES = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "M1")
NOISE = 0.9
"""What counts as level with another."""

LEAST_OF_HANDWRITTEN = {"Q1": 0.6, "Q2": 0.6, "Q3": 0.8, "Q4": 0.8, "Q5": 0.8, "Q6": 0.8}
LEAST_OF_POSTGRAPHILE = {"Q1": 2.0, "Q2": 2.0, "Q3": 2.0, "Q4": 1.5, "Q5": NOISE, "Q6": NOISE, "M1": 1.4}
LEAST_OF_CONVENTIONAL = {"Q2": 20.0, "Q3": 20.0, "Q4": 20.0}
MOST_CPU = 1.7
MOST_TAIL = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """One demand on a figure of Serai divided by another's: at least or at most a bound."""

    query: str
    connections: int
    other: str
    figure: str
    what: Callable[[Sample], float | None]
    bound: float
    is_least: bool

    def holds(self, value: float) -> bool:
        """Whether a ratio keeps it."""
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A floor for one query as it was measured."""

    floor: Floor
    query: str
    value: float

    @property
    def holds(self) -> bool:
        """Whether it is kept."""
        return self.floor.holds(self.value)

    def __str__(self) -> str:
        one = self.floor
        bound = f"at {'least' if one.is_least else 'most'} {one.bound:g}"
        return (
            f"{self.query} at {one.connections} connections: {one.figure} is {self.value:.2f} of {one.other}'s, "
            f"{bound} is asked"
        )


def floors() -> Iterator[Floor]:
    """All that is asked."""
    for other, least in (
        ("handwritten", LEAST_OF_HANDWRITTEN),
        ("postgraphile", LEAST_OF_POSTGRAPHILE),
        ("conventional", LEAST_OF_CONVENTIONAL),
    ):
        for query, bound in least.items():
            yield Floor(
                query=query,
                connections=CONNECTIONS,
                other=other,
                figure="requests per second",
                what=rate,
                bound=bound,
                is_least=True,
            )
    for query in QUERIES:
        yield Floor(
            query=query,
            connections=CONNECTIONS,
            other="handwritten",
            figure="CPU of the server per request",
            what=server_cpu,
            bound=MOST_CPU,
            is_least=False,
        )
        yield Floor(
            query=query,
            connections=MANY,
            other="handwritten",
            figure="p99/p50",
            what=tail,
            bound=MOST_TAIL,
            is_least=False,
        )


def judge(measured: Sequence[Measured]) -> list[Verdict]:
    """Every floor there are figures for, by the median of the rounds; a member's queries are asked the same."""
    found = []
    for floor in floors():
        for one in measured:
            if one.query.plain_name == floor.query and one.connections == floor.connections:
                ratios = one.ratios("serai", floor.other, floor.what)
                if ratios:
                    found.append(Verdict(floor, one.query.name, median(ratios)))
    return found
