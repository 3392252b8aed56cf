"""One database for all of these tests: nothing here changes it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from random import SystemRandom

import pytest
import pytest_asyncio

from serai_testkit.databases import Databases

from .house import House, build, open_house
from .trials import Trials

SEED = "SERAI_TEST_SEED"


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def house(databases: Databases) -> AsyncIterator[House]:
    """The engine and the reference on the small world."""
    template = await databases.template("reference world", build)
    async with databases.clone(template) as dsn, open_house(dsn) as opened:
        yield opened


@pytest.fixture(scope="session")
def trials(house: House) -> Trials:
    """Random queries of this run; `SERAI_TEST_SEED` asks for those of another."""
    seed = int(os.environ.get(SEED) or SystemRandom().randrange(1_000_000))
    return Trials(house, seed, house.viewers)
