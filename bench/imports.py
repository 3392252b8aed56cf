"""`python -m bench.imports`: files imported, against a bare COPY of the very same rows into the same tables.

Both write into tables that are empty, with all their indexes and constraints, on one server with its default commit
settings. The bare COPY reads what the import wrote, in PostgreSQL's own binary format, from a file: there is nothing to
read, check, find or compare. Then the same file is imported again, which changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import psutil

from serai.storage.embedded import EmbeddedServers

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "bench" / "results" / "imports.md"
FLOOR = 0.3
POLL_S = 0.2
PROVIDERS = 200

TABLES: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "core_customer": "select * from core_customer order by id",
        "core_external_ref": "select * from core_external_ref where entity = 'cus' order by row_id",
    },
    "transactions": {
        "core_transaction": "select * from core_transaction order by id",
        "core_transaction_line": "select * from core_transaction_line order by id",
        "core_external_ref": "select * from core_external_ref where entity = 'trx' order by row_id",
    },
}
EMPTIED = {
    "customers": (
        "truncate core_transaction, core_transaction_line, core_customer cascade",
        "delete from core_external_ref where entity = 'cus'",
    ),
    "transactions": (
        "truncate core_transaction, core_transaction_line cascade",
        "delete from core_external_ref where entity = 'trx'",
    ),
}

GIVEN = "Anna Björn Chen Dmitri Élodie Fatima Giorgos Hana Ingrid José Kwame Lena Mei Noor Olga Paulo Qing Rosa".split()
FAMILY = "Müller Novak Ozturk Petrov Quist Rossi Sørensen Tanaka Ulrich Vargas Wang Xu Yilmaz Zhang Ek Groß".split()
LOCALES = ("de-DE", "de-CH", "en-GB", "fr-FR", "zh-CN", "en")
CHANNELS = ("web", "app", "shop", "fair", "")


@dataclass(slots=True)
class Measured:
    """One noun's times and memory."""

    noun: str
    rows: int
    imported_s: float
    again_s: float
    bare_s: float
    peak_mb: float
    server_mb: float

    @property
    def ratio(self) -> float:
        """Rate of the import by the rate of the bare COPY."""
        return self.bare_s / self.imported_s


def write_files(folder: Path, rows: int) -> dict[str, Path]:
    """The files, the same in every run."""
    draw = Random("imports")
    paths = {name: folder / f"{name}.csv" for name in ("customers", "providers", "transactions")}
    with paths["customers"].open("w", newline="") as file:
        write = csv.writer(file).writerow
        write(
            ("Customer number", "Name", "Type", "E-mail", "Phone", "Language", "Channel", "attributes.city")
        )
        for number in range(rows):
            name = f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}"
            write(
                (
                    f"K{number:07}", name, "company" if number % 9 == 0 else "person",
                    f"customer.{number}@mail{number % 50}.example" if number % 10 else "", _phone(draw, number),
                    draw.choice(LOCALES), draw.choice(CHANNELS), f"City {draw.randrange(500)}",
                )
            )  # fmt: skip
    with paths["providers"].open("w", newline="") as file:
        write = csv.writer(file).writerow
        write(("id", "name", "status"))
        for number in range(PROVIDERS):
            write((f"P{number:03}", f"Provider {number}", "APPROVED"))
    with paths["transactions"].open("w", newline="") as file:
        write = csv.writer(file).writerow
        write(("Order number", "Customer", "Provider", "Status", "Date", "Fulfilled at", "Channel", "Item", "Quantity",
               "Price", "Currency"))  # fmt: skip
        for number in range(rows):
            day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00+01:00"
            is_done = number % 10 != 0
            write(
                (
                    f"B{number:08}", f"K{draw.randrange(rows):07}", f"P{draw.randrange(PROVIDERS):03}",
                    "FULFILLED" if is_done else "PLACED", day, day if is_done else "", draw.choice(CHANNELS),
                    f"Item {draw.randrange(2_000)}", draw.randrange(1, 5), f"{draw.randrange(100, 90_000) / 100:.2f}",
                    "EUR",
                )
            )  # fmt: skip
    return paths


def _phone(draw: Random, number: int) -> str:
    if number % 4 == 0:
        return ""
    digits = draw.randrange(1_000_000, 9_999_999)
    return (f"+49 151 2{digits}", f"+41 79 {digits}", f"+44 7400 1{digits % 100_000:05}")[number % 3]


