"""`python -m bench`: builds the reference database where there is none, compares, and says whether the floors hold."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from serai.app import assemble
from serai.settings import Settings
from serai.storage.embedded import EmbeddedServers

from . import reference
from .load import CONNECTIONS
from .measure import Cores, Different, Measured, compare, contestants, measure
from .queries import QUERIES, VARIANTS, variable_sets
from .report import broken_floors, page, table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "bench" / "results" / "first-slice.md"


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="size of the reference database, 1 being the full one"
    )
    parser.add_argument("--rounds", type=int, default=7, help="how often the contestants take turns")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long a turn lasts")
    parser.add_argument("--queries", nargs="*", default=[one.name for one in QUERIES], help="such as Q3 Q4")
    parser.add_argument(
        "--data-dir", type=Path, default=ROOT / ".serai" / "bench", help="where the database is kept"
    )
    return parser.parse_args()


def main() -> int:
    arguments = read_arguments()
    queries = [one for one in QUERIES if one.name in arguments.queries]
    cores = Cores.found()
    core_count = len(os.sched_getaffinity(0)) if cores.others else os.cpu_count() or 1
    if cores.others is not None:
        # PostgreSQL, started below, stays where this process is put.
        os.sched_setaffinity(0, cores.others)
    with EmbeddedServers(arguments.data_dir, with_valkey=False, is_durable=False) as servers:
        assert servers.database_url is not None
        print("reference database ...", end=" ", flush=True)
        started = time.perf_counter()
        assembly = assemble(Settings())
        url = asyncio.run(reference.reference_database(servers.database_url, assembly, scale=arguments.scale))
        sets = asyncio.run(variable_sets(url))
        print(f"ready in {time.perf_counter() - started:.1f} s", flush=True)
        measured: list[Measured] = []
        with contestants(url, arguments.data_dir, cores) as running:
            for query in queries:
                for one in running:
                    one.prepare(query, sets[query.name])
                try:
                    compare(query, running, sets=len(sets[query.name]))
                except Different as error:
                    print(f"answers differ\n{error}", file=sys.stderr)
                    return 2
                print(f"{query.name}: {query.title} ...", flush=True)
                measured.append(measure(query, running, rounds=arguments.rounds, seconds=arguments.seconds))
    print(table(measured))
    if arguments.scale == 1 and len(measured) == len(QUERIES):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(_page(measured, rounds=arguments.rounds, core_count=core_count))
    broken = broken_floors(measured)
    for words in broken:
        print(f"below its floor: {words}", file=sys.stderr)
    return 1 if broken else 0


def _page(measured: Sequence[Measured], *, rounds: int, core_count: int) -> str:
    sizes = ", ".join(
        f"{count:,} {what}"
        for count, what in (
            (reference.CUSTOMERS, "customers"),
            (reference.PROVIDERS, "providers"),
            (reference.SCENARIOS, "scenarios"),
            (reference.DEMANDS, "demands"),
            (reference.TRANSACTIONS, "transactions with their lines"),
            (reference.STAYS, "stays"),
            (reference.BOOKINGS, "bookings"),
        )
    )
    return page(
        measured, sizes=sizes, sets=VARIANTS, connections=CONNECTIONS, rounds=rounds, core_count=core_count
    )


if __name__ == "__main__":
    sys.exit(main())
