"""`serai demo`: as much as asked, into an empty database, all of it or nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import asyncpg
import pytest
import pytest_asyncio

from serai.app import assemble
from serai.settings import load_settings
from serai.storage import migrate
from serai_testkit.pytest_plugin import TemplateDatabase

COPYING = """
select exists (
  select from pg_stat_activity
  where datname = current_database() and state = 'active' and query like 'COPY "core_transaction"%'
)
"""
HAS_ANY = "select exists (select from core_customer) or exists (select from core_staff)"


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    async def build(url: str) -> None:
        await migrate(url, assemble(load_settings()).apps)

    return await template_database("every app's tables", build)


def demo(database: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "serai", "demo", *arguments],
        env={**os.environ, "SERAI_DATABASE_URL": database}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("scale", ["0", "-1", "101", "nan", "much"])
def test_a_scale_beyond_its_bounds_is_refused_before_anything_is_opened(scale: str) -> None:
    process = demo("postgresql://nobody@127.0.0.1:1/nothing", "--scale", scale)
    said, _ = process.communicate()
    assert process.returncode == 2
    assert "--scale" in said
    assert "Traceback" not in said


async def test_a_database_with_customers_is_refused(database: str) -> None:
    first = demo(database, "--scale", "0.05")
    said, _ = await asyncio.to_thread(first.communicate)
    assert first.returncode == 0, said
    connection = await asyncpg.connect(database)
    count = await connection.fetchval("select count(*) from core_transaction")
    assert 900 < count < 1_100

    again = demo(database, "--scale", "0.05")
    said, _ = await asyncio.to_thread(again.communicate)
    assert again.returncode == 78
    assert "has customers or providers already: nothing was changed" in said
    assert "Traceback" not in said
    assert await connection.fetchval("select count(*) from core_transaction") == count
    await connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
async def test_a_demo_that_is_stopped_leaves_nothing(database: str, sent: signal.Signals) -> None:
    process = demo(database, "--scale", "4")
    connection = await asyncpg.connect(database)
    while not await connection.fetchval(COPYING):
        assert process.poll() is None
        await asyncio.sleep(0.005)
    process.send_signal(sent)
    said, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == 128 + sent
    assert "Traceback" not in said
    assert await connection.fetchval(HAS_ANY) is False
    await connection.close()
