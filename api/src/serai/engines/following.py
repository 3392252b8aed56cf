"""What plug-ins do in the changes that emit certain events: their follow-ups, bound to one change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from serai_sdk import CallCtx, FollowUp

__all__ = ["Following", "by_event"]


class Following:
    """A follow-up within one change."""

    def __init__(self, follow_up: FollowUp, ctx: CallCtx) -> None:
        self._follow_up = follow_up
        self._ctx = ctx

    async def lock(self, ids: Sequence[UUID]) -> None:
        """See the record."""
        if self._follow_up.lock is not None:
            await self._follow_up.lock(self._ctx, ids)

    async def run(self, id: UUID) -> None:
        """See the record."""
        await self._follow_up.run(self._ctx, id)


def by_event(follow_ups: Iterable[FollowUp]) -> Mapping[str, Sequence[FollowUp]]:
    """Follow-ups by the event they follow, those of the plug-in that was loaded first before others."""
    found: dict[str, list[FollowUp]] = {}
    for one in follow_ups:
        found.setdefault(one.event, []).append(one)
    return found
