"""Embedded servers: started, stopped, found again after a crash, and never mistaken for somebody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from serai.errors import AlreadyRunning, ConfigurationError
from serai.settings import load_settings
from serai.storage.embedded import EmbeddedServers, attach, connect_or_start
from serai.storage.postgres import start_postgres, stop_postgres
from serai.storage.processes import recorded_pid
from serai.storage.valkey import start_valkey


@pytest.fixture(autouse=True)
def _no_servers_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERAI_DATABASE_URL", raising=False)
    monkeypatch.delenv("SERAI_REDIS_URL", raising=False)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


async def ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def servers_in(data_dir: Path) -> list[str]:
    """Names of the processes that work below a data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(data_dir) and process.ppid() in (1, os.getpid()):
                found.append(process.name())
        except (psutil.Error, OSError):
            continue
    return sorted(found)


async def test_a_database_outlives_its_server(server_folder: Path) -> None:
    data_dir = server_folder / "with a space, and ünïcode"
    with EmbeddedServers(data_dir, with_valkey=False, is_durable=False) as servers:
        assert servers.database_url is not None
        assert servers.redis_url is None
        await ask(servers.database_url, "create table kept ()")
    assert servers_in(data_dir) == []
    with EmbeddedServers(data_dir, with_valkey=False, is_durable=False) as servers:
        assert servers.database_url is not None
        assert await ask(servers.database_url, "select to_regclass('kept')::text") == "kept"
        assert await ask(servers.database_url, "show server_encoding") == "UTF8"
        locale = (
            "select datlocprovider::text || datlocale from pg_database where datname = current_database()"
        )
        assert await ask(servers.database_url, locale) == "bC.UTF-8"


async def test_a_path_too_long_for_a_socket_still_works(server_folder: Path) -> None:
    data_dir = server_folder / ("long" * 30)
    with EmbeddedServers(data_dir, is_durable=False) as servers:
        assert servers.database_url is not None
        assert await ask(servers.database_url, "select 1") == 1


def test_a_second_run_is_told_who_runs(server_folder: Path) -> None:
    with (
        EmbeddedServers(server_folder, with_postgres=False),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
    ):
        EmbeddedServers(server_folder, with_postgres=False).start()


def test_others_attach_to_a_running_one(server_folder: Path) -> None:
    assert attach(server_folder) is None
    with EmbeddedServers(server_folder, with_postgres=False) as servers:
        assert attach(server_folder) == {"redis_url": servers.redis_url}
    assert attach(server_folder) is None


async def test_a_command_starts_what_it_needs_and_stops_it(server_folder: Path) -> None:
    settings = load_settings(server_folder)
    with connect_or_start(settings, with_redis=False) as urls:
        assert await ask(urls.database_url, "select 1") == 1
        assert urls.redis_url == ""
        with connect_or_start(settings, with_redis=False) as same:
            assert same == urls
        assert await ask(urls.database_url, "select 1") == 1
    assert servers_in(settings.data_dir) == []


async def test_servers_of_a_killed_run_are_ended_and_replaced(server_folder: Path) -> None:
    # Started without the lock, as by a run that was killed.
    start_postgres(server_folder, is_durable=False)
    start_valkey(server_folder)
    left = recorded_pid(server_folder / "postgres" / "postmaster.pid")
    with EmbeddedServers(server_folder, is_durable=False) as servers:
        assert servers.database_url is not None
        assert await ask(servers.database_url, "select 1") == 1
        assert recorded_pid(server_folder / "postgres" / "postmaster.pid") != left
        assert servers_in(server_folder) == ["postgres", "valkey-server"]
    assert servers_in(server_folder) == []


async def test_a_killed_server_is_recovered(server_folder: Path) -> None:
    dsn = start_postgres(server_folder)
    await ask(dsn, "create table kept ()")
    pid = recorded_pid(server_folder / "postgres" / "postmaster.pid")
    assert pid is not None
    psutil.Process(pid).kill()
    dsn = start_postgres(server_folder)
    assert await ask(dsn, "select to_regclass('kept')::text") == "kept"
    assert stop_postgres(server_folder)


async def test_a_pid_that_now_belongs_to_a_stranger_is_left_alone(
    server_folder: Path, stranger: subprocess.Popen[bytes]
) -> None:
    start_postgres(server_folder, is_durable=False)
    stop_postgres(server_folder)
    pid_file = server_folder / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{server_folder / 'postgres'}\n1\n5432\n/tmp\n\n  1 1\nready   \n")
    lock = server_folder / "run" / ".s.PGSQL.5432.lock"
    lock.write_text(f"{stranger.pid}\n{server_folder / 'postgres'}\n1\n5432\n{lock.parent}\n")
    dsn = start_postgres(server_folder, is_durable=False)
    assert await ask(dsn, "select 1") == 1
    assert stranger.poll() is None
    stop_postgres(server_folder)
    assert not stop_postgres(server_folder)


async def test_half_a_cluster_left_by_a_killed_run_is_cleared_away(server_folder: Path) -> None:
    half = server_folder / "postgres.new-4711"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    start_postgres(server_folder, is_durable=False)
    assert not half.exists()
    stop_postgres(server_folder)


def test_a_cluster_of_another_major_version_is_refused_with_the_way_out(server_folder: Path) -> None:
    (server_folder / "postgres").mkdir()
    (server_folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigurationError) as caught:
        EmbeddedServers(server_folder).start()
    assert "PostgreSQL 16" in caught.value.message
    assert str(server_folder / "postgres") in caught.value.message
    assert caught.value.hint is not None
    assert "serai backup" in caught.value.hint
    assert "move it away" in caught.value.hint
    assert servers_in(server_folder) == []
    # The directory was let go.
    assert attach(server_folder) is None


def test_a_folder_that_is_no_cluster_is_not_touched(server_folder: Path) -> None:
    (server_folder / "postgres").mkdir()
    (server_folder / "postgres" / "holiday.jpg").touch()
    with pytest.raises(ConfigurationError, match="not a PostgreSQL cluster"):
        start_postgres(server_folder)
    assert (server_folder / "postgres" / "holiday.jpg").exists()
