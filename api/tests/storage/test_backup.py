"""Backups that cannot be made or put back: said plainly, with nothing half-done left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio

from serai.app import assemble
from serai.errors import BackupError, DatabaseUnavailable, UnsupportedDatabase
from serai.settings import load_settings
from serai.storage import backup as backup_module
from serai.storage import migrate
from serai.storage.backup import back_up
from serai.storage.restore import Archive, check_target, read_archive, restore
from serai.storage.tools import Address, run_tool
from serai_testkit.pytest_plugin import CloneDatabase, TemplateDatabase


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    async def build(url: str) -> None:
        await migrate(url, assemble(load_settings()).apps)

    return await template_database("every app's tables", build)


async def execute(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def add_customers(dsn: str, count: int) -> None:
    await execute(
        dsn,
        f"""
        insert into core_customer (id, created_at, updated_at, version, name, kind, attributes, locale)
        select uuidv7(), now(), now(), 1, md5(n::text) || repeat(md5(random()::text), 3), 'PERSON', '{{}}', 'en'
        from generate_series(1, {count}) as n
        """,
    )


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        await back_up("postgresql://nobody@127.0.0.1:1/serai", tmp_path / "a.serai")
    assert files(tmp_path) == []


async def test_a_database_without_serai_is_not_backed_up(
    clone_database: CloneDatabase, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        await back_up(await clone_database(), tmp_path / "a.serai")
    assert files(tmp_path) == []


async def test_a_server_newer_than_the_tools(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_module, "major_version", lambda: "17")
    with pytest.raises(UnsupportedDatabase, match=r"is PostgreSQL 18; .* of 17") as raised:
        await back_up(database, tmp_path / "a.serai")
    assert "pg_dump --format=custom" in (raised.value.hint or "")
    assert files(tmp_path) == []


async def test_a_backup_of_a_newer_server_is_not_put_on_an_older_one(database: str) -> None:
    archive = Archive(path=Path("a.serai"), version=19, tables=1, applied=frozenset())
    with pytest.raises(UnsupportedDatabase, match="made on PostgreSQL 19; this server is PostgreSQL 18"):
        await check_target(database, archive)


async def test_where_it_cannot_be_written(database: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file or directory"):
        await back_up(database, tmp_path / "nowhere" / "a.serai")
    with pytest.raises(BackupError, match="Is a directory"):
        await back_up(database, tmp_path)
    (tmp_path / "serai.toml").write_text("port = 1")
    with pytest.raises(BackupError, match="is no backup: it was left alone"):
        await back_up(database, tmp_path / "serai.toml")
    assert (tmp_path / "serai.toml").read_text() == "port = 1"
    assert files(tmp_path) == ["serai.toml"]


WAITING = """
select count(*)
from pg_stat_activity
where datname = current_database() and application_name = 'serai-backup' and wait_event_type = 'Lock'
"""


def backing_up(database: str, file: Path, *, limit: str = "unlimited") -> subprocess.Popen[str]:
    """`serai backup`, which may write so many kB and not a byte more, as on a disk that is full."""
    return subprocess.Popen(
        ["bash", "-c", f"ulimit -f {limit}; exec {sys.executable} -m serai backup {file}"],
        env={**os.environ, "SERAI_DATABASE_URL": database}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


async def test_where_there_is_no_more_room_the_older_backup_stays(database: str, tmp_path: Path) -> None:
    file = tmp_path / "a.serai"
    await back_up(database, file)
    before = file.read_bytes()
    await add_customers(database, 20_000)
    process = backing_up(database, file, limit="100")
    said, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == 1
    assert "pg_dump" in said
    assert "Traceback" not in said
    assert files(tmp_path) == ["a.serai"]
    assert file.read_bytes() == before


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_a_killed_backup_leaves_no_file_of_that_name(
    database: str, tmp_path: Path, sent: signal.Signals
) -> None:
    file = tmp_path / "a.serai"
    partial = tmp_path / ".a.serai.partial"
    locked = await asyncpg.connect(database)
    await locked.execute("begin; lock table core_customer")
    process = backing_up(database, file)
    while not await execute(database, WAITING):
        assert process.poll() is None
        await asyncio.sleep(0.02)
    assert partial.exists()
    dumping = [one for one in psutil.Process(process.pid).children(recursive=True) if one.name() == "pg_dump"]
    with pytest.raises(BackupError, match="Another backup is writing"):
        await back_up(database, file)
    process.send_signal(sent)
    said, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode in (128 + sent, -sent)
    assert "Traceback" not in said
    assert not file.exists()
    if sent is not signal.SIGKILL:
        assert files(tmp_path) == []
        assert not any(one.is_running() for one in dumping)
    for one in dumping:
        if one.is_running():
            one.kill()
            await asyncio.to_thread(psutil.wait_procs, [one])
    await locked.close()
    await back_up(database, file)
    assert files(tmp_path) == ["a.serai"], "what a killed one left does not disturb the next"


async def test_a_database_with_something_in_it_is_left_alone(
    database: str, clone_database: CloneDatabase, tmp_path: Path
) -> None:
    await back_up(database, tmp_path / "a.serai")
    archive = await read_archive(tmp_path / "a.serai")
    target = await clone_database()
    await execute(target, "create table kept as select 1 as one")
    with pytest.raises(BackupError, match=r"is not empty: it holds 1 tables") as raised:
        await restore(target, archive)
    assert "--replace" in (raised.value.hint or "")
    user = await asyncpg.connect(target)
    with pytest.raises(BackupError, match="in use: 1 other connections"):
        await restore(target, archive, is_replacing=True)
    await user.close()
    assert await execute(target, "select one from kept") == 1
    await restore(target, archive, is_replacing=True)
    assert await execute(target, "select to_regclass('kept') is null") is True


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
async def test_a_torn_file_changes_nothing(
    database: str, clone_database: CloneDatabase, tmp_path: Path, share: float
) -> None:
    await add_customers(database, 2_000)
    file = tmp_path / "a.serai"
    await back_up(database, file)
    with file.open("r+b") as torn:
        torn.truncate(int(file.stat().st_size * share))
    target = await clone_database()
    await execute(target, "create table kept as select 1 as one")
    with pytest.raises(BackupError):
        await restore(target, await read_archive(file), is_replacing=True)
    assert await execute(target, "select count(*) from pg_class where relname like 'core_%'") == 0
    assert await execute(target, "select one from kept") == 1


async def test_what_is_no_backup(database: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be read: No such file"):
        await read_archive(tmp_path / "a.serai")
    (tmp_path / "a.serai").write_text("select 1;")
    with pytest.raises(BackupError, match="is no backup of Serai"):
        await read_archive(tmp_path / "a.serai")
    (tmp_path / "a.serai").write_bytes(b"PGDMP\x02\x01\x00")
    with pytest.raises(BackupError, match="newer than those that come with this Serai"):
        await read_archive(tmp_path / "a.serai")


async def test_a_backup_of_something_else(clone_database: CloneDatabase, tmp_path: Path) -> None:
    other = await clone_database()
    await execute(other, "create table other as select 1 as one")
    address = Address.of(other)
    await run_tool(
        "pg_dump", "--format=custom", f"--file={tmp_path / 'a.serai'}", f"--dbname={address.url}",
        environment=address.environment,
    )  # fmt: skip
    with pytest.raises(BackupError, match="a backup of something else"):
        await read_archive(tmp_path / "a.serai")


def test_a_password_is_in_no_command_line() -> None:
    address = Address.of("postgresql://ada:s%40crt@db.example.org:5432/serai?sslmode=require&password=x")
    assert address.url == "postgresql://ada@db.example.org:5432/serai?sslmode=require"
    assert address.environment == {"PGPASSWORD": "x"}
    assert Address.of("postgresql://ada:s%40crt@h/d").environment == {"PGPASSWORD": "s@crt"}
    assert Address.of("postgresql://postgres@/serai?host=%2Ftmp%2Frun").url == (
        "postgresql://postgres@/serai?host=%2Ftmp%2Frun"
    )
