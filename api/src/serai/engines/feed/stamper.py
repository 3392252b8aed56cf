"""The stamper: gives committed events their places, one batch at a time, whichever process it runs in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import asyncpg
import structlog

from serai.storage.sessions import Connection, connection_arguments

__all__ = ["CHANNEL", "STAMP", "Stamper"]

CHANNEL: Final = "serai_feed"
STAMP: Final = "select serai_stamp($1, $2, $3)"

log = structlog.stdlib.get_logger("serai.feed")


class Stamper:
    """Keeps stamping until it is stopped, over one connection of its own, and says when there is something to read.

    Whoever has changed something in this process calls ``wake``; what other processes wrote and did not stamp (they
    were killed, or are commands) is found by looking every ``poll_s`` seconds. A batch is one statement in one
    transaction that the database ends by itself: whoever is killed before has stamped nothing, and nobody waits for
    them. ``pause_s`` after a batch lets the next ones gather. ``prefixes`` are those of ids by type of aggregate. The
    database knows its connection by the name ``session``.

    ``on_news`` is called with the position of the last event that is stamped, in whichever process that was, and with
    ``None`` where it is not known: after the connection was lost, and when it polls.
    """

    def __init__(
        self,
        dsn: str,
        prefixes: Mapping[str, str],
        *,
        on_news: Callable[[int | None], None] = lambda position: None,
        batch: int = 1000,
        poll_s: float = 1.0,
        pause_s: float = 0.01,
        session: str = "serai-feed",
    ) -> None:
        self._dsn = dsn
        self._types, self._prefixes = list(prefixes), list(prefixes.values())
        self._on_news = on_news
        self._batch = batch
        self._poll_s = poll_s
        self._pause_s = pause_s
        self._session = session
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Say that something was written."""
        self._woken.set()

    def start(self) -> None:
        """Begin; without a database it waits for one."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="serai-stamper")

    async def stop(self) -> None:
        """End, after the batch that is under way."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def stamp(self, connection: Any) -> int:
        """Stamp all there is, over a connection outside any transaction; how many that were."""
        total = 0
        while True:
            stamped: int = await connection.fetchval(STAMP, self._batch, self._types, self._prefixes)
            total += stamped
            if stamped < self._batch:
                return total

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                connection = await connect(self._dsn, self._session)
            except Exception as error:  # of what kind it is does not matter: the feed has to go on
                failures = await self._rest(failures, error)
                continue
            try:
                await connection.add_listener(CHANNEL, self._told)
                self._on_news(None)
                failures = 0
                await self._keep_stamping(connection)
            except Exception as error:  # the driver has many for a connection that is gone
                failures = await self._rest(failures, error)
            finally:
                connection.terminate()

    async def _keep_stamping(self, connection: Connection) -> None:
        while True:
            self._woken.clear()
            await self.stamp(connection)
            await asyncio.sleep(self._pause_s)
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._woken.wait()
            except TimeoutError:
                self._on_news(None)

    async def _rest(self, failures: int, error: Exception) -> int:
        """Wait before the next attempt, longer after each failure; the first of a row is told to the log."""
        if failures == 0:
            log.warning("the feed waits for the database", error=repr(error))
        await asyncio.sleep(min(5.0, 0.1 * 2**failures))
        return min(failures + 1, 10)

    def _told(self, _connection: Any, _pid: int, _channel: str, position: object) -> None:
        self._on_news(int(str(position)))


async def connect(dsn: str, session: str) -> Connection:
    """A connection on which each statement sees what was committed before it, whatever the database's default is."""
    arguments = connection_arguments(application_name=session)
    arguments["server_settings"] |= {"default_transaction_isolation": "read committed"}
    return await asyncpg.connect(dsn, command_timeout=60, **arguments)
