"""Capacity as plug-ins see it: resources, and holds of them that never take more than there is.

A resource is a unit, which one hold at a time has (a cabin, an expert), or a pool of equal parts (seats, goods). It is
measured by local dates, by slots of time, or in total. A hold claims ranges of one or several resources, all or
nothing, and lasts until it expires, is released, or is confirmed and so stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from .errors import UserError

__all__ = ["Capacity", "CapacityError", "CapacityTaken", "Claim", "Hold", "HoldState", "Measure"]


class Measure(StrEnum):
    """By what a resource is held: local dates of its place, instants, or in total."""

    DATE = "DATE"
    SLOT = "SLOT"
    TOTAL = "TOTAL"


class HoldState(StrEnum):
    """Where a hold is in its life; it takes something while ``HELD`` (until it expires) and ``CONFIRMED``."""

    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is wanted of one resource: a half-open range, and of a pool how many.

    ``starts`` and ``ends`` are dates where the resource is measured by dates, instants with a time zone where it is
    measured by slots, and ``None`` where it is measured in total.
    """

    resource: UUID
    starts: date | datetime | None = None
    ends: date | datetime | None = None
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as it stands; ``expires_at`` is ``None`` once it is confirmed."""

    id: UUID
    state: HoldState
    expires_at: datetime | None
    claims: tuple[Claim, ...]


class CapacityError(UserError):
    """A hold that is not to be had; ``hint`` says what to do about it."""

    def __init__(self, code: str, message: str, *, hint: str) -> None:
        super().__init__(code, message)
        self.hint = hint


class CapacityTaken(CapacityError):
    """There is not as much left: ``CAPACITY_TAKEN``.

    ``left`` is how many there are for the whole range; ``next_free`` is when a range as long, with as many, begins at
    the earliest after the one asked for, ``None`` where that is not known.
    """

    def __init__(self, claim: Claim, *, left: int, next_free: date | datetime | None) -> None:
        wanted = f"{left} of the {claim.quantity} asked for are left" if left else "Nothing of it is left"
        super().__init__(
            "CAPACITY_TAKEN",
            f"{wanted} then." if claim.starts is not None else f"{wanted}.",
            hint=f"it is free from {next_free.isoformat()} on"
            if next_free
            else "ask for less, or another time",
        )
        self.resource, self.claim, self.left, self.next_free = claim.resource, claim, left, next_free


class Capacity(Protocol):
    """What there is and who holds it. Every call but ``left`` belongs to the current change, and is undone with it.

    The rows of the resources are locked, in order of ids: a change that holds several resources names them in one call.
    """

    async def open(
        self,
        id: UUID,
        *,
        kind: str,
        measure: Measure,
        capacity: int | None = None,
        slot: timedelta | None = None,
        provider: UUID | None = None,
    ) -> None:
        """Make a resource, under the id of what it is the capacity of; the same again changes nothing.

        Members of its ``provider`` see in the graph who holds it, and take it off sale.

        Without a ``capacity`` it is a unit. ``slot`` is how long the slots of a pool are: ranges begin and end at whole
        ones, counted from 1970-01-01T00:00Z. Raises ``ValueError`` where there is another resource of that id.
        """

    async def resize(self, resource: UUID, capacity: int) -> None:
        """How many parts a pool has from now on; ``CAPACITY_IN_USE`` where more are held of it."""

    async def seats(
        self,
        resource: UUID,
        capacity: int | None,
        starts: date | datetime,
        ends: date | datetime,
    ) -> None:
        """How many parts a pool has in these dates or slots; ``None``: as many as it has otherwise.

        Raises ``CAPACITY_IN_USE`` where more are held.
        """

    async def blackout(
        self,
        resource: UUID,
        starts: date | datetime | None = None,
        ends: date | datetime | None = None,
        *,
        id: UUID,
        reason: str | None = None,
    ) -> Sequence[UUID]:
        """Let nothing of a resource be held within a range from now on; returns the holds (1,000 at most) within it.

        These stay: whoever blacks out decides what becomes of them.
        """

    async def reopen(self, blackout: UUID) -> None:
        """End a blackout; it may have ended."""

    async def lock(self, holds: Iterable[UUID]) -> None:
        """Lock what holds have resources of, for a change that locks something else before it lets go of them."""

    async def hold(
        self, claims: Sequence[Claim], *, id: UUID, ttl: timedelta | None = None, reference: str | None = None
    ) -> Hold:
        """Hold all of the claims or nothing, under an id the caller has made, for ``ttl`` from now.

        Without ``ttl`` the hold is confirmed at once. The same again is the same hold, as it stands by then. Raises
        ``CapacityTaken``, or ``CapacityError``: ``CAPACITY_CLOSED`` in a blackout, ``CAPACITY_RANGE_INVALID``,
        ``RESOURCE_NOT_FOUND``, ``HOLD_ID_REUSED``.
        """

    async def confirm(self, hold: UUID) -> Hold:
        """Make a hold stay until it is released; done already, it changes nothing.

        Whoever uses a hold confirms it in the change that uses it: until the commit nobody can take it away. Raises
        ``CapacityError``: ``HOLD_NOT_FOUND``, ``HOLD_EXPIRED``, ``HOLD_RELEASED``.
        """

    async def extend(self, hold: UUID, ttl: timedelta) -> Hold:
        """Let a hold last at least for ``ttl`` from now. Raises as ``confirm`` does; what is confirmed stays so."""

    async def release(self, hold: UUID) -> Hold:
        """Let go of a hold, confirmed or not; one that has ended stays as it is. Raises ``HOLD_NOT_FOUND``."""

    async def expire(self, *, most: int = 100) -> int:
        """Write down that holds beyond their time have expired; returns how many that were.

        What they held is free without this, from the very moment.
        """

    async def find(self, hold: UUID) -> Hold | None:
        """A hold as it stands."""

    async def left(self, claims: Sequence[Claim]) -> list[int | None]:
        """How many are left for each claim by itself: of a unit 1 or 0.

        Of a pool, in all dates or slots that the range touches. ``None`` where there is no such resource, the range is
        none of its measure, or has more than 2,000 dates or slots. One statement for all, without a lock: what it says
        may change at any time.
        """
