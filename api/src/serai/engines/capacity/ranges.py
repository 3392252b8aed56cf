"""Ranges as callers say them, and as they are kept: dates, slots and totals on one axis of instants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from serai_sdk.capacity import Claim, Measure

from . import errors

Edge: TypeAlias = "date | datetime | None"

MOST_PERIODS: Final = 2_000
"""Of how many dates or slots of pools one call may be, all its ranges together."""
GREATEST: Final = 2**31 - 1
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource as it is kept; ``step_s`` is how long its periods are, if it has any."""

    id: UUID
    is_unit: bool
    measure: Measure
    step_s: int | None
    capacity: int


def bounds(resource: Resource, starts: Edge, ends: Edge) -> tuple[datetime | None, datetime | None]:
    """A range on the axis; ``TypeError`` where it is of another kind than its resource, else ``CapacityError``."""
    if resource.measure is Measure.TOTAL:
        if starts is not None or ends is not None:
            raise TypeError("what is measured in total has no range")
        return None, None
    first, last = _instant(resource, starts), _instant(resource, ends)
    if last <= first:
        raise errors.invalid("The range ends before it begins, or as it begins")
    if resource.step_s is not None:
        for edge in (first, last):
            if edge.timestamp() % resource.step_s:
                raise errors.invalid(f"{edge.isoformat()} is not where a slot begins")
    return first, last


def looked_at(starts: Edge, ends: Edge) -> tuple[datetime | None, datetime | None]:
    """A range on the axis whatever its resource is, to look at what is left."""
    first, last = _placed(starts), _placed(ends)
    if (first is None) != (last is None):
        raise TypeError("a range has two ends, or none")
    if first is not None and last is not None:
        if last <= first:
            raise errors.invalid("The range ends before it begins, or as it begins")
        check_periods(((last - first) // timedelta(days=1),))
    return first, last


def periods(resource: Resource, first: datetime | None, last: datetime | None) -> int:
    """How many periods of a pool a range has."""
    if resource.is_unit or resource.step_s is None or first is None or last is None:
        return 1
    return int((last - first).total_seconds()) // resource.step_s


def check_periods(counts: Iterable[int]) -> None:
    """Refuse ranges that are too long to be counted one by one."""
    if (count := sum(counts)) > MOST_PERIODS:
        raise errors.invalid(f"That is {count} dates or slots, and {MOST_PERIODS} is the most at once")


def edge(measure: Measure, at: datetime | None) -> Edge:
    """An instant of the axis as callers say it."""
    return at.astimezone(UTC).date() if measure is Measure.DATE and at is not None else at


def next_free(
    first: datetime,
    last: datetime,
    obstacles: Sequence[tuple[datetime | None, datetime | None]],
    *,
    most: int,
) -> datetime | None:
    """When a range as long begins that none of the obstacles, ordered by their beginnings, is in the way of."""
    start, length = first, last - first
    for begins, ends in obstacles:
        if begins is not None and begins >= start + length:
            return start
        if ends is None:
            return None
        start = max(start, ends)
    return start if len(obstacles) < most else None


def overlapping(claims: Sequence[Claim], found: dict[UUID, Resource]) -> bool:
    """Whether two of the claims want the same unit at the same time."""
    units: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for one in claims:
        if found[one.resource].is_unit:
            first, last = bounds(found[one.resource], one.starts, one.ends)
            assert first is not None
            assert last is not None
            units.setdefault(one.resource, []).append((first, last))
    return any(
        earlier[1] > later[0]
        for ranges in units.values()
        for earlier, later in zip(sorted(ranges), sorted(ranges)[1:], strict=False)
    )


def _instant(resource: Resource, said: Edge) -> datetime:
    if resource.measure is Measure.DATE:
        if not isinstance(said, date) or isinstance(said, datetime):
            raise TypeError(f"the resource is measured by dates; here is {said!r}")
        return datetime.combine(said, time(), UTC)
    if not isinstance(said, datetime) or said.tzinfo is None:
        raise TypeError(f"the resource is measured by instants with a time zone; here is {said!r}")
    return said


def _placed(said: Edge) -> datetime | None:
    if said is None or isinstance(said, datetime):
        return said
    return datetime.combine(said, time(), UTC)


def seconds(slot: timedelta) -> int:
    """A slot in whole seconds; ``ValueError`` if it is none."""
    if slot < timedelta(seconds=1) or slot.microseconds:
        raise ValueError(f"a slot lasts whole seconds, and at least one; here {slot}")
    return slot // timedelta(seconds=1)
