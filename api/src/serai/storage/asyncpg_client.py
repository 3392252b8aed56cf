"""Tortoise's asyncpg client, opened by the same URL and with the same session settings as the engine's pool.

Tortoise takes a database URL apart and loses what it does not know (TLS files, several hosts, a service name); here
asyncpg reads the URL itself. The module's name says `asyncpg` because Tortoise's migrations look for that.
"""

from __future__ import annotations

from typing import Any, Final, cast

from tortoise.backends.asyncpg.client import AsyncpgDBClient

from .pool import Pool
from .sessions import Connection
from .watching import Observers

__all__ = ["DsnClient", "client_class"]

WAIT_S: Final = 60.0
"""How long a change waits for a connection: changes queue for few connections, and keep them for longer than reads."""


class SharedPool:
    """A pool of the engine's kind in the words Tortoise has for one."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def acquire(self) -> Connection:
        return await self.pool.take()

    async def release(self, connection: Connection) -> None:
        await self.pool.give_back(connection)

    async def expire_connections(self) -> None:
        await self.pool.renew()

    async def close(self) -> None:
        await self.pool.close()

    def terminate(self) -> None:
        """Nothing is left to do: ``close`` waits for nobody."""


class DsnClient(AsyncpgDBClient):
    """A Tortoise client whose pool is made from a URL that asyncpg reads."""

    def __init__(self, *, dsn: str, application_name: str, observers: Observers, **options: Any) -> None:
        super().__init__(**options)
        self._dsn = dsn
        self._name = application_name
        self._observers = observers

    async def create_pool(self, **_: Any) -> Any:
        return SharedPool(
            Pool(
                self._dsn,
                size=self.pool_maxsize,
                timeout_s=WAIT_S,
                application_name=self._name,
                observers=self._observers,
            )
        )

    async def pool(self) -> Pool:
        """Where its connections come from."""
        if self._pool is None:
            async with self._pool_init_lock:
                if self._pool is None:
                    await self.create_connection(with_db=True)
        return cast(SharedPool, self._pool).pool


client_class = DsnClient
