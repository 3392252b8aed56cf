"""`serai export` as a process: the files it writes, and what is left of one that is killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import asyncpg
import pyarrow.parquet as pq
import pytest
import pytest_asyncio

from serai.app import assemble
from serai.cli.targets import ExportRefused, Target
from serai.core.exports.formats import write_parquet
from serai.graph.exported import Column
from serai.settings import load_settings
from serai.storage import migrate
from serai_testkit.pytest_plugin import TemplateDatabase

from .test_import import environment

QUERY = """{ customers(orderBy: [{name: ASC}]) { nodes {
  name phone createdAt attributes
  demands(first: 1) { totalCount nodes { budget { amount currency } } } accountManager { name }
} } }"""

PEOPLE = """
insert into core_customer (id, name, kind, email, phone, attributes, locale, created_at, updated_at, version)
select uuidv7(), case g when 1 then '=A;"1"' else 'C' || lpad(g::text, 6, '0') end, 'PERSON', null,
       case g when 1 then '+49 (0)30/12-3' end, jsonb_build_object('n', g, 'fill', repeat('x', $2)), 'en',
       '2026-05-01T10:00:00.5Z', '2026-05-01T10:00:00Z', 1
from generate_series(1, $1::int) g
"""


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    async def build(url: str) -> None:
        await migrate(url, assemble(load_settings()).apps)

    return await template_database("every app's tables", build)


async def people(database: str, count: int, fill: int = 1) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(PEOPLE, count, fill)
    await connection.close()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "serai", "export", *arguments]


async def run(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        command(*arguments),
        env=environment(url, folder),
        capture_output=True,
        text=True,
        cwd=folder,
    )


async def test_each_format_holds_the_rows(database: str, tmp_path: Path) -> None:
    await people(database, 2)
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        done = await run(database, tmp_path, QUERY, "--as", "system", "--output", name)
        assert done.returncode == 0, done.stderr
        assert done.stderr.endswith("Exported 2 rows.\n")
    assert (tmp_path / "a.jsonl").read_text() == (
        '{"name":"=A;\\"1\\"","phone":"+49 (0)30/12-3","createdAt":"2026-05-01T10:00:00.500000Z",'
        '"attributes":{"n": 1, "fill": "x"},"demands":{"totalCount":0,"nodes":[]},"accountManager":null}\n'
        '{"name":"C000002","phone":null,"createdAt":"2026-05-01T10:00:00.500000Z",'
        '"attributes":{"n": 2, "fill": "x"},"demands":{"totalCount":0,"nodes":[]},"accountManager":null}\n'
    )
    assert (tmp_path / "a.csv").read_bytes() == (
        b"name,phone,createdAt,attributes,demands,accountManager.name\r\n"
        b'"\'=A;""1""",+49 (0)30/12-3,2026-05-01T10:00:00.500000Z,"{""n"":1,""fill"":""x""}",'
        b'"{""totalCount"":0,""nodes"":[]}",\r\n'
        b'C000002,,2026-05-01T10:00:00.500000Z,"{""n"":2,""fill"":""x""}","{""totalCount"":0,""nodes"":[]}",\r\n'
    )
    table = pq.read_table(tmp_path / "a.parquet")
    assert [str(one.type) for one in table.schema] == [
        *("string", "string", "timestamp[us, tz=UTC]", "string", "string", "string")
    ]
    assert table.column("name").to_pylist() == ['=A;"1"', "C000002"]
    assert table.column("createdAt").to_pylist()[0] == datetime(2026, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert files(tmp_path, "a.*") == ["a.csv", "a.jsonl", "a.parquet"]
    again = await run(database, tmp_path, QUERY, "--as", "system", "--output", "a.csv")
    assert again.returncode == 2
    assert "a.csv is there already" in again.stderr


def kill_at(length: int, url: str, folder: Path, arguments: tuple[str, ...]) -> None:
    """Starts an export, kills it once it has written so many bytes, and leaves half a row behind the last."""
    process = subprocess.Popen(
        command(*arguments), env=environment(url, folder), cwd=folder, stderr=subprocess.DEVNULL
    )
    part = folder / "all.csv.part"
    while not (part.exists() and part.stat().st_size > length):
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (folder / "all.csv").exists()
    with part.open("ab") as torn:
        torn.write(b"half a ro")


def files(folder: Path, pattern: str) -> list[str]:
    return sorted(one.name for one in folder.glob(pattern))


async def test_what_was_killed_goes_on_after_its_last_whole_row(database: str, tmp_path: Path) -> None:
    await people(database, 60_000, fill=300)
    query = "{ customers(orderBy: [{name: DESC}]) { nodes { name attributes } } }"
    arguments = (query, "--as", "system", "--output", "all.csv")
    await asyncio.to_thread(kill_at, 1_000_000, database, tmp_path, arguments)
    refused = await run(database, tmp_path, *arguments)
    assert refused.returncode == 2
    assert "is left of an export that was cut off" in refused.stderr
    other = await run(database, tmp_path, query.replace("DESC", "ASC"), *arguments[1:], "--resume")
    assert other.returncode == 2
    assert "is of another query" in other.stderr
    done = await run(database, tmp_path, *arguments, "--resume")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "all.csv").read_text().splitlines()
    assert [one.partition(",")[0] for one in lines[1:-1]] == [
        f"C{number:06}" for number in range(60_000, 1, -1)
    ]
    assert len(lines) == 60_001
    assert files(tmp_path, "all.csv.*") == []


def test_one_file_is_written_by_one_export_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    first = Target(path, "the same", resume=False)
    first.stream.write(b"1\n2\n")
    with pytest.raises(ExportRefused, match="being written by another export"):
        Target(path, "the same", resume=False)
    first.note("after 2", 2)
    with pytest.raises(ExportRefused, match="being written by another export"):
        Target(path, "the same", resume=True)
    first.stream.write(b"torn")
    first.close()
    second = Target(path, "the same", resume=True)
    assert second.place.cursor == "after 2"
    second.stream.write(b"3\n")
    second.finish()
    assert path.read_bytes() == b"1\n2\n3\n"


def test_decimals_are_exact(tmp_path: Path) -> None:
    lines, target = tmp_path / "lines", tmp_path / "table"
    lines.write_text('{"a":{"b":"12345678901234567.89"}}\n{"a":null}\n')
    write_parquet(lines, target, [Column(("a", "b"), "Decimal")])
    assert pq.read_table(target).column("a.b").to_pylist() == [Decimal("12345678901234567.8900000000"), None]
