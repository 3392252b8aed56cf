"""The platform with all that is installed, on a database of the test's own; and who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog

from serai.app import Platform, open_platform
from serai.settings import load_settings

from .town import Town

OpenPlatform = Callable[..., Awaitable[Platform]]

# Unless it is told otherwise, structlog draws each trace with all variables in boxes: ten seconds for a deep one.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tables of the core and of every plug-in that is installed, without rows."""
    folder = tmp_path_factory.mktemp("template")

    async def build(dsn: str) -> None:
        platform = await open_platform(load_settings(folder, database_url=dsn))
        try:
            await platform.migrate()
        finally:
            await platform.close()

    return str(await template_database("platform", build))


@pytest_asyncio.fixture(loop_scope="session")
async def town(database: str) -> AsyncIterator[Town]:
    """What puts rows into the database, past the graph."""
    opened = await Town.open(database)
    try:
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_here(database: str, tmp_path: Path) -> AsyncIterator[OpenPlatform]:
    """`await open_here(orm_pool_size=64)`: a platform on the test's database, closed when the test is over."""
    async with AsyncExitStack() as stack:

        async def opened(**settings: Any) -> Platform:
            platform = await open_platform(load_settings(tmp_path, **{"database_url": database} | settings))
            stack.push_async_callback(platform.close)
            return platform

        yield opened
