"""`python -m bench.growth`: one dimension grows at a time, and what one request costs is looked at.

Rows of tables, depth of a query, size of its pages, plug-ins that are loaded. The engine is asked in this process, one
request after the other, without HTTP: CPU of this process and of the database's session, statements, calls of Python
functions, and whether the text of the SQL stays the same.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import uvloop
from pydantic import SecretStr

from serai.app import Platform, assemble, open_platform
from serai.core.viewers import find_acting
from serai.settings import Settings
from serai.storage.embedded import EmbeddedServers
from serai.viewers import Viewer

from . import reference
from .dummies import dummies
from .growing import growing_database
from .plot import lines
from .processes import cpu_seconds

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
TURNS = 5

LIST = """query($since: DateTime!) {
  customers(first: %d, where: {createdAt: {gte: $since}}, orderBy: [{createdAt: ASC}]) { nodes { id name %s } }
}"""
LATEST = "transactions(first: 5) { nodes { id number total { amount } scenario { name } } }"
BY_ID = "query($id: ID!) { customer(id: $id) { id name email } }"
NEWEST = """query($until: DateTime!) {
  transactions(first: 50, where: {status: {eq: FULFILLED}, placedAt: {lt: $until}}, orderBy: [{placedAt: DESC}]) {
    nodes { id number customer { name } }
  }
}"""
STEPS = ("transactions(first: 1) { nodes { id %s } }", "customer { id %s }")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one request costs: milliseconds of CPU here and in the database, statements, calls, the text of the SQL."""

    server_ms: float
    database_ms: float
    statements: int
    calls: int
    sql: str


class Asked:
    """A platform that is asked as an operator."""

    def __init__(self, platform: Platform, viewer: Viewer, session: psutil.Process) -> None:
        self.platform = platform
        self.viewer = viewer
        self.session = session
        self.sent: list[str] = []
        platform.pool.observers.append(lambda sql, _: self.sent.append(sql))

    async def ask(self, document: str, variables: Mapping[str, Any]) -> None:
        result = await self.platform.engine.execute(document, dict(variables), None, self.viewer)
        if result.errors:
            raise AssertionError(result.body[:1000].decode())

    async def cost(self, document: str, variables: Sequence[Mapping[str, Any]], *, requests: int) -> Cost:
        """The median of some turns of so many requests, after a few to warm up."""
        for one in variables[:10]:
            await self.ask(document, one)
        here, there = [], []
        for turn in range(TURNS):
            before, begun = cpu_seconds(self.session), time.process_time()
            for number in range(requests):
                await self.ask(document, variables[(turn * requests + number) % len(variables)])
            here.append((time.process_time() - begun) / requests * 1_000)
            there.append((cpu_seconds(self.session) - before) / requests * 1_000)
        await asyncio.sleep(0)
        self.sent.clear()
        calls = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(count)
        try:
            await self.ask(document, variables[0])
        finally:
            sys.setprofile(None)
        await asyncio.sleep(0)
        text = hashlib.sha256("\n".join(self.sent).encode()).hexdigest()[:8]
        return Cost(
            server_ms=statistics.median(here),
            database_ms=statistics.median(there),
            statements=len(self.sent),
            calls=calls,
            sql=text,
        )


@asynccontextmanager
async def opened(url: str, data_dir: Path) -> AsyncIterator[Asked]:
    """The platform on that database, with one connection for reads."""
    settings = Settings(
        database_url=SecretStr(url),
        data_dir=data_dir,
        environment="production",
        pool_size=1,
        row_budget=1_000_000,
    )
    platform = await open_platform(settings)
    try:
        acting = await find_acting(platform.pool, "staff:operator")
        viewer = await platform.load_viewer(acting.kind, acting.id)
        assert viewer is not None
        session = psutil.Process(await platform.pool.fetchval("select pg_backend_pid()"))
        yield Asked(platform, viewer, session)
    finally:
        await platform.close()


