"""`python -m bench`: builds the reference database where there is none, compares, and says whether the floors hold."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from serai.app import assemble
from serai.settings import Settings
from serai.storage.embedded import EmbeddedServers

from . import page, postgraphile, reference
from .floors import judge
from .measure import CONTESTANTS, Cores, Different, Measured, compare, contestants, measure
from .processes import Database
from .queries import QUERIES, variable_sets
from .report import table

ROOT = Path(__file__).resolve().parent.parent


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="size of the reference database, 1 being the full one"
    )
    parser.add_argument("--queries", nargs="*", default=[one.name for one in QUERIES], help="such as Q3 Q4m")
    parser.add_argument("--connections", nargs="*", type=int, default=[1, 16, 64], help="how many at a time")
    parser.add_argument("--contestants", nargs="*", default=list(CONTESTANTS), choices=CONTESTANTS)
    parser.add_argument("--rounds", type=int, default=5, help="how often the contestants take turns")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a turn lasts")
    parser.add_argument("--page", action="store_true", help="write bench/results/engine.md, and its plot")
    parser.add_argument(
        "--data-dir", type=Path, default=ROOT / ".serai" / "bench", help="where the database is kept"
    )
    return parser.parse_args()


def main() -> int:
    arguments = read_arguments()
    queries = [one for one in QUERIES if one.name in arguments.queries]
    if "postgraphile" in arguments.contestants and (missing := postgraphile.install()):
        print(f"without PostGraphile: {missing}")
        arguments.contestants.remove("postgraphile")
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
        database = asyncio.run(Database.of(url))
        print(f"ready in {time.perf_counter() - started:.1f} s", flush=True)
        measured: list[Measured] = []
        with contestants(url, arguments.data_dir, cores, arguments.contestants) as running:
            for query in queries:
                taking_part = [one for one in running if one.knows(query)]
                for one in taking_part:
                    one.prepare(query, sets[query.name])
                try:
                    compare(query, taking_part, sets=len(sets[query.name]))
                except Different as error:
                    print(f"answers differ\n{error}", file=sys.stderr)
                    return 2
                print(f"{query.name}: {query.title} ...", flush=True)
                measured += [
                    measure(
                        query,
                        taking_part,
                        connections=connections,
                        rounds=arguments.rounds,
                        seconds=arguments.seconds,
                        database=database,
                    )
                    for connections in arguments.connections
                ]
            if any(one.is_mutation for one in queries):
                asyncio.run(reference.forget_demands(url))
    print(table(measured))
    if arguments.page:
        page.write(
            ROOT / "bench" / "results",
            measured,
            rounds=arguments.rounds,
            seconds=arguments.seconds,
            cores=core_count,
        )
    broken = [one for one in judge(measured) if not one.holds]
    for verdict in broken:
        print(f"beyond its floor: {verdict}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
