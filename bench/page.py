"""The page `make bench` writes for the repository: ratios, the floors they are held to, and a plot of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from . import reference
from .contestants import POOL
from .floors import CONNECTIONS, Verdict, judge
from .load import Sample
from .measure import Measured, database_cpu, half, most, rate, server_cpu, tail
from .plot import bars
from .queries import QUERIES, VARIANTS
from .report import spread

OTHERS = ("handwritten", "bare", "postgraphile", "conventional")

HEAD = """# The engine: Serai against hand-written SQL and its peers

Written by `make bench`; [how it is measured](../../docs/explanation/performance.md). Ratios within one round of one run
in which the contestants take turns: the median of {rounds} rounds of {seconds:g} s, and in brackets the least and the
greatest. Rates themselves are left out: they tell about a machine, not about Serai. A wide spread tells that the
machine was busy with other things. What ends in `m` is asked by a provider's member, whose rules are in the
statements; the rest by an operator.

The database: {sizes};
all of it in memory, the same durability for all. {sets:,} distinct sets of variables a query, {pool} connections to the
database each. The contestant has one core, PostgreSQL and the client share the others ({cores} cores in all for this
run). All answers are compared before anything is measured.

![Serai's rate divided by that of the others](engine.svg)
"""


def write(
    folder: Path,
    measured: Sequence[Measured],
    *,
    rounds: int,
    seconds: float,
    cores: int,
    more: Sequence[str] = (),
) -> None:
    """Writes `engine.md` and `engine.svg`."""
    verdicts = judge(measured)
    sizes = ", ".join(
        f"{count:,} {what}"
        for count, what in (
            (reference.CUSTOMERS, "customers"),
            (reference.PROVIDERS, "providers"),
            (reference.SCENARIOS, "scenarios"),
            (reference.DEMANDS, "demands"),
            (reference.TRANSACTIONS, "transactions with their lines"),
            (reference.BOOKINGS, "bookings"),
        )
    )
    parts = [
        HEAD.format(
            rounds=rounds, seconds=seconds, sizes=sizes, sets=VARIANTS, pool=POOL, cores=cores
        ).rstrip()
    ]
    at_16 = [one for one in measured if one.connections == CONNECTIONS]
    parts.append(f"## Requests per second at {CONNECTIONS} connections, Serai's divided by")
    parts.append(_table(at_16, verdicts, rate, OTHERS))
    parts.append(f"## CPU of the server per request at {CONNECTIONS} connections, Serai's divided by")
    parts.append(_table(at_16, verdicts, server_cpu, OTHERS))
    parts.append(f"## CPU of the database per request at {CONNECTIONS} connections, Serai's divided by")
    parts.append(_table(at_16, verdicts, database_cpu, OTHERS))
    for connections in sorted({one.connections for one in measured} - {CONNECTIONS}):
        some = [one for one in measured if one.connections == connections]
        parts.append(f"## Requests per second at {connections} connections, Serai's divided by")
        parts.append(_table(some, verdicts, rate, OTHERS))
        if any(one.floor.connections == connections for one in verdicts):
            parts.append(f"## p99/p50 at {connections} connections, Serai's divided by")
            parts.append(_table(some, verdicts, tail, ("handwritten",)))
    parts.append(f"## Times and costs at {CONNECTIONS} connections on this machine, medians")
    parts.append(_costs(at_16))
    parts.append("## Floors")
    broken = [one for one in verdicts if not one.holds]
    parts.append(
        "\n".join(f"- {one}" for one in broken) if broken else f"All {len(verdicts)} that were measured hold."
    )
    parts += more
    parts.append("## The queries")
    shown = {one.query.name for one in measured}
    for query in QUERIES:
        if query.name in shown and query.name == query.plain_name:
            parts.append(f"{query.name}: {query.title}\n\n```graphql\n{query.document}\n```")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "engine.md").write_text("\n\n".join(parts) + "\n")
    groups = {}
    for one in at_16:
        ratios = {other: one.ratios("serai", other, rate) for other in OTHERS}
        groups[one.query.name] = {
            f"to {other}": (statistics.median(found), min(found), max(found))
            for other, found in ratios.items()
            if found
        }
    (folder / "engine.svg").write_text(
        bars(f"Serai's requests per second divided by others', {CONNECTIONS} connections", groups)
    )


def _table(
    measured: Sequence[Measured],
    verdicts: Sequence[Verdict],
    what: Callable[[Sample], float | None],
    others: Sequence[str],
) -> str:
    lines = ["| query | " + " | ".join(others) + " |", "|---" * (len(others) + 1) + "|"]
    for one in measured:
        cells = []
        for other in others:
            cell = spread(one.ratios("serai", other, what), 2)
            for verdict in verdicts:
                floor = verdict.floor
                is_it = (
                    verdict.query == one.query.name
                    and floor.other == other
                    and floor.what is what
                    and floor.connections == one.connections
                )
                if is_it:
                    cell += f" {'✓' if verdict.holds else '✗'} {floor}"
            cells.append(cell)
        lines.append(f"| {one.query.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _costs(measured: Sequence[Measured]) -> str:
    lines = [
        "CPU in seconds for 1,000 requests, times in milliseconds, memory in MiB after the query.",
        "",
        "| query | contestant | CPU of the server | CPU of the database | p50 | p99 | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in measured:
        for name in one.samples:
            figures = [
                "-" if value is None else format(value, f".{digits}f")
                for value, digits in (
                    (one.middle(name, server_cpu), 3),
                    (one.middle(name, database_cpu), 3),
                    (one.middle(name, half), 1),
                    (one.middle(name, most), 1),
                    (one.memory.get(name), 0),
                )
            ]
            lines.append(f"| {one.query.name} | {name} | " + " | ".join(figures) + " |")
    return "\n".join(lines)
