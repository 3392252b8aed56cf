"""How a command that serves nobody gets at the platform: on the servers of a running Serai, or on its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr

from serai.errors import ConfigurationError
from serai.settings import Settings, load_settings
from serai.storage.embedded import ServerUrls, connect_or_start

from .interruption import run_to_end

if TYPE_CHECKING:
    from serai.app import Platform

__all__ = ["settings_on", "with_platform"]

T = TypeVar("T")

MISSING = frozenset({"42P01", "42703", "42883"})
"""SQLSTATEs: undefined table, column, function."""


def with_platform(
    body: Callable[[Platform], Awaitable[T]], *, settings: Settings | None = None, with_redis: bool = False
) -> T:
    """Runs `body` with an opened platform and closes it.

    The database is the one that is set, else that of a Serai now running here, else an embedded server that runs
    until `body` is done. What is logged meanwhile goes to standard error: a command's answer is all of its output.
    """
    from serai.http.logs import configure_logs

    settings = settings or load_settings()
    configure_logs(format=settings.log_format, level=settings.log_level)
    with connect_or_start(settings, with_redis=with_redis) as urls:
        return run_to_end(_opened(settings_on(settings, urls), body))


def settings_on(settings: Settings, urls: ServerUrls) -> Settings:
    """The same settings with the URLs of servers that run."""
    return settings.model_copy(
        update={
            "database_url": SecretStr(urls.database_url),
            "redis_url": SecretStr(urls.redis_url) if urls.redis_url else None,
        }
    )


async def _opened(settings: Settings, body: Callable[[Platform], Awaitable[T]]) -> T:
    from serai.app import open_platform
    from serai.engines.change import sqlstate

    platform = await open_platform(settings)
    try:
        return await body(platform)
    except Exception as error:  # whatever asked for what is not there, and however it was wrapped
        if sqlstate(error) in MISSING and (pending := await platform.pending()):
            raise ConfigurationError(
                f"The database is not what this version expects: {len(pending)} migrations are pending",
                hint="Run `serai migrate`; `serai run` does it by itself.",
                data={"pending": pending},
            ) from None
        raise
    finally:
        await platform.close()
