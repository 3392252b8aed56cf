"""When things happen in the demo: two years with seasons, weekdays, growth and days that are just better."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from .scenes import Scene

__all__ = ["DAYS", "Calendar"]

DAYS: Final = 730
WEEKDAYS: Final = (0.9, 0.9, 1.0, 1.0, 1.2, 1.4, 0.8)


class Calendar:
    """How much happens on each of the days until ``now``, and in which scene."""

    def __init__(self, random: Random, now: datetime, scenes: Sequence[Scene]) -> None:
        self.start = now - timedelta(days=DAYS)
        self.end = now
        wanted = [[scene.weight * scene.season[month] for scene in scenes] for month in range(12)]
        self._wanted = [list(accumulate(weights)) for weights in wanted]
        days = [self.start + timedelta(days=day) for day in range(DAYS)]
        self._until = list(
            accumulate(
                (0.45 + 1.1 * number / DAYS)
                * self._wanted[day.month - 1][-1]
                * WEEKDAYS[day.weekday()]
                * random.uniform(0.8, 1.2)
                for number, day in enumerate(days)
            )
        )

    def share_until(self, day: int) -> float:
        """How much of all had happened at the end of that day, from 0 to 1."""
        return self._until[day] / self._until[-1]

    def scene(self, random: Random, at: datetime) -> int:
        """Which scene something belongs to, by the season; its place among those given."""
        until = self._wanted[at.month - 1]
        return bisect_right(until, random.random() * until[-1])

    def draw(self, random: Random, day: int) -> datetime:
        """An instant of that day, in the hours people are awake."""
        seconds = min(86_399.0, max(0.0, random.gauss(14, 4) * 3_600))
        return self.start + timedelta(days=day, seconds=seconds)
