"""Whether an error says that the connection to the database ended, or that none is to be had at this moment."""

from __future__ import annotations

import asyncpg

from serai.errors import DatabaseUnavailable

__all__ = ["is_lost"]

LOST = (
    DatabaseUnavailable,
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,
    asyncpg.TooManyConnectionsError,
)
# Said of a connection that is already gone, in the class that asyncpg also has for misuse.
ENDED = ("connection is closed", "connection has been released", "connection was closed")


def is_lost(error: BaseException) -> bool:
    """Whether this, or what it was raised from, is the end of a connection: the same may be asked again.

    The ORM puts what the driver raises into errors of its own, as their cause or as what they say.
    """
    seen: set[int] = set()
    one: object = error
    while isinstance(one, BaseException) and id(one) not in seen:
        seen.add(id(one))
        if isinstance(one, LOST):
            return True
        if isinstance(one, asyncpg.InterfaceError) and any(said in str(one) for said in ENDED):
            return True
        one = one.__cause__ or (one.args[0] if one.args else None)
    return False
