"""Rounds: work that is done again and again for as long as there is any, whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import asyncpg
import structlog

from serai.errors import SeraiError

__all__ = ["Rounds", "doubled", "told"]

RESTART_PAUSE_S: Final = 2.0
GONE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SeraiError)
"""What says that the database is, for now."""

log = structlog.stdlib.get_logger("serai.feed")


class Rounds:
    """Calls ``go_on`` until it is told to stop: at once while there was something to do, else when it is woken.

    Or after ``poll_s`` seconds, as nobody tells of what other processes do. A database that is gone is waited for;
    ``names`` say in the log whose rounds these are.
    """

    def __init__(self, go_on: Callable[[], Awaitable[bool]], *, poll_s: float, **names: Any) -> None:
        self._go_on = go_on
        self._poll_s = poll_s
        self._names = names
        self._woken = asyncio.Event()
        self.is_stopped = False

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing more; ``run`` returns when the round that is under way has ended."""
        self.is_stopped = True
        self.wake()

    async def run(self) -> None:
        """Work until ``stop``."""
        while not self.is_stopped:
            self._woken.clear()
            pause = self._poll_s
            try:
                if await self._go_on():
                    continue
            except GONE as error:
                log.warning("waits for the database", error=str(error) or type(error).__name__, **self._names)
                pause = RESTART_PAUSE_S
            except Exception as error:  # whatever it is, the next round may go well
                log.error("begins anew", exc_info=error, **self._names)
                pause = RESTART_PAUSE_S
            if not self.is_stopped:
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return


def doubled(first: timedelta, attempt: int, *, at_most: timedelta) -> timedelta:
    """The pause after so many attempts: twice that after the one before."""
    return min(first * (1 << min(attempt - 1, 20)), at_most)


def told(error: Exception) -> str:
    """Its first line: databases tell values of rows in those that follow."""
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"
