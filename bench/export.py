"""`python -m bench.export`: a list taken out whole, against the same rows through pages of 100.

The export is the command, in a process of its own, start and all. The pages are asked of a server over one HTTP
connection, one after the other by their cursors, as a client does; what that client does with them is not more than
finding the next cursor. Both with an operator's rights.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import orjson
import psutil

from serai.app import assemble
from serai.settings import Settings
from serai.storage.embedded import EmbeddedServers

from . import reference
from .measure import Contestant, Cores, contestants

ROOT = Path(__file__).resolve().parent.parent
FIELDS = "number status placedAt total { amount currency } customer { id name } scenario { id name }"
WHOLE = f"{{ transactions(orderBy: [{{placedAt: ASC}}]) {{ nodes {{ {FIELDS} }} }} }}"
PAGES = f"""query($after: String) {{
  transactions(first: 100, after: $after, orderBy: [{{placedAt: ASC}}]) {{
    pageInfo {{ endCursor hasNextPage }} nodes {{ {FIELDS} }}
  }}
}}"""
LEAST_RATIO = 5.0
MOST_GROWTH_MIB = 64
MIB = 1024 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.export", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="transactions in the database")
    parser.add_argument("--pages", type=int, default=1_000, help="pages of 100 that are asked for")
    parser.add_argument(
        "--data-dir", type=Path, default=ROOT / ".serai" / "bench", help="where the database is kept"
    )
    arguments = parser.parse_args()
    scale = arguments.rows / reference.TRANSACTIONS
    with EmbeddedServers(arguments.data_dir, with_valkey=False, is_durable=False) as servers:
        assert servers.database_url is not None
        url = asyncio.run(
            reference.reference_database(servers.database_url, assemble(Settings()), scale=scale)
        )
        with tempfile.TemporaryDirectory() as folder:
            rows, took, growth = exported(url, Path(folder))
        with contestants(url, arguments.data_dir, Cores.found(), ["serai"]) as (one,):
            page_rate = paged(one, arguments.pages)
    rate = rows / took
    print(f"export: {rows:,} rows in {took:.1f} s, {rate:,.0f} a second; memory grew by {growth:.0f} MiB")
    print(f"pages of 100: {page_rate:,.0f} rows a second; the export is {rate / page_rate:.1f} times as fast")
    broken = [
        words
        for words, holds in (
            (f"the ratio is below {LEAST_RATIO}", rate / page_rate >= LEAST_RATIO),
            (f"memory grew by {MOST_GROWTH_MIB} MiB or more", growth < MOST_GROWTH_MIB),
        )
        if not holds
    ]
    for words in broken:
        print(f"below its floor: {words}", file=sys.stderr)
    return 1 if broken else 0


def exported(url: str, folder: Path) -> tuple[int, float, float]:
    """Rows, seconds, and by how many MiB the process grew after its first rows."""
    target = folder / "all.jsonl"
    part = folder / "all.jsonl.part"
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "serai", "export", WHOLE, "--as", "staff:operator", "--output", str(target)],
        env={**os.environ, "SERAI_DATABASE_URL": url, "SERAI_DATA_DIR": str(folder / ".serai")},
        cwd=folder,
    )
    first = most = 0
    while process.poll() is None:
        try:
            now = psutil.Process(process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            break
        if not first and part.exists() and part.stat().st_size:
            first = now
        most = max(most, now)
        time.sleep(0.02)
    if process.wait():
        raise SystemExit("the export failed")
    took = time.perf_counter() - started
    with target.open("rb") as lines:
        return sum(1 for _ in lines), took, (most - first) / MIB


def paged(one: Contestant, pages: int) -> float:
    """Rows a second by pages of 100."""
    token = one.tokens["operator"]
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    after, rows, started = None, 0, 0.0
    connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=30)
    with closing(connection):
        for number in range(pages + 1):
            if number == 1:
                # the first one was planned
                started, rows = time.perf_counter(), 0
            sent = orjson.dumps({"query": PAGES, "variables": {"after": after}})
            connection.request("POST", "/graphql", sent, headers)
            page = orjson.loads(connection.getresponse().read())["data"]["transactions"]
            rows += len(page["nodes"])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
    return rows / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
