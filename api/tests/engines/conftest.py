"""An ORM on a database of the test's own, with the core's tables: something to change."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from serai.core.plugin import plugin as core
from serai.storage import OrmApp, migrate, open_orm
from serai.storage.orm import Orm
from serai_testkit.pytest_plugin import TemplateDatabase

STORAGE = core.storage()
APPS = {"core": OrmApp(list(STORAGE.models), STORAGE.migrations)}


async def build(url: str) -> None:
    await migrate(url, APPS)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    return await template_database("core tables", build)


@pytest_asyncio.fixture(loop_scope="session")
async def orm(database: str) -> AsyncIterator[Orm]:
    orm = await open_orm(database, APPS, pool_size=64, is_fallback=False)
    with orm.active():
        yield orm
    await orm.close()
