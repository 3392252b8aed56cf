"""A check, what it finds, and what follows: results, and the tier of a plug-in."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from .subject import Subject

__all__ = ["CHECKS", "Check", "Finding", "Result", "State", "Tier", "Verdict", "check", "tier_of"]

State = Literal["passed", "failed", "skipped"]
LIMIT_S: Final = 60.0


class Tier(StrEnum):
    """How much of what Serai asks a plug-in meets; each tier asks what those before it ask, too."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check does not like: what, where, and how to mend it."""

    what: str
    mend: str
    place: str = ""


Run = Callable[["Subject"], "Iterator[Finding] | AsyncIterator[Finding]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A numbered check; ``page`` says why it is made and how to mend what it finds.

    It has ``limit_s`` to end. If it ``needs_tables``, there has to be a database to make them in.
    """

    id: str
    tier: Tier
    title: str
    page: str
    run: Run
    limit_s: float = LIMIT_S
    needs_tables: bool = False

    def came(self, state: State, *findings: Finding, reason: str = "") -> Result:
        """What came of it."""
        return Result(
            id=self.id, tier=self.tier, title=self.title, state=state, findings=findings, reason=reason
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a check; ``reason`` says why it was skipped."""

    id: str
    tier: Tier
    title: str
    state: State
    findings: tuple[Finding, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of all checks of a plug-in."""

    plugin: str
    version: str
    results: Sequence[Result]

    @property
    def tier(self) -> Tier | None:
        """The highest tier of which all checks passed, those of lower ones too; ``None`` if there is none."""
        return tier_of(self.results)

    def to_json(self) -> dict[str, Any]:
        """For programs: the tier, and each check."""
        found = [asdict(one) for one in self.results]
        return {"plugin": self.plugin, "version": self.version, "tier": self.tier, "checks": found}


def tier_of(results: Sequence[Result]) -> Tier | None:
    """See ``Verdict.tier``."""
    reached: Tier | None = None
    for tier in Tier:
        if any(one.tier is tier and one.state != "passed" for one in results):
            break
        reached = tier
    return reached


CHECKS: Final[dict[str, Check]] = {}
"""The checks by their ids, in the order in which they are made."""


def check(
    id: str, tier: Tier, *, limit_s: float = LIMIT_S, needs_tables: bool = False
) -> Callable[[Run], Run]:
    """Makes a function a check: the first line of its docstring is the title, the whole of it the page."""

    def decorate(run: Run) -> Run:
        title, _, page = (inspect.getdoc(run) or "").partition("\n")
        assert title.endswith("."), f"{id} has no title"
        assert id not in CHECKS, f"{id} is there twice"
        CHECKS[id] = Check(
            id=id,
            tier=tier,
            title=title[:-1],
            page=page.strip(),
            run=run,
            limit_s=limit_s,
            needs_tables=needs_tables,
        )
        return run

    return decorate
