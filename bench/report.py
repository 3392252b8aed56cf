"""What came out: a table for the terminal, with rates, and a page for the repository, with ratios alone."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from .measure import CONTESTANTS, Measured, middle

LEAST_OF_CONVENTIONAL = 10.0

PAGE = """# The first slice: Serai against bare SQL and against resolvers

Written by `make bench`. Ratios of requests per second, each taken within one round of one run in which the contestants
take turns: the median of {rounds} rounds, and in brackets the least and the greatest. Rates themselves are left out:
they tell about a machine, not about Serai. A wide spread tells that the machine was busy with other things.

| query | Serai / bare SQL | floor | Serai / resolvers | floor |
|---|---|---|---|---|
{rows}

- **Serai**: the whole application over HTTP on uvicorn, one process: a signed token on every request, access rules
  compiled in, an operator's view, requests logged, the booking plug-in loaded.
- **Bare SQL**: the statements Serai sends, taken from its driver, sent by asyncpg from a loop of its own: prepared,
  {connections} connections, no HTTP, nothing else done with the answer.
- **Resolvers**: the same part of the schema in Strawberry with data loaders over Tortoise, on uvicorn: one statement a
  loader and level, pages cut in SQL, no tokens, rules or logs. Documents are parsed and validated at each request, as
  Strawberry does unless told otherwise.

{conditions}

{queries}
"""

CONDITIONS = """The database: {sizes}; all of it in memory. {sets} distinct sets of variables a query; {connections}
keep-alive connections that each send the next request when the last is answered. The contestant has a core of its own,
PostgreSQL and the client share the others ({cores} cores in all for this run). Answers of all three are compared before
anything is measured. A floor that does not hold fails the command."""


def spread(values: Sequence[float], digits: int) -> str:
    """Median, least and greatest."""
    return f"{middle(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(measured: Sequence[Measured]) -> str:
    """Requests per second and ratios, for people at a terminal."""
    lines = [
        f"{'':4}"
        + "".join(f"{name + ' req/s':>32}" for name in CONTESTANTS)
        + f"{'/ bare':>24}{'/ conventional':>26}"
    ]
    for one in measured:
        rates = "".join(f"{spread(one.rates(name), 0):>32}" for name in CONTESTANTS)
        bare, usual = one.ratios("serai", "bare"), one.ratios("serai", "conventional")
        lines.append(f"{one.query.name:4}{rates}{spread(bare, 2):>24}{spread(usual, 1):>26}")
    return "\n".join(lines)


def broken_floors(measured: Sequence[Measured]) -> list[str]:
    """What is below its floor, in words."""
    broken = []
    for one in measured:
        of_bare = middle(one.ratios("serai", "bare"))
        of_usual = middle(one.ratios("serai", "conventional"))
        if one.query.least_of_bare is not None and of_bare < one.query.least_of_bare:
            broken.append(
                f"{one.query.name}: {of_bare:.2f} of bare SQL, at least {one.query.least_of_bare} is asked"
            )
        if of_usual < LEAST_OF_CONVENTIONAL:
            broken.append(
                f"{one.query.name}: {of_usual:.1f} times the resolvers, at least {LEAST_OF_CONVENTIONAL:g} is asked"
            )
    return broken


def page(
    measured: Sequence[Measured], *, sizes: str, sets: int, connections: int, rounds: int, core_count: int
) -> str:
    """The page for the repository."""
    rows = [
        f"| {one.query.name}: {one.query.title} | {spread(one.ratios('serai', 'bare'), 2)} "
        f"| {'none' if one.query.least_of_bare is None else one.query.least_of_bare} "
        f"| {spread(one.ratios('serai', 'conventional'), 1)} | {LEAST_OF_CONVENTIONAL:g} |"
        for one in measured
    ]
    queries = "\n\n".join(
        f"## {one.query.name}: {one.query.title}\n\n```graphql\n{one.query.document}\n```" for one in measured
    )
    conditions = CONDITIONS.format(sizes=sizes, sets=f"{sets:,}", connections=connections, cores=core_count)
    return PAGE.format(
        rows="\n".join(rows),
        connections=connections,
        rounds=rounds,
        conditions=fill(" ".join(conditions.split()), 120),
        queries=queries,
    )
