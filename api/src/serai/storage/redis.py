"""The Redis-compatible server: a client that gives up quickly, since everything it carries may be lost."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

__all__ = ["Redis", "is_alive", "open_redis"]

TIMEOUT_S = 1.0


def open_redis(url: str) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://`; it connects when first used, so a dead server is no error."""
    return Redis.from_url(
        url,
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
        max_connections=50,
    )


async def is_alive(client: Redis) -> bool:
    """Whether the server answers now."""
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
