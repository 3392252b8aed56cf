"""Who had how much of what, and when, told from the log alone: without the engine, or the database's counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
SINCE_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a hold at an instant."""

    hold: UUID
    state: str
    expires_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What a hold claims of a resource; a range without bounds where that is measured in total."""

    hold: UUID
    resource: UUID
    starts: datetime | None
    ends: datetime | None
    quantity: int


def lifetimes(steps: Iterable[Step]) -> tuple[dict[UUID, tuple[datetime, datetime]], list[str]]:
    """From when until when each hold had what it claims, and what is wrong with the order of its steps."""
    lives: dict[UUID, tuple[datetime, datetime]] = {}
    ended: set[UUID] = set()
    wrong: list[str] = []
    for step in steps:
        begun, ends = lives.get(step.hold, (step.at, FOREVER))
        if step.hold in ended:
            wrong.append(f"{step.hold} went on after its end")
        match step.state:
            case "HELD" | "CONFIRMED":
                if step.hold in lives and step.at >= ends:
                    wrong.append(f"{step.hold} was {step.state} after it had expired")
                lives[step.hold] = (begun, step.expires_at or FOREVER)
            case "RELEASED" | "EXPIRED":
                if step.state == "EXPIRED" and step.at < ends:
                    wrong.append(f"{step.hold} expired before its time")
                lives[step.hold] = (begun, min(step.at, ends))
                ended.add(step.hold)
    return lives, wrong


def check(
    steps: Sequence[Step], claims: Sequence[Taken], capacities: dict[UUID, int]
) -> tuple[list[str], dict[UUID, int]]:
    """What is wrong, and the most that was held of each resource at any instant."""
    lives, wrong = lifetimes(steps)
    by_resource: dict[UUID, list[Taken]] = defaultdict(list)
    for one in claims:
        by_resource[one.resource].append(one)
    most = {}
    for resource, some in by_resource.items():
        most[resource] = max((_most(part, lives) for part in _parts(some)), default=0)
        if most[resource] > capacities[resource]:
            wrong.append(f"{resource} had {most[resource]} of {capacities[resource]} held")
    return wrong, most


def _parts(claims: Sequence[Taken]) -> Iterator[list[Taken]]:
    """The claims upon each stretch of a resource's time within which none begins or ends."""
    edges = sorted({one.starts or SINCE_EVER for one in claims})
    for edge in edges:
        # what is held together anywhere is held together where one of them begins
        yield [one for one in claims if (one.starts or SINCE_EVER) <= edge < (one.ends or FOREVER)]


def _most(claims: Sequence[Taken], lives: dict[UUID, tuple[datetime, datetime]]) -> int:
    """The most that was held of them at one instant; who ends at an instant is gone by it."""
    changes: list[tuple[datetime, int]] = []
    for one in claims:
        begun, ended = lives[one.hold]
        if begun < ended:
            changes += [(begun, one.quantity), (ended, -one.quantity)]
    held = most = 0
    for _, change in sorted(changes):
        held += change
        most = max(most, held)
    return most
