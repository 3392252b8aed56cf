"""What every database session of Serai has in common, whichever pool it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

__all__ = ["STATEMENT_CACHE", "Connection", "connection_arguments"]

# asyncpg's class is generic in its stubs only.
if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

STATEMENT_CACHE = 512


def connection_arguments(*, application_name: str, timeout_s: float = 10.0) -> dict[str, Any]:
    """Arguments for asyncpg: instants in UTC, our schema only, prepared statements kept, no just-in-time compiling.

    Just-in-time compilation is off because it takes longer than the statements the engine sends. A page read out of
    turn costs hardly more than one in turn, as on solid-state disks and in memory: with the 4 that PostgreSQL takes for
    rotating ones it reads whole tables for the few dozen rows that a page of rows is joined with.
    """
    return {
        "timeout": timeout_s,
        "statement_cache_size": STATEMENT_CACHE,
        # asyncpg does not cache longer statements by default, and those of the engine are long.
        "max_cacheable_statement_size": 256 * 1024,
        # Prepared statements do not age: what the engine prepares it sends again and again.
        "max_cached_statement_lifetime": 0,
        "server_settings": {
            "application_name": application_name,
            "timezone": "UTC",
            "datestyle": "ISO",
            "search_path": "public",
            "jit": "off",
            "random_page_cost": "1.1",
        },
    }
