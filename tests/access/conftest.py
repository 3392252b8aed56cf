"""The small world in a database of its own, and the matrix over it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from serai.app import Platform, open_platform
from serai.core.viewers import ViewerLoader
from serai.settings import load_settings
from serai_testkit.databases import Databases

from .matrix import Matrix
from .viewers import all_viewers
from .world import World, read_world, write_world


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def world_database(databases: Databases, database_template: str) -> AsyncIterator[str]:
    """The URL of a database with the small world in it, for tests that only read."""
    async with databases.clone(database_template) as dsn:
        await write_world(dsn)
        yield dsn


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def platform(world_database: str) -> AsyncIterator[Platform]:
    """The platform on that database."""
    opened = await open_platform(load_settings(database_url=world_database, federation=True))
    try:
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def world(platform: Platform, world_database: str) -> World:
    """The rows of the small world."""
    return await read_world(world_database, platform.assembly.registry)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def matrix(platform: Platform, world: World) -> Matrix:
    """All cells and viewers."""
    loader = ViewerLoader(platform.pool, implied=platform.assembly.implied)
    viewers = await all_viewers(loader, world, platform.assembly.permissions)
    return await Matrix.open(platform, world, viewers)
