"""A platform with a stranger's plug-in installed, as pip leaves it: a package and its metadata on the path."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from serai.app import Platform, open_platform
from serai.settings import load_settings
from serai_testkit.databases import Databases

HERE = Path(__file__).parent

METADATA = """Metadata-Version: 2.1
Name: serai-diary
Version: 0.1.0
Requires-Dist: serai-sdk>=1.0,<2
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder the plug-in is installed into, while these tests run."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(HERE / "serai_diary", folder / "serai_diary")
    info = folder / "serai_diary-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[serai.plugins]\ndiary = serai_diary.plugin:plugin\n")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield folder
    sys.path.remove(str(folder))
    for name in [one for one in sys.modules if one.split(".")[0] == "serai_diary"]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def diary(
    databases: Databases, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    """The platform with the plug-in, its tables made."""
    async with databases.clone(None) as dsn:
        platform = await open_platform(
            load_settings(tmp_path_factory.mktemp("serai"), database_url=dsn, orm_pool_size=8)
        )
        try:
            await platform.migrate()
            yield platform
        finally:
            await platform.close()