def run_import(noun: str, file: Path, *options: str, data_dir: Path) -> tuple[float, float, float, str]:
    """Seconds, the peaks of its own memory and of the server's in MB, and what it said."""
    command = [
        sys.executable,
        "-m",
        "serai",
        "import",
        noun,
        str(file),
        "--source",
        "bench",
        "--yes",
        *options,
    ]
    environment = {**os.environ, "SERAI_DATA_DIR": str(data_dir)}
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    own = server = 0.0
    while process.poll() is None:
        own = max(own, _memory(psutil.Process(process.pid)))
        server = max(server, _server_memory())
        time.sleep(POLL_S)
    seconds = time.perf_counter() - started
    assert process.stdout is not None
    assert process.stderr is not None
    if process.returncode:
        raise SystemExit(process.stderr.read())
    return seconds, own, server, process.stdout.read().strip().splitlines()[-1]


def _memory(process: psutil.Process) -> float:
    """Of the process and those it started."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total / 2**20


def _server_memory() -> float:
    """Of the session that imports, without what all sessions share."""
    most = 0
    for one in psutil.process_iter(["name", "cmdline"]):
        line = " ".join(one.info["cmdline"] or ())
        if line.startswith("postgres:") and "COPY" in line + "INSERT UPDATE CREATE SELECT":
            try:
                memory = one.memory_info()
                most = max(most, memory.rss - memory.shared)
            except psutil.Error:
                continue
    return most / 2**20


async def bare(url: str, noun: str, folder: Path) -> float:
    """Seconds of a bare COPY of the rows the import left, into the same tables, emptied before."""
    connection = await asyncpg.connect(url)
    try:
        for table, query in TABLES[noun].items():
            await connection.copy_from_query(query, output=folder / f"{table}.bin", format="binary")
        for statement in EMPTIED[noun]:
            await connection.execute(statement)
        for table in TABLES[noun]:
            await connection.execute(f"vacuum analyze {table}")
        await connection.execute("checkpoint")
        started = time.perf_counter()
        async with connection.transaction():
            for table in TABLES[noun]:
                await connection.copy_to_table(table, source=folder / f"{table}.bin", format="binary")
        return time.perf_counter() - started
    finally:
        await connection.close()


async def checkpoint(url: str, *statements: str) -> Any:
    """What was written before is not paid for by what is measured next."""
    connection = await asyncpg.connect(url)
    try:
        for statement in (*statements, "checkpoint"):
            await connection.execute(statement)
    finally:
        await connection.close()


def measure(url: str, data_dir: Path, folder: Path, rows: int) -> list[Measured]:
    """Customers, then transactions that refer to them."""
    paths = write_files(folder, rows)
    measured = []
    for noun in TABLES:
        if noun == "transactions":
            print(run_import("providers", paths["providers"], data_dir=data_dir)[3], flush=True)
        asyncio.run(checkpoint(url, "analyze"))
        imported, own, server, said = run_import(noun, paths[noun], data_dir=data_dir)
        print(f"{imported:.1f} s: {said}", flush=True)
        again, own_again, server_again, said = run_import(noun, paths[noun], data_dir=data_dir)
        print(f"{again:.1f} s: {said}", flush=True)
        assert said.startswith("Nothing has changed"), said
        took = asyncio.run(bare(url, noun, folder))
        print(f"{took:.1f} s: bare COPY of the same rows", flush=True)
        measured.append(
            Measured(noun, rows, imported, again, took, max(own, own_again), max(server, server_again))
        )
    return measured


def table(measured: Sequence[Measured]) -> str:
    """The figures as a table."""
    lines = [
        "| noun | rows | import | the same again | bare COPY | ratio | peak of the import | peak of its session |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in measured:
        lines.append(
            f"| {one.noun} | {one.rows:,} | {one.imported_s:.1f} s | {one.again_s:.1f} s | {one.bare_s:.1f} s "
            f"| {one.ratio:.2f} | {one.peak_mb:.0f} MB | {one.server_mb:.0f} MB |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".serai" / "bench-imports")
    arguments = parser.parse_args()
    folder = arguments.data_dir / "files"
    folder.mkdir(parents=True, exist_ok=True)
    with EmbeddedServers(arguments.data_dir, with_valkey=False) as servers:
        url = servers.database_url
        assert url is not None
        environment = {**os.environ, "SERAI_DATA_DIR": str(arguments.data_dir)}
        subprocess.run(
            [sys.executable, "-m", "serai", "migrate"], env=environment, check=True, capture_output=True
        )
        asyncio.run(
            checkpoint(
                url, *EMPTIED["transactions"], *EMPTIED["customers"], "delete from core_external_ref",
                "truncate core_provider cascade", "vacuum analyze",
            )
        )  # fmt: skip
        measured = measure(url, arguments.data_dir, folder, arguments.rows)
    print(table(measured))
    if arguments.rows == 1_000_000:
        PAGE.write_text(f"# Imports against a bare COPY\n\n{__doc__}\n{table(measured)}\n")
    broken = [one for one in measured if one.ratio < FLOOR]
    for one in broken:
        print(f"below its floor: {one.noun} {one.ratio:.2f} < {FLOOR}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
