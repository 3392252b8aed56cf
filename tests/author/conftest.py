"""A platform with a stranger's plug-in installed, as pip leaves it: a package and its metadata on the path."""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from tests.town import Town

from serai.app import Platform, open_platform
from serai.settings import load_settings
from serai.viewers import Viewer
from serai_sdk.orm import new_id
from serai_testkit.databases import Databases

HERE = Path(__file__).parent

METADATA = """Metadata-Version: 2.1
Name: serai-diary
Version: 0.1.0
Requires-Dist: serai-sdk>=1.0,<2
"""


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """The plug-in installed into a folder on the path, which platforms opened afterwards do not find."""
    shutil.copytree(HERE / "serai_diary", folder / "serai_diary")
    info = folder / "serai_diary-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[serai.plugins]\ndiary = serai_diary.plugin:plugin\n")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        importlib.invalidate_caches()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def diary(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """The platform with the plug-in, its tables made."""
    async with databases.clone(None) as dsn:
        with installed(tmp_path_factory.mktemp("site")):
            platform = await open_platform(
                load_settings(tmp_path_factory.mktemp("serai"), database_url=dsn, orm_pool_size=8)
            )
            await platform.migrate()
        try:
            yield platform
        finally:
            await platform.close()


class Diary:
    """The platform with the diary, asked; what it sent to the database meanwhile."""

    def __init__(self, platform: Platform, town: Town) -> None:
        self.platform = platform
        self.town = town
        self.sent: list[str] = []

    def seen(self, sql: str, _: object) -> None:
        self.sent.append(sql)

    async def answer(self, document: str, viewer: Viewer, **variables: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        self.sent.clear()
        result = await self.platform.engine.execute(document, variables, None, viewer)
        await asyncio.sleep(0)
        found: dict[str, Any] = json.loads(result.body)
        return found

    async def page(
        self, customer: UUID, type: str | None = None, id: UUID | None = None, **more: Any
    ) -> UUID:
        page = new_id()
        text = more.get("text", f"about {type}")
        await self.town.connection.execute(
            "insert into diary_page (id, customer_id, about_type, about_id, written_at, text, created_at, updated_at, "
            "version) values ($1, $2, $3, $4, $5, $6, serai_now(), serai_now(), 1)",
            page, customer, type, id, more.get("at"), text,
        )  # fmt: skip
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def pages(diary: Platform) -> AsyncIterator[Diary]:
    town = await Town.open(diary.dsn)
    made = Diary(diary, town)
    tables = await town.connection.fetchval(
        "select string_agg(oid::regclass::text, ', ') from pg_class where relkind = 'r' and relnamespace = "
        "'public'::regnamespace and relname not in ('core_role', 'tortoise_migrations', 'core_plugin')"
    )
    await town.connection.execute(f"truncate {tables}")
    diary.pool.observers.append(made.seen)
    try:
        yield made
    finally:
        diary.pool.observers.remove(made.seen)
        await town.close()
