"""`python -m bench.newcomers`: what documents nobody has sent before cost, and what they do to those that are known.

Two things: the first request for a new document against a cached one, and the tail of a steady load of known documents
while fifty new ones a second are sent beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serai.app import assemble
from serai.settings import Settings
from serai.storage.embedded import EmbeddedServers

from . import reference
from .load import Sample, ask, request
from .measure import Contestant, Cores, contestants, half, most, rate
from .processes import Database, cpu_seconds, grown, resident_mib
from .queries import QUERIES, Query, variable_sets

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "bench" / "results" / "newcomers.md"
A_SECOND = 50
MOST_FIRST_MS = 5.0
MOST_TAIL = 2.0


def renamed(query: Query, mark: str) -> str:
    """The same query as a document never seen before: its operation and its lists have other names."""
    return query.document.replace(f" {query.name}(", f" {query.name}{mark}(", 1).replace(
        "name", f"name called{mark}: name", 1
    )


@dataclass(slots=True)
class Times:
    """Milliseconds of some requests: by the clock, of the server's CPU and of the database's."""

    clock: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def middle(self) -> tuple[float, float, float]:
        """The medians."""
        return statistics.median(self.clock), statistics.median(self.server), statistics.median(self.database)


def first_requests(
    one: Contestant,
    query: Query,
    sets: Sequence[Mapping[str, Any]],
    *,
    database: Database,
    count: int,
    mark: str,
) -> tuple[Times, Times]:
    """First requests for new documents, and requests for the same when they are planned, prepared and warm."""
    new, cached = Times(), Times()
    for number in range(count):
        sent = request(renamed(query, f"{mark}{number}"), sets[number % len(sets)], one.tokens["operator"])
        for times, repeat in ((new, 1), (Times(), 4), (cached, 1)):
            for _ in range(repeat):
                sessions = database.cpu_by_session()
                spent, begun = cpu_seconds(one.watched), time.perf_counter()
                ask(one.port, sent)
                times.clock.append((time.perf_counter() - begun) * 1_000)
                times.server.append((cpu_seconds(one.watched) - spent) * 1_000)
                times.database.append(grown(sessions, database.cpu_by_session()) * 1_000)
    return new, cached


@contextmanager
def beside(
    one: Contestant, query: Query, sets: Sequence[Mapping[str, Any]], mark: str
) -> Iterator[list[int]]:
    """Fifty documents never seen before are sent every second, one after the other, while the block runs."""
    stop = threading.Event()
    sent = [0]
    token = one.tokens["operator"]

    def work() -> None:
        due = time.perf_counter()
        while not stop.is_set():
            ask(one.port, request(renamed(query, f"{mark}{sent[0]}"), sets[sent[0] % len(sets)], token))
            sent[0] += 1
            due += 1 / A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        yield sent
    finally:
        stop.set()
        worker.join(10)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.newcomers", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--documents", type=int, default=60, help="how many first requests are timed")
    parser.add_argument("--queries", nargs="*", default=["Q1", "Q3", "Q4"], help="known documents under load")
    parser.add_argument("--page", action="store_true", help="write bench/results/newcomers.md")
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".serai" / "bench")
    arguments = parser.parse_args()
    cores = Cores.found()
    if cores.others is not None:
        os.sched_setaffinity(0, cores.others)
    with EmbeddedServers(arguments.data_dir, with_valkey=False, is_durable=False) as servers:
        assert servers.database_url is not None
        url = asyncio.run(
            reference.reference_database(servers.database_url, assemble(Settings()), scale=arguments.scale)
        )
        sets = asyncio.run(variable_sets(url))
        database = asyncio.run(Database.of(url))
        assert database is not None, "the embedded server is on this machine"
        with contestants(url, arguments.data_dir, cores, ["serai"]) as (one,):
            words, broken = measure(one, sets, database, arguments)
    print("\n".join(words))
    if arguments.page:
        PAGE.write_text(
            "# Documents never seen before\n\nWritten by `python -m bench.newcomers --page`.\n\n"
            + "\n".join(words)
            + "\n"
        )
    for what in broken:
        print(f"beyond its bound: {what}", file=sys.stderr)
    return 1 if broken else 0


def measure(
    one: Contestant,
    sets: Mapping[str, Sequence[Mapping[str, Any]]],
    database: Database,
    arguments: argparse.Namespace,
) -> tuple[list[str], list[str]]:
    """Both comparisons as lines of Markdown, and which bounds do not hold."""
    by_name = {query.name: query for query in QUERIES}
    words, broken = [], []
    words += [
        "First requests for documents whose text and statement are both new, against the same once cached; medians. "
        "The bound is on both servers' CPU together, which is the time on a machine that does nothing else.",
        "",
        "| query | new: server, database | cached: server, database | CPU beyond | clock beyond | at most |",
        "|---|---|---|---|---|---|",
    ]
    for name in arguments.queries:
        query = by_name[name]
        first_requests(one, query, sets[name], database=database, count=5, mark="warm")
        new, cached = first_requests(
            one, query, sets[name], database=database, count=arguments.documents, mark="first"
        )
        (first, *spent), (next_, *spent_next) = new.middle(), cached.middle()
        beyond = sum(spent) - sum(spent_next)
        words.append(
            f"| {name} | {spent[0]:.2f} ms, {spent[1]:.2f} ms | {spent_next[0]:.2f} ms, {spent_next[1]:.2f} ms "
            f"| {beyond:.2f} ms | {first - next_:.2f} ms | {f'{MOST_FIRST_MS:g} ms' if name == 'Q4' else ''} |"
        )
        if name == "Q4" and beyond > MOST_FIRST_MS:
            broken.append(f"the first request for Q4 takes {beyond:.2f} ms of CPU more than a cached one")
    words += [
        "",
        f"Known documents over 16 connections, alone and beside {A_SECOND} new ones a second.",
        "",
        "| query | p50 | rate | p99 | p99 / p99 alone | at most |",
        "|---|---|---|---|---|---|",
    ]
    for name in arguments.queries:
        one.prepare(by_name[name], sets[name])
        alone: list[Sample] = []
        together: list[Sample] = []
        for turn in range(arguments.rounds):
            plain = {"connections": 16, "seconds": arguments.seconds, "skip": turn * 137}
            alone.append(one.sample(by_name[name], **plain))
            with beside(one, by_name["Q4"], sets["Q4"], f"{name}round{turn}x"):
                together.append(one.sample(by_name[name], **plain))
        ratios = [
            (most(after) or 0) / (most(before) or 1) for before, after in zip(alone, together, strict=True)
        ]
        ratio = statistics.median(ratios)
        middle = [statistics.median(half(sample) or 0 for sample in taken) for taken in (alone, together)]
        slow = [statistics.median(most(sample) or 0 for sample in taken) for taken in (alone, together)]
        kept = statistics.median(rate(b) / rate(a) for a, b in zip(alone, together, strict=True))
        words.append(
            f"| {name} | {middle[0]:.1f} ms, {middle[1]:.1f} ms | {kept:.2f} of it "
            f"| {slow[0]:.1f} ms, {slow[1]:.1f} ms "
            f"| {ratio:.2f} ({min(ratios):.2f}-{max(ratios):.2f}) | {MOST_TAIL:g} |"
        )
        if ratio > MOST_TAIL:
            broken.append(f"{name}: new documents beside it raise p99 to {ratio:.2f} times its value")
    words += ["", f"Memory of the server afterwards: {resident_mib(one.watched):.0f} MiB."]
    return words, broken


if __name__ == "__main__":
    sys.exit(main())
