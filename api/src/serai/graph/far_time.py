"""Instants and days as PostgreSQL writes them, of all years it has: what a cursor holds, checked before it goes back.

Python has the years 1 to 9999 only, and the driver takes the first and the last of them for infinity: read into Python,
such a place in an order would be another one.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final

__all__ = ["day_text", "instant_text"]

DAY: Final = r"(\d{4,7})-(\d\d)-(\d\d)"
INSTANT_WRITTEN: Final = re.compile(
    DAY + r" (\d\d:\d\d:\d\d(?:\.\d{1,6})?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?", re.ASCII
)
DAY_WRITTEN: Final = re.compile(DAY + "( BC)?", re.ASCII)
ENDLESS: Final = ("infinity", "-infinity")

CYCLE: Final = 400
"""Years after which the calendar repeats."""
CYCLE_DAYS: Final = 146_097
DAY_S: Final = 86_400


def _number(year: str, month: str, day: str, before_christ: str | None) -> int:
    """Days since the first of the year 1; ``ValueError`` if there is no such day."""
    counted = 1 - int(year) if before_christ else int(year)
    if int(year) < 1:
        raise ValueError("there is no year 0")
    cycles, rest = divmod(counted, CYCLE)
    return date(CYCLE + rest, int(month), int(day)).toordinal() + (cycles - 1) * CYCLE_DAYS


FIRST_DAY: Final = _number("4714", "11", "24", " BC")
END_OF_INSTANTS: Final = _number("294277", "01", "01", None)
END_OF_DAYS: Final = _number("5874898", "01", "01", None)


def day_text(text: str) -> str:
    """The text of a ``date``, as it is; ``ValueError`` if PostgreSQL would not take it."""
    if text in ENDLESS:
        return text
    found = DAY_WRITTEN.fullmatch(text)
    if found is None or not FIRST_DAY <= _number(*found.group(1, 2, 3, 4)) < END_OF_DAYS:
        raise ValueError(f"{text[:60]!r} is not a day")
    return text


def instant_text(text: str) -> str:
    """The text of a ``timestamptz``, as it is; ``ValueError`` if PostgreSQL would not take it."""
    if text in ENDLESS:
        return text
    found = INSTANT_WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:60]!r} is not an instant")
    clock = time.fromisoformat(found[4])
    hours, minutes, seconds = (int(one or 0) for one in found.group(6, 7, 8))
    if hours > 15 or minutes > 59 or seconds > 59:
        raise ValueError(f"{text[:60]!r} has no offset that there is")
    offset = (hours * 60 + minutes) * 60 + seconds
    local = _number(*found.group(1, 2, 3, 9)) * DAY_S + (clock.hour * 60 + clock.minute) * 60 + clock.second
    if not FIRST_DAY * DAY_S <= local - (offset if found[5] == "+" else -offset) < END_OF_INSTANTS * DAY_S:
        raise ValueError(f"{text[:60]!r} is beyond what PostgreSQL has")
    return text
