"""The dispatcher: what happens becomes deliveries, and deliveries are called for, until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from serai.engines.feed.rounds import Rounds

from .caller import Caller
from .places import Place
from .sending import Pace, Sending
from .taking import Taking

__all__ = ["Dispatcher"]

GATHER_S: Final = 0.02
"""How long ends of attempts are gathered before the next are looked for."""


class Dispatcher:
    """Has the webhooks of a platform told; any number of processes share the work.

    ``poll_s`` is how often it looks for what nobody has told it of by ``wake``.
    """

    def __init__(
        self,
        place: Place,
        caller: Caller,
        *,
        pace: Pace | None = None,
        timeout_s: float = 15.0,
        poll_s: float = 1.0,
    ) -> None:
        self._taking = Taking(place)
        self._sending = Sending(place, caller, pace=pace or Pace(), timeout_s=timeout_s)
        self._rounds = Rounds(self._go_on, poll_s=poll_s, part="webhooks")

    def wake(self) -> None:
        """Say that there may be events."""
        self._rounds.wake()

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns when what runs has ended."""
        self._rounds.stop()

    async def run(self) -> None:
        """Work until ``stop``; a database that is gone is waited for."""
        try:
            await self._rounds.run()
            if self._sending.under_way:
                await asyncio.wait(self._sending.under_way)
        finally:
            left = self._sending.under_way
            for one in left:
                one.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _go_on(self) -> bool:
        """Take what is new and begin what is due; whether there was anything."""
        taken = await self._taking.take()
        before = set(self._sending.under_way)
        begun = await self._sending.begin()
        for one in set(self._sending.under_way) - before:
            one.add_done_callback(self._ended)
        if begun or taken:
            await asyncio.sleep(GATHER_S)
        return bool(taken or begun)

    def _ended(self, _task: Any) -> None:
        self._rounds.wake()
