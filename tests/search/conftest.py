"""One demo platform for all of these tests: nothing here changes it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.reference.house import House, open_house

from serai_testkit.databases import Databases

from .house import build


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def demo(databases: Databases) -> AsyncIterator[House]:
    """The engine on the demo platform."""
    template = await databases.template("searched demo", build)
    async with databases.clone(template) as dsn, open_house(dsn) as opened:
        yield opened
