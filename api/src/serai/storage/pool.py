"""Connections: the last one used is the next one taken, and nothing is sent between two uses.

asyncpg's own pool sends a reset query after each use, which costs as much as a small read; here sessions are never
changed, so there is nothing to reset.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg

from serai.errors import DatabaseUnavailable, PoolTimeout, StorageError

from .sessions import STATEMENT_CACHE, Connection, connection_arguments
from .watching import Observers

__all__ = ["Connection", "Pool"]

T = TypeVar("T")
Prepared: TypeAlias = "OrderedDict[str, Callable[..., Awaitable[Any]]]"

# What a connection that died while idle answers with: the statement was never run, so it may be sent again.
STALE = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    ConnectionError,
)
# What asyncpg says where the server's farewell was read and the end of the connection was not yet; nothing was sent.
FAREWELL = asyncpg.InternalClientError
INTERRUPTED = (asyncio.CancelledError, TimeoutError)
CLOSE_TIMEOUT_S = 2.0
# asyncpg asks the server about an array type when a connection first meets it: here, not in somebody's request.
ARRAYS = ("bigint", "boolean", "date", "double precision", "integer", "numeric", "timestamptz", "uuid")
MEET_ARRAYS = "select " + ", ".join(f"${index}::{name}[]" for index, name in enumerate(ARRAYS, start=1))
UNREACHABLE = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


class Pool:
    """At most `size` connections to one database, opened as they are needed.

    `observers` hear every statement (see `Observers`). Whoever waits for longer than `timeout_s` gets `PoolTimeout`;
    those who wait are served in the order they came.
    """

    def __init__(
        self,
        dsn: str,
        *,
        size: int,
        timeout_s: float,
        application_name: str,
        observers: Observers | None = None,
    ) -> None:
        self.size = size
        self.timeout_s = timeout_s
        self.observers = Observers() if observers is None else observers
        self._dsn = dsn
        self._arguments = connection_arguments(application_name=application_name)
        self._idle: list[Connection] = []
        self._current: dict[Connection, Prepared] = {}
        self._waiting: deque[tuple[float, asyncio.Future[Connection | None]]] = deque()
        self._sweep: asyncio.TimerHandle | None = None
        self._open = 0
        self._is_closed = False

    @classmethod
    async def open(
        cls, dsn: str, *, size: int = 10, timeout_s: float = 5.0, application_name: str = "serai"
    ) -> Pool:
        """A pool with its first connection made; raises `DatabaseUnavailable` when nobody answers."""
        pool = cls(dsn, size=size, timeout_s=timeout_s, application_name=application_name)
        async with pool.acquire():
            return pool

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection of one's own for the length of the block; what it leaves open is rolled back."""
        connection = await self.take()
        try:
            yield connection
        except (*INTERRUPTED, FAREWELL):
            # Nobody knows what the server was doing for it.
            connection.terminate()
            raise
        finally:
            await self.give_back(connection)

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first column of the first row; sent again once if the connection had died while idle.

        The statement is prepared on each connection that is asked for it, and kept there.
        """
        if self.observers:
            # Only statements that are sent by their text are told of.
            return await self._read(Connection.fetchval, sql, args)
        connection = self._take_idle()
        kept = self._current.get(connection) if connection is not None else None
        fetch = kept.get(sql) if kept is not None else None
        if connection is None or kept is None or fetch is None:
            return await self._read(self._fetchval, sql, args, connection)
        # What nearly every read meets: the same as below, without the steps between.
        kept.move_to_end(sql)
        try:
            answer = await fetch(*args)
        except BaseException as error:
            return await self._failed(error, self._fetchval, connection, sql, args)
        if not self._put_back(connection):
            await self._give_back(connection)
        return answer

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """All rows; sent again once if the connection had died while idle."""
        return await self._read(Connection.fetch, sql, args)

    async def take(self) -> Connection:
        """A connection of one's own until it is given back; ``acquire`` where the two can stand in one place."""
        return self._take_idle() or await self._take()

    async def give_back(self, connection: Connection) -> None:
        """Puts back a connection that was taken; what it leaves open is rolled back."""
        if not self._put_back(connection):
            await self._give_back(connection)

    async def close(self) -> None:
        """Closes every idle connection now and each busy one when it is given back; waiting takers are refused."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        while self._waiting:
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(StorageError("The pool is closed"))
        idle, self._idle = self._idle, []
        self._open -= len(idle)
        await asyncio.gather(*(_close(connection) for connection in idle))

    async def renew(self) -> None:
        """Closes every idle connection now and each busy one when it is given back; others are opened as needed.

        For what a session takes over from its database when it begins, and keeps.
        """
        self._current.clear()
        idle, self._idle = self._idle, []
        for connection in idle:
            self._vacate()
            await _close(connection)

    @property
    def open_connections(self) -> int:
        """How many connections there are, idle and busy."""
        return self._open

    @property
    def idle_connections(self) -> int:
        """How many connections nobody uses now."""
        return len(self._idle)

    @property
    def busy_connections(self) -> int:
        """How many connections somebody uses now."""
        return self._open - len(self._idle)

    async def _read(
        self,
        ask: Callable[..., Awaitable[T]],
        sql: str,
        args: Sequence[object],
        connection: Connection | None = None,
    ) -> T:
        """Ask on that connection, which was taken, or on one that is taken now."""
        connection = connection or self._take_idle() or await self._take()
        try:
            answer = await ask(connection, sql, *args)
        except BaseException as error:
            return await self._failed(error, ask, connection, sql, args)
        if not self._put_back(connection):
            await self._give_back(connection)
        return answer

    async def _failed(
        self,
        error: BaseException,
        ask: Callable[..., Awaitable[T]],
        connection: Connection,
        sql: str,
        args: Sequence[object],
    ) -> T:
        """What a connection is for that failed; it is asked again on another if it had died while idle."""
        is_gone = isinstance(error, FAREWELL) or (isinstance(error, STALE) and connection.is_closed())
        if isinstance(error, (FAREWELL, *INTERRUPTED)):
            connection.terminate()
        await self._give_back(connection)
        if not is_gone:
            raise error
        async with self.acquire() as fresh:
            return await ask(fresh, sql, *args)

    async def _fetchval(self, connection: Connection, sql: str, *args: object) -> Any:
        kept = self._current.get(connection)
        if kept is None:  # it is used for the last time
            return await connection.fetchval(sql, *args)
        fetch = kept.get(sql)
        if fetch is None:
            kept[sql] = fetch = (await connection.prepare(sql)).fetchval
            if len(kept) > STATEMENT_CACHE:
                kept.popitem(last=False)
        else:
            kept.move_to_end(sql)
        return await fetch(*args)

    def _take_idle(self) -> Connection | None:
        """The connection used last, if it is idle: nothing has to be waited for."""
        if self._is_closed or not self._idle or self._idle[-1].is_closed():
            return None
        connection = self._idle.pop()
        self.observers.attend(connection)
        return connection

    def _put_back(self, connection: Connection) -> bool:
        """Passes on a connection that needs no cleaning; says whether it was one, and nobody need look after it."""
        if self._is_closed or connection.is_closed() or connection.is_in_transaction():
            return False
        if connection not in self._current:
            return False
        if not self._waiting or not self._hand_on(connection):
            self._idle.append(connection)
        return True

    async def _take(self) -> Connection:
        if self._is_closed:
            raise StorageError("The pool is closed")
        connection: Connection | None = None
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                break
            self._current.pop(connection, None)
            connection = None
            self._open -= 1
        if connection is None:
            if self._open < self.size:
                self._open += 1
            else:
                connection = await self._wait()
        if connection is None:
            connection = await self._connect()
        self.observers.attend(connection)
        return connection

    async def _wait(self) -> Connection | None:
        """A connection that somebody gave back, or `None`: the place of one that died, to open another in."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Connection | None] = loop.create_future()
        self._waiting.append((loop.time() + self.timeout_s, waiter))
        if self._sweep is None:
            self._sweep = loop.call_later(self.timeout_s, self._refuse_late, loop)
        try:
            return await waiter
        except TimeoutError:
            raise PoolTimeout(
                f"All {self.size} database connections were busy for {self.timeout_s:g} seconds",
                hint="Try again; raise SERAI_POOL_SIZE if this happens often.",
                data={"size": self.size},
            ) from None
        except asyncio.CancelledError:
            await self._decline(waiter)
            raise

    def _refuse_late(self, loop: asyncio.AbstractEventLoop) -> None:
        """Refuses those who have waited for too long; one timer for all, since they stand in the order they came."""
        self._sweep = None
        now = loop.time()
        while self._waiting:
            due, waiter = self._waiting[0]
            if due > now and not waiter.done():
                self._sweep = loop.call_at(due, self._refuse_late, loop)
                return
            self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(TimeoutError())

    async def _decline(self, waiter: asyncio.Future[Connection | None]) -> None:
        """Passes on what a waiter was given in the very moment it gave up; the queue passes it over from now on."""
        if not waiter.done() or waiter.cancelled() or waiter.exception() is not None:
            return
        connection = waiter.result()
        if connection is not None:
            await self._give_back(connection)
        else:
            self._vacate()

    async def _connect(self) -> Connection:
        """Opens a connection in a place already counted."""
        connection: Connection | None = None
        try:
            connection = await asyncpg.connect(self._dsn, **self._arguments)
            await connection.fetchrow(MEET_ARRAYS, *([],) * len(ARRAYS))
            self._current[connection] = OrderedDict()
            return connection
        except BaseException as error:
            if connection is not None:
                connection.terminate()
            self._vacate()
            if isinstance(error, (*UNREACHABLE, FAREWELL)):
                told = "it ends the session" if isinstance(error, FAREWELL) else str(error)
                raise DatabaseUnavailable(
                    f"The database does not answer: {told or type(error).__name__}",
                    hint="Check SERAI_DATABASE_URL, and that the server runs and accepts connections.",
                ) from error
            raise

    async def _give_back(self, connection: Connection) -> None:
        is_kept = not self._is_closed and await _is_clean(connection)
        if is_kept and connection in self._current:
            if not self._hand_on(connection):
                self._idle.append(connection)
            return
        self._current.pop(connection, None)
        self._vacate()
        await _close(connection)

    def _vacate(self) -> None:
        if not self._hand_on(None):
            self._open -= 1

    def _hand_on(self, given: Connection | None) -> bool:
        """Gives a connection, or the place of one, to whoever has waited longest; says whether anyone had."""
        while self._waiting:
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(given)
                return True
        return False


async def _is_clean(connection: Connection) -> bool:
    """Whether a connection may be used again; a transaction left open is rolled back."""
    if connection.is_closed():
        return False
    if not connection.is_in_transaction():
        return True
    try:
        await connection.execute("rollback")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=CLOSE_TIMEOUT_S)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()
