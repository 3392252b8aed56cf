"""What came out: a table for the terminal, with rates, and a page for the repository, with ratios alone."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .measure import Measured, database_cpu, half, most, rate, server_cpu


def spread(values: Sequence[float], digits: int) -> str:
    """Median, least and greatest."""
    if not values:
        return "-"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def table(measured: Sequence[Measured]) -> str:
    """What was measured, for people at a terminal: a line for each query, number of connections and contestant."""
    lines = [
        f"{'':5}{'conn':>5} {'':14}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'server CPU':>12}{'db CPU':>9}"
        f"{'RSS MiB':>9}   {'serai / it, req/s':22}{'serai / it, server CPU':22}"
    ]
    for one in measured:
        for name, samples in one.samples.items():
            figures = [one.middle(name, what) for what in (rate, half, most, server_cpu, database_cpu)]
            shown = [
                f"{'-' if value is None else format(value, f'.{digits}f'):>{width}}"
                for value, digits, width in zip(figures, (0, 2, 2, 3, 3), (9, 9, 9, 12, 9), strict=True)
            ]
            against = (
                ""
                if name == "serai" or not samples
                else f"{spread(one.ratios('serai', name, rate), 2):22}"
                f"{spread(one.ratios('serai', name, server_cpu), 2):22}"
            )
            lines.append(
                f"{one.query.name:5}{one.connections:>5} {name:14}{''.join(shown)}{one.memory[name]:>9.0f}   {against}"
            )
    lines.append("CPU: seconds for 1,000 requests.")
    return "\n".join(lines)
