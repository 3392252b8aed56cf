"""The text that stops a start: every plug-in that failed, every problem of each, where it is and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from serai.graph.findings import Problem

from .report import Loaded

HINT: Final = (
    "Mend or uninstall them; or list in serai.toml, under [plugins], those to start with, "
    'the ones a start may do without as "optional".'
)


def refusal_text(failed: Sequence[Loaded]) -> str:
    """What to tell whoever wants to start."""
    count = "a plug-in that is required" if len(failed) == 1 else f"{len(failed)} plug-ins that are required"
    lines = [f"{count} cannot be loaded", ""]
    for one in failed:
        lines.append(f"{one.id} {one.version}".rstrip() + f" is {one.state}:")
        for problem in one.problems:
            lines += _problem_lines(problem)
        lines.append("")
    return "\n".join(lines).rstrip()


def _problem_lines(problem: Problem) -> list[str]:
    lines = [f"  - {problem.message}"]
    if problem.origin is not None and problem.origin.file:
        origin = problem.origin
        place = f"{origin.file}:{origin.line}" if origin.line else origin.file
        if place not in problem.message:
            lines.append(f"    at {place}")
    for other in problem.others:
        if str(other) not in problem.message:
            lines.append(f"    and {other}")
    lines.append(f"    mend: {problem.hint}")
    return lines
