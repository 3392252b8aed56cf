"""Whether an error says that the connection to the database ended, or that none is to be had at this moment."""

from __future__ import annotations

import asyncpg

from serai.errors import DatabaseUnavailable
from serai_sdk.orm import causes

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
    """Whether this, or what it was raised from, is the end of a connection: the same may be asked again."""
    return any(isinstance(one, LOST) or _is_ended(one) for one in causes(error))


def _is_ended(error: BaseException) -> bool:
    return isinstance(error, asyncpg.InterfaceError) and any(said in str(error) for said in ENDED)
