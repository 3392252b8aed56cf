"""Other processes on the same database: whether they have the same plug-ins, as the names of their sessions say."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from serai.storage import Pool

__all__ = ["Neighbours", "sign_of"]

EVERY_S: Final = 10.0
DIGITS: Final = 12

SIGNS: Final = rf"""
select right(application_name, {DIGITS}) as sign, count(*) as sessions
from pg_stat_activity
where datname = current_database()
  and application_name ~ '^serai-(feed|jobs) [0-9a-f]{{{DIGITS}}}$'
group by 1
"""
KNOWN: Final = "select id, version from core_plugin order by id"

log = structlog.stdlib.get_logger("serai.neighbours")


def sign_of(plugins: Mapping[str, str]) -> str:
    """What stands for the versions of Serai (``core``) and of all plug-ins, in the names of sessions."""
    told = "\n".join(f"{id} {one}" for id, one in sorted(plugins.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:DIGITS]


class Neighbours:
    """Looks every ``every_s`` seconds whether there are processes with other plug-ins, and says so in the log.

    No process is registered anywhere: each names its long sessions by its ``sign``, and the database knows which there
    are. Whenever the others change, ``on_change`` is called: what was learned of absent plug-ins may be old.
    """

    def __init__(
        self,
        pool: Pool,
        sign: str,
        plugins: Mapping[str, str],
        *,
        on_change: Callable[[], Awaitable[None]],
        every_s: float = EVERY_S,
    ) -> None:
        self.sign = sign
        self._pool = pool
        self._plugins = dict(plugins)
        self._on_change = on_change
        self._every_s = every_s
        self._seen: frozenset[str] = frozenset()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="serai-neighbours")

    async def stop(self) -> None:
        """Look no more."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def differences(self) -> str | None:
        """What is to be said of processes with other plug-ins, or of another version; ``None`` if there are none."""
        others = await self._others()
        return await self._told() if others else None

    async def look(self) -> None:
        """Look once; what is new is told to the log."""
        others = await self._others()
        if others == self._seen:
            return
        self._seen = others
        await self._on_change()
        if others:
            log.warning("processes differ", message=await self._told())
        else:
            log.info("processes are alike")

    async def _others(self) -> frozenset[str]:
        rows = await self._pool.fetch(SIGNS)
        return frozenset(row["sign"] for row in rows) - {self.sign}

    async def _told(self) -> str:
        known = {row["id"]: row["version"] for row in await self._pool.fetch(KNOWN)}
        parts = [
            f"{id} is {here} here, {known[id]} there"
            for id, here in sorted(self._plugins.items())
            if known.get(id, here) != here
        ]
        parts += [f"{id} is not loaded here" for id in sorted(known.keys() - self._plugins.keys())]
        which = ": " + ", ".join(parts) if parts else "; see what they say"
        return f"processes on this database run another Serai or other plug-ins{which}"

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # a database that is away is told of elsewhere; it is looked again
                log.debug("neighbours not seen", error=repr(error))
            await asyncio.sleep(self._every_s)
