"""Transactions for changes: BEGIN costs no trip of its own, models used within find the transaction by themselves.

asyncpg sends one statement and waits for its answer. PostgreSQL takes several in one go; so BEGIN is written ahead of
the first statement, in the same protocol's words but without asking for an answer, and both come back together.
"""

from __future__ import annotations

import struct
from types import TracebackType
from typing import Any, cast

import asyncpg
from asyncpg.transaction import TransactionState
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.connection import get_connections

from .asyncpg_client import DsnClient
from .orm import CONNECTION
from .pool import FAREWELL, INTERRUPTED, STALE
from .sessions import Connection

__all__ = ["Transaction", "transaction"]


class Transaction(TransactionWrapper):
    """What Tortoise's models use within a transaction; ``began_with`` are the rows of its first statement."""

    def __init__(self, parent: DsnClient, connection: Connection, began_with: list[asyncpg.Record]) -> None:
        super().__init__(parent)
        self._connection = connection
        self.began_with = began_with

    @property
    def driver(self) -> Connection:
        """The driver's own connection."""
        return self._connection

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """The rows of a statement, one statement at a time whoever asks; raises the driver's errors."""
        async with self._lock:
            return await self._connection.fetch(sql, *values)


class transaction:
    """A transaction that begins with this statement; committed after the block, rolled back if that raises."""

    def __init__(self, sql: str, *values: Any) -> None:
        self._sql = sql
        self._values = values

    async def __aenter__(self) -> Transaction:
        connections = get_connections()
        client = cast(DsnClient, connections.get(CONNECTION))
        self._pool = await client.pool()
        for left in range(self._pool.size, -1, -1):
            connection = await self._pool.take()
            try:
                made = Transaction(client, connection, await _begin(connection, self._sql, self._values))
                break
            except BaseException as error:
                await self._let_go(connection, error)
                # a connection that ended before anything was done with it: there are others
                if not (left and isinstance(error, (FAREWELL, *STALE)) and connection.is_closed()):
                    raise
        self._connection = connection
        self._token = connections.set(CONNECTION, made)
        return made

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        get_connections().reset(self._token)
        try:
            if error is None:
                await self._connection.execute("commit")
        except BaseException as failed:
            error = failed
            raise
        finally:
            await self._let_go(self._connection, error)

    async def _let_go(self, connection: Connection, error: BaseException | None) -> None:
        """The pool rolls back what is left open."""
        _at_top(connection, None)
        if isinstance(error, (*INTERRUPTED, FAREWELL)):
            # Nobody knows what the server was doing for it.
            connection.terminate()
        await self._pool.give_back(connection)


async def _begin(connection: Connection, sql: str, values: tuple[Any, ...]) -> list[asyncpg.Record]:
    # prepared first: what is written ahead has to come right before the statement's own values
    await cast(Any, connection)._get_statement(sql, None)
    cast(Any, connection)._transport.write(BEGIN)
    rows = await connection.fetch(sql, *values)
    begun = connection.transaction()
    cast(Any, begun)._state = TransactionState.STARTED
    _at_top(connection, begun)
    return rows


def _at_top(connection: Connection, begun: Any) -> None:
    """Tells the driver what it would know had it sent the BEGIN: transactions within this one are savepoints."""
    cast(Any, connection)._top_xact = begun


def _ahead(command: bytes) -> bytes:
    """A command without parameters in the extended protocol, with no Sync: Parse, Bind and Execute, all unnamed."""
    return (
        _message(b"P", b"\0" + command + b"\0" + struct.pack("!h", 0))
        + _message(b"B", b"\0\0" + struct.pack("!hhh", 0, 0, 0))
        + _message(b"E", b"\0" + struct.pack("!i", 0))
    )


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


BEGIN = _ahead(b"begin")