async def sinces(asked: Asked, count: int = 200) -> list[dict[str, Any]]:
    """Beginnings of full pages, spread over all customers."""
    rows = await asked.platform.pool.fetch(
        "select created_at from core_customer order by created_at limit (select count(*) - 100 from core_customer)"
    )
    step = max(1, len(rows) // count)
    return [{"since": row["created_at"].isoformat()} for row in rows[::step]][:count]


async def over_rows(server_url: str, data_dir: Path, largest: int) -> dict[str, dict[int, Cost]]:
    """Three queries over ever more rows."""
    found: dict[str, dict[int, Cost]] = {
        "one by id": {},
        "20 customers x 5 transactions": {},
        "page of 50": {},
    }
    size = 10_000
    assembly = assemble(Settings())
    while size <= largest:
        print(f"{size:,} transactions ...", flush=True)
        url = await growing_database(server_url, assembly, transactions=size)
        async with opened(url, data_dir) as asked:
            starts = await sinces(asked)
            rows = await asked.platform.pool.fetch("select id from core_customer order by id limit 20000")
            ids = [{"id": f"cus_{row['id'].hex}"} for row in rows[:: max(1, len(rows) // 200)]]
            ends = [{"until": one["since"]} for one in starts[20:]]
            found["one by id"][size] = await asked.cost(BY_ID, ids, requests=60)
            found["20 customers x 5 transactions"][size] = await asked.cost(
                LIST % (20, LATEST), starts, requests=40
            )
            found["page of 50"][size] = await asked.cost(NEWEST, ends, requests=40)
        size *= 10
    return found


async def over_depth(asked: Asked, deepest: int = 8) -> dict[str, dict[int, Cost]]:
    """A list of 20, and ever more links below each row."""
    starts = await sinces(asked)
    found = {}
    for depth in range(1, deepest + 1):
        below = ""
        for level in reversed(range(depth - 1)):
            below = STEPS[level % 2] % below
        found[depth] = await asked.cost(LIST % (20, below), starts, requests=40)
    return {"20 customers and a chain of links": found}


async def over_page(asked: Asked) -> dict[str, dict[int, Cost]]:
    """Ever longer pages, each row with its latest transactions."""
    starts = await sinces(asked)
    return {
        "customers x 5 transactions": {
            size: await asked.cost(LIST % (size, LATEST), starts, requests=25)
            for size in (1, 2, 5, 10, 20, 50, 100)
        }
    }


async def over_plugins(url: str, data_dir: Path) -> dict[str, dict[int, Cost]]:
    """The same query with ever more plug-ins loaded besides."""
    found = {}
    for count in (0, 10, 20, 30):
        with dummies(count):
            async with opened(url, data_dir) as asked:
                loaded = len(asked.platform.assembly.report.ready)
                found[count] = await asked.cost(LIST % (20, LATEST), await sinces(asked), requests=60)
        print(f"{loaded} plug-ins loaded", flush=True)
    return {"20 customers x 5 transactions": found}


def section(title: str, axis: str, found: Mapping[str, Mapping[int, Cost]]) -> str:
    """A table of one dimension; costs are relative to the smallest, since milliseconds tell about a machine."""
    parts = [
        f"## {title}",
        "",
        f"| query | {axis} | CPU of the server | CPU of the database | statements | Python calls | SQL |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, costs in found.items():
        first = next(iter(costs.values()))
        for size, cost in costs.items():
            parts.append(
                f"| {name} | {size:,} | {cost.server_ms:.2f} ms, x {cost.server_ms / first.server_ms:.1f} "
                f"| {cost.database_ms:.2f} ms, x {cost.database_ms / first.database_ms:.1f} "
                f"| {cost.statements} | {cost.calls} | `{cost.sql}` |"
            )
    return "\n".join(parts)


PAGE = """# How cost grows

Written by `python -m bench.growth`; [how it is measured](../../docs/explanation/performance.md). One dimension grows at
a time. CPU of one request, without HTTP, the median of {turns} turns; x is how many times the smallest. `SQL` is a
mark of the statement's text: the same mark is the same text.
"""


async def grow(arguments: argparse.Namespace) -> None:
    """Measures every dimension, prints tables, and writes the page and a plot for each dimension."""
    with EmbeddedServers(arguments.data_dir, with_valkey=False, is_durable=False) as servers:
        assert servers.database_url is not None
        url = await reference.reference_database(
            servers.database_url, assemble(Settings()), scale=arguments.scale
        )
        dimensions: dict[str, tuple[str, str, dict[str, dict[int, Cost]]]] = {}
        async with opened(url, arguments.data_dir) as asked:
            if "depth" in arguments.dimensions:
                dimensions["depth"] = ("Depth of a query", "levels", await over_depth(asked))
            if "page" in arguments.dimensions:
                dimensions["page"] = ("Size of a page", "rows", await over_page(asked))
        if "plugins" in arguments.dimensions:
            dimensions["plugins"] = (
                "Plug-ins",
                "further plug-ins",
                await over_plugins(url, arguments.data_dir),
            )
        if "rows" in arguments.dimensions:
            dimensions["rows"] = (
                "Rows in the tables",
                "transactions",
                await over_rows(servers.database_url, arguments.data_dir, arguments.rows),
            )
    sections = [section(title, axis, found) for title, axis, found in dimensions.values()]
    print("\n\n".join(sections))
    if arguments.page:
        RESULTS.mkdir(parents=True, exist_ok=True)
        parts = [PAGE.format(turns=TURNS)]
        for (name, (title, axis, found)), words in zip(dimensions.items(), sections, strict=True):
            series = {
                f"{query}, {side}": [(max(size, 1), getattr(cost, figure)) for size, cost in costs.items()]
                for query, costs in found.items()
                for side, figure in (("server", "server_ms"), ("database", "database_ms"))
            }
            (RESULTS / f"growth-{name}.svg").write_text(lines(f"{title}: ms of CPU a request", axis, series))
            parts.append(f"{words}\n\n![{title}](growth-{name}.svg)\n")
        (RESULTS / "growth.md").write_text("\n".join(parts))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="the most transactions; 10000000 takes its time"
    )
    parser.add_argument(
        "--dimensions",
        nargs="*",
        default=["rows", "depth", "page", "plugins"],
        help="rows, depth, page, plugins",
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the database for the other dimensions")
    parser.add_argument("--page", action="store_true", help="write bench/results/growth.md, and its plots")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".serai" / "bench")
    uvloop.run(grow(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
