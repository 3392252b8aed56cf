"""The pytest plug-in: fixtures on a real PostgreSQL and a real Valkey, safe to use from many workers at once."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from .databases import Build, Databases, drop_databases
from .servers import PostgresServer, ValkeyServer, begin_run, end_run, share_postgres, share_valkey

# Composing is slow to import: only who has a platform needs it.
if TYPE_CHECKING:
    from serai.app import Assembly, Platform

    from .house import House

__all__ = [
    "CloneDatabase",
    "MoveClock",
    "TemplateDatabase",
    "clone_database",
    "database",
    "database_template",
    "databases",
    "house",
    "house_assembly",
    "house_template",
    "move_clock",
    "plugin_settings",
    "plugins",
    "postgres_server",
    "server_folder",
    "template_database",
    "valkey_server",
]

TemplateDatabase = Callable[[str, Build], Awaitable[str]]
CloneDatabase = Callable[..., Awaitable[str]]
MoveClock = Callable[["Platform", timedelta], Awaitable[None]]

RUN_DIR = pytest.StashKey[Path]()
WORKER_INPUT = "serai_testkit_run_dir"


def pytest_configure(config: pytest.Config) -> None:
    handed = getattr(config, "workerinput", {}).get(WORKER_INPUT)
    config.stash[RUN_DIR] = Path(handed) if handed else begin_run()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist which folder the run shares."""
    node.workerinput[WORKER_INPUT] = str(node.config.stash[RUN_DIR])


def pytest_unconfigure(config: pytest.Config) -> None:
    run_dir = config.stash.get(RUN_DIR, None)
    if run_dir is None or hasattr(config, "workerinput"):
        return
    if os.environ.get("SERAI_DATABASE_URL") and (run_dir / "used").exists():
        asyncio.run(drop_databases(share_postgres(run_dir)))
    end_run(run_dir)


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder that servers can be started in, also by root: pytest closes its own folders to all other users."""
    with tempfile.TemporaryDirectory(prefix="serai-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> PostgresServer:
    """The PostgreSQL of this run, shared by its workers."""
    run_dir = pytestconfig.stash[RUN_DIR]
    (run_dir / "used").touch()
    return share_postgres(run_dir)


@pytest.fixture(scope="session")
def valkey_server(pytestconfig: pytest.Config) -> ValkeyServer:
    """The Valkey of this run, and in it a database of this worker's own."""
    digits = "".join(filter(str.isdigit, _worker()))
    return share_valkey(pytestconfig.stash[RUN_DIR], worker=int(digits or 0))


@pytest.fixture(scope="session")
def databases(postgres_server: PostgresServer) -> Databases:
    """What makes and drops this worker's databases."""
    return Databases(postgres_server, worker=_worker())


@pytest.fixture(scope="session")
def template_database(databases: Databases) -> TemplateDatabase:
    """`await template_database(name, build)`: a template built once in a run, by its name ready to be cloned."""
    return databases.template


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template() -> str | None:
    """The template that `database` clones; override it with one from `template_database`. By default: empty."""
    return None


@pytest_asyncio.fixture(loop_scope="session")
async def clone_database(databases: Databases) -> AsyncIterator[CloneDatabase]:
    """`await clone_database(template)`: the URL of a new database, dropped when the test is over."""
    async with AsyncExitStack() as stack:

        async def clone(template: str | None = None) -> str:
            return await stack.enter_async_context(databases.clone(template))

        yield clone


@pytest_asyncio.fixture(loop_scope="session")
async def database(clone_database: CloneDatabase, database_template: str | None) -> str:
    """The URL of a database of the test's own: a clone of `database_template`."""
    return await clone_database(database_template)


@pytest_asyncio.fixture(loop_scope="session")
async def move_clock() -> AsyncIterator[MoveClock]:
    """`await move_clock(platform, timedelta(days=3))`: requests, changes and plug-ins take that much later for now.

    Sessions of other processes do as well, from when they begin. The clock is put back when the test is over.
    """
    moved: list[Platform] = []

    async def move(platform: Platform, offset: timedelta) -> None:
        moved.append(platform)
        await platform.move_clock(offset)

    yield move
    for platform in moved:
        await platform.move_clock(timedelta())


@pytest.fixture(scope="session")
def plugins() -> dict[str, str] | None:
    """Which plug-ins `house` has, as ``{"loyalty": "required"}``; all that are installed unless it is overridden."""
    return None


@pytest.fixture(scope="session")
def plugin_settings() -> dict[str, dict[str, Any]]:
    """What is set for plug-ins in `house`, as ``{"loyalty": {"keep_days": 30}}``; override it."""
    return {}


@pytest.fixture(scope="session")
def house_assembly(
    plugins: dict[str, str] | None, plugin_settings: dict[str, dict[str, Any]], tmp_path_factory: Any
) -> Assembly:
    """The plug-ins of `house`, put together once for all tests of a worker."""
    from serai.app import assemble
    from serai.settings import load_settings

    folder = tmp_path_factory.mktemp("house")
    return assemble(load_settings(folder, plugins=plugins, plugin_settings=plugin_settings))


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def house_template(template_database: TemplateDatabase, house_assembly: Assembly) -> str:
    """The tables of the core and of the plug-ins of `house`, without rows."""
    from serai.storage import migrate

    async def build(dsn: str) -> None:
        await migrate(dsn, house_assembly.apps)

    return await template_database(f"house of {', '.join(house_assembly.apps)}", build)


@pytest_asyncio.fixture(loop_scope="session")
async def house(
    clone_database: CloneDatabase, house_template: str, house_assembly: Assembly, tmp_path: Path
) -> AsyncIterator[House]:
    """Serai with the plug-in, on a database of the test's own."""
    from serai.app import open_platform
    from serai.settings import load_settings

    from .house import House

    dsn = await clone_database(house_template)
    platform = await open_platform(load_settings(tmp_path, database_url=dsn), assembly=house_assembly)
    try:
        opened = await House.open(platform)
        try:
            yield opened
        finally:
            await opened.close()
    finally:
        await platform.close()


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
