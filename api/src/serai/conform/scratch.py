"""A database to make a plug-in's tables in, and to throw away."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from serai.settings import Settings
from serai.storage import EmbeddedServers
from serai.storage.migrations import session

__all__ = ["scratch_database"]


@contextlib.contextmanager
def scratch_database(settings: Settings) -> Iterator[str]:
    """The URL of an empty database for the length of the block: a new one on the server that is set, or on its own.

    Nothing is done to the database that the settings name; on its server one more is made and dropped.
    """
    if settings.database_url is None:
        with (
            tempfile.TemporaryDirectory(prefix="serai-check-", ignore_cleanup_errors=True) as folder,
            EmbeddedServers(Path(folder) / "serai", with_valkey=False, is_durable=False) as servers,
        ):
            assert servers.database_url is not None
            yield servers.database_url
        return
    given = settings.database_url.get_secret_value()
    name = f"serai_check_{uuid4().hex[:12]}"
    asyncio.run(_execute(given, f"create database {name} template template0"))
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    finally:
        asyncio.run(_execute(given, f"drop database if exists {name} with (force)"))


async def _execute(dsn: str, statement: str) -> None:
    async with session(dsn, application_name="serai-check") as connection:
        await connection.execute(statement)
