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


async def test_a_database_outlives_its_server(tmp_path: Path) -> None:
    data_dir = tmp_path / "with a space, and ünïcode"
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


async def test_a_path_too_long_for_a_socket_still_works(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 30)
    with EmbeddedServers(data_dir, is_durable=False) as servers:
        assert servers.database_url is not None
        assert await ask(servers.database_url, "select 1") == 1


def test_a_second_run_is_told_who_runs(tmp_path: Path) -> None:
    with (
        EmbeddedServers(tmp_path, with_postgres=False),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
    ):
        EmbeddedServers(tmp_path, with_postgres=False).start()


def test_others_attach_to_a_running_one(tmp_path: Path) -> None:
    assert attach(tmp_path) is None
    with EmbeddedServers(tmp_path, with_postgres=False) as servers:
        assert attach(tmp_path) == {"redis_url": servers.redis_url}
    assert attach(tmp_path) is None


async def test_a_command_starts_what_it_needs_and_stops_it(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with connect_or_start(settings, with_redis=False) as urls:
        assert await ask(urls.database_url, "select 1") == 1
        assert urls.redis_url == ""
        with connect_or_start(settings, with_redis=False) as same:
            assert same == urls
        assert await ask(urls.database_url, "select 1") == 1
    assert servers_in(settings.data_dir) == []


async def test_servers_of_a_killed_run_are_ended_and_replaced(tmp_path: Path) -> None:
    # Started without the lock, as by a run that was killed.
    start_postgres(tmp_path, is_durable=False)
    start_valkey(tmp_path)
    left = recorded_pid(tmp_path / "postgres" / "postmaster.pid")
    with EmbeddedServers(tmp_path, is_durable=False) as servers:
        assert servers.database_url is not None
        assert await ask(servers.database_url, "select 1") == 1
        assert recorded_pid(tmp_path / "postgres" / "postmaster.pid") != left
        assert servers_in(tmp_path) == ["postgres", "valkey-server"]
    assert servers_in(tmp_path) == []


async def test_a_killed_server_is_recovered(tmp_path: Path) -> None:
    start_postgres(tmp_path)
    pid = recorded_pid(tmp_path / "postgres" / "postmaster.pid")
    assert pid is not None
    psutil.Process(pid).kill()
    dsn = start_postgres(tmp_path)
    assert await ask(dsn, "select 1") == 1
    assert stop_postgres(tmp_path)


async def test_a_pid_that_now_belongs_to_a_stranger_is_left_alone(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    start_postgres(tmp_path, is_durable=False)
    stop_postgres(tmp_path)
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{tmp_path / 'postgres'}\n1\n5432\n/tmp\n\n  1 1\nready   \n")
    dsn = start_postgres(tmp_path, is_durable=False)
    assert await ask(dsn, "select 1") == 1
    assert stranger.poll() is None
    stop_postgres(tmp_path)
    assert not stop_postgres(tmp_path)


async def test_half_a_cluster_left_by_a_killed_run_is_cleared_away(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new-4711"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    start_postgres(tmp_path, is_durable=False)
    assert not half.exists()
    stop_postgres(tmp_path)


def test_a_cluster_of_another_major_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigurationError) as caught:
        EmbeddedServers(tmp_path).start()
    assert "PostgreSQL 16" in caught.value.message
    assert str(tmp_path / "postgres") in caught.value.message
    assert caught.value.hint is not None
    assert "dump" in caught.value.hint
    assert "remove" in caught.value.hint
    assert servers_in(tmp_path) == []
    # The directory was let go.
    assert attach(tmp_path) is None


def test_a_folder_that_is_no_cluster_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "holiday.jpg").touch()
    with pytest.raises(ConfigurationError, match="not a PostgreSQL cluster"):
        start_postgres(tmp_path)
    assert (tmp_path / "postgres" / "holiday.jpg").exists()
