"""Tortoise's asyncpg client, opened by the same URL and with the same session settings as the engine's pool.

Tortoise takes a database URL apart and loses what it does not know (TLS files, several hosts, a service name); here
asyncpg reads the URL itself. The module's name says `asyncpg` because Tortoise's migrations look for that.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from .sessions import Connection
from .watching import Observers

__all__ = ["DsnClient", "client_class"]


class SessionConnection(Connection):
    """A connection that sends nothing when it is given back: an open transaction is rolled back all the same."""

    def get_reset_query(self) -> str:
        return ""


class DsnClient(AsyncpgDBClient):
    """A Tortoise client whose pool is made from a URL that asyncpg reads."""

    connection_class = SessionConnection  # type: ignore[assignment] # Tortoise pins the record type

    def __init__(
        self,
        *,
        dsn: str,
        arguments: dict[str, Any],
        observers: Observers | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._dsn = dsn
        self._arguments = arguments
        self._observers = Observers() if observers is None else observers

    async def create_pool(self, **_: Any) -> asyncpg.Pool[asyncpg.Record]:
        return await asyncpg.create_pool(
            self._dsn,
            min_size=self.pool_minsize,
            max_size=self.pool_maxsize,
            max_inactive_connection_lifetime=0,
            connection_class=self.connection_class,
            setup=self._attend,
            **self._arguments,
        )

    async def _attend(self, connection: Any) -> None:
        self._observers.attend(connection)


client_class = DsnClient
