"""The platform with all that is installed, on a database of the test's own; and who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog

from serai.app import Assembly, Platform, assemble, open_platform
from serai.settings import Settings, load_settings

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


@pytest.fixture(scope="session")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """All that is installed, put together once."""
    return assemble(load_settings(tmp_path_factory.mktemp("assembled")))


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
    """`await open_here(orm_pool_size=64)`: a platform on the test's database, closed when the test is over.

    Composing is most of the work: who needs no plug-ins of its own gives `assembly=assembled`.
    """
    async with AsyncExitStack() as stack:

        async def opened(*, assembly: Assembly | None = None, **given: Any) -> Platform:
            settings = load_settings(tmp_path, **{"database_url": database} | given)
            if assembly is not None:
                assembly = replace(assembly, settings={**assembly.settings, Settings: settings})
            platform = await open_platform(settings, assembly=assembly)
            stack.push_async_callback(platform.close)
            return platform

        yield opened
