"""`serai import` as a process: what it says, and what is left of it when it is killed."""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio

from serai.app import assemble
from serai.cli.import_asking import LARGE
from serai.settings import load_settings
from serai.storage import migrate
from serai_testkit.pytest_plugin import TemplateDatabase

COUNTS = """
select (select count(*) from core_customer), (select count(*) from core_external_ref),
       (select count(*) from core_import), (select count(*) from core_outbox)
"""

OTHERS = """
select count(*)
from pg_stat_activity
where datname = current_database()
  and pid <> pg_backend_pid()
  and backend_type = 'client backend'
"""


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    async def build(url: str) -> None:
        await migrate(url, assemble(load_settings()).apps)

    return await template_database("every app's tables", build)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "serai", "import", *arguments]


def environment(url: str, folder: Path) -> dict[str, str]:
    return {**os.environ, "SERAI_DATABASE_URL": url, "SERAI_DATA_DIR": str(folder / ".serai")}


def run(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment(url, folder), capture_output=True, text=True, cwd=folder
    )


def kill_while(stage: str, url: str, folder: Path, file: Path) -> list[psutil.Process]:
    """Starts an import and kills it soon after it says that it has reached that stage; the children it had."""
    process = subprocess.Popen(
        command("customers", str(file), "--source", "erp"),
        env=environment(url, folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while stage not in (line := process.stderr.readline()):
        assert line, "it ended before it was killed"
    time.sleep(0.3)
    left = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    process.stderr.close()
    return left


async def test_it_shows_the_mapping_tells_problems_and_remembers(database: str, tmp_path: Path) -> None:
    file = tmp_path / "kunden.csv"
    file.write_text("Kundennummer;Kundenname;Art;Notiz\n1;Anna;Privat;a\n2;;Firma;b\n", "cp1252")
    first = run(database, tmp_path, "customers", "kunden.csv", "--source", "erp")
    assert first.returncode == 2
    assert "Kundennummer" in first.stderr
    assert "Nothing is known about the columns 'Notiz'" in first.stderr
    words = ("--value", "kind:Privat=PERSON", "--value", "kind:Firma=COMPANY", "--leave-out", "Notiz")
    said = ("--encoding", "cp1252", "--save-mapping", "ERP", "--errors", "errors.csv", *words)
    second = run(database, tmp_path, "customers", "kunden.csv", "--source", "erp", *said)
    assert second.returncode == 1
    assert "line 3, Kundenname: [REQUIRED] expected a value: this may not be empty" in second.stderr
    assert (
        second.stdout.strip()
        == "Nothing was imported: 2 customers, 1 new, 0 changed, 0 unchanged, 1 with problems."
    )
    with (tmp_path / "errors.csv").open(newline="") as errors:
        assert list(csv.reader(errors)) == [
            ["line", "column", "value", "expected", "code"],
            ["3", "Kundenname", "", "a value: this may not be empty", "REQUIRED"],
        ]
    third = run(database, tmp_path, "customers", "kunden.csv", "--mapping", "ERP", "--skip-errors")
    assert third.returncode == 0, third.stderr
    assert third.stdout.strip() == "Imported 2 customers: 1 new, 0 changed, 0 unchanged, 1 with problems."


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["reading", "matching", "writing"])
async def test_what_is_killed_leaves_nothing_and_the_next_run_completes(
    database: str, tmp_path: Path, stage: str
) -> None:
    file = tmp_path / "customers.csv"
    with file.open("w", newline="") as target:
        write = csv.writer(target).writerow
        write(("id", "name", "email", "attributes.note"))
        for number in range(150_000):
            write((f"C{number}", f"Customer {number}", f"c{number}@example.org", "x" * 40))
    assert file.stat().st_size > LARGE, "too small for worker processes"
    left = await asyncio.to_thread(kill_while, stage, database, tmp_path, file)
    assert len(left) > 1 or stage != "reading", "no worker processes were checking rows"
    connection = await asyncpg.connect(database)
    async with asyncio.timeout(60):
        while await connection.fetchval(OTHERS) or any(one.is_running() for one in left):
            await asyncio.to_thread(time.sleep, 0.1)
    assert tuple(await connection.fetchrow(COUNTS)) == (0, 0, 0, 0)  # type: ignore[arg-type]
    done = await asyncio.to_thread(run, database, tmp_path, "customers", str(file), "--source", "erp")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Imported 150,000 customers: 150,000 new, 0 changed, 0 unchanged."
    assert tuple(await connection.fetchrow(COUNTS)) == (150_000, 150_000, 1, 1)  # type: ignore[arg-type]
    await connection.close()
