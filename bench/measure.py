"""Contestants are started together and take turns, round after round: what else the machine does hits all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import psutil

from . import postgraphile
from .load import BadAnswer, Sample, ask, load, request
from .normal import normal
from .processes import Database, cpu_seconds, grown, resident_mib
from .queries import Query

CONTESTANTS = ("serai", "handwritten", "bare", "postgraphile", "conventional")
GUARDED = ("serai", "handwritten")
"""Those that know viewers and their rules."""
COMPARED = 25
WARM_UP_S = 1.0
SKIP = 137
"""How many variable sets the next round starts further on."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Where contestants run, and where PostgreSQL and the client do; ``None`` leaves it to the system."""

    contestant: int | None
    others: frozenset[int] | None

    @classmethod
    def found(cls) -> Cores:
        """One core for the contestant, all others for the rest, if there are two at least and they can be chosen."""
        if not hasattr(os, "sched_setaffinity"):
            return cls(None, None)
        first, *others = sorted(os.sched_getaffinity(0))
        return cls(first, frozenset(others)) if others else cls(None, None)


@dataclass(slots=True)
class Measured:
    """One query's samples at so many connections, by contestant, one a round; and memory afterwards, in MiB."""

    query: Query
    connections: int
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)

    def ratios(self, of: str, to: str, what: Callable[[Sample], float | None]) -> list[float]:
        """One contestant's figure against another's, each within its round."""
        found = []
        for one, other in zip(self.samples.get(of, ()), self.samples.get(to, ()), strict=False):
            above, below = what(one), what(other)
            if above is not None and below:
                found.append(above / below)
        return found

    def middle(self, contestant: str, what: Callable[[Sample], float | None]) -> float | None:
        """The median of a figure over the rounds."""
        found = [value for one in self.samples.get(contestant, ()) if (value := what(one)) is not None]
        return statistics.median(found) if found else None


def rate(sample: Sample) -> float:
    """Answers per second."""
    return sample.rate


def server_cpu(sample: Sample) -> float | None:
    """CPU seconds of the contestant for 1,000 requests."""
    return None if sample.server_cpu is None else sample.server_cpu / sample.answered * 1_000


def database_cpu(sample: Sample) -> float | None:
    """CPU seconds of PostgreSQL's sessions for 1,000 requests."""
    return None if sample.database_cpu is None else sample.database_cpu / sample.answered * 1_000


def half(sample: Sample) -> float | None:
    """The time within which half were answered, in milliseconds."""
    return percentile(sample, 0.5)


def most(sample: Sample) -> float | None:
    """The time within which 99 of 100 were answered, in milliseconds."""
    return percentile(sample, 0.99)


def tail(sample: Sample) -> float | None:
    """How many times as long as half of them the slowest of a hundred take."""
    middle, slow = half(sample), most(sample)
    return slow / middle if middle and slow else None


def percentile(sample: Sample, share: float) -> float | None:
    """The time within which that share was answered, in milliseconds."""
    if not sample.times:
        return None
    return sorted(sample.times)[min(len(sample.times) - 1, int(len(sample.times) * share))] * 1_000


class Different(Exception):
    """Contestants answer the same query differently."""


class Contestant:
    """A process that answers queries over HTTP."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self.name = name
        self.process = process
        self.watched = psutil.Process(process.pid)
        self.requests: dict[str, list[bytes]] = {}
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise BadAnswer(f"{name} ended with code {process.wait(10)}; see contestants.log")
        ready = json.loads(line)
        self.port: int = ready["port"]
        self.tokens: Mapping[str, str] = ready.get("tokens", {})

    def knows(self, query: Query) -> bool:
        """Whether it can be asked that."""
        return query.viewer == "operator" or self.name in GUARDED

    def prepare(self, query: Query, sets: Sequence[Mapping[str, Any]]) -> None:
        """Makes the requests beforehand, so that the client need not."""
        token = self.tokens.get(query.viewer)
        if self.name == "postgraphile":
            sent = [postgraphile.asked(query, one) for one in sets]
        else:
            sent = [(query.document, one) for one in sets]
        self.requests[query.name] = [request(document, variables, token) for document, variables in sent]

    def answer(self, query: Query, number: int) -> Any:
        """What the root field holds for one set of variables."""
        found = ask(self.port, self.requests[query.name][number])
        if self.name == "postgraphile":
            found = postgraphile.answered(query, found)
        found = normal(found[query.root])
        if query.is_mutation:
            # Each has made a row of its own.
            del found["demand"]["id"]
        return found

    def sample(
        self, query: Query, *, connections: int, seconds: float, skip: int, database: Database | None = None
    ) -> Sample:
        """How many it answers in so many seconds, and what that costs."""
        sessions = database.cpu_by_session() if database else {}
        before = cpu_seconds(self.watched)
        taken = load(
            self.port, self.requests[query.name], connections=connections, seconds=seconds, skip=skip
        )
        spent = cpu_seconds(self.watched) - before
        of_database = grown(sessions, database.cpu_by_session()) if database else None
        return replace(taken, server_cpu=spent, database_cpu=of_database)


@contextmanager
def contestants(url: str, data_dir: Path, cores: Cores, names: Sequence[str]) -> Iterator[list[Contestant]]:
    """All of them, started, in the order they take turns."""
    core = "any" if cores.contestant is None else str(cores.contestant)
    with ExitStack() as stack:
        started: list[subprocess.Popen[str]] = []
        log = stack.enter_context((data_dir / "contestants.log").open("w"))
        stack.callback(_end, started)
        for name in names:
            command = [sys.executable, "-m", "bench.contestants", name, url, str(data_dir), core]
            if name == "postgraphile":
                command = postgraphile.command(url, core)
            started.append(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
                )
            )
        yield [Contestant(process, name) for process, name in zip(started, names, strict=True)]


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def compare(query: Query, running: Sequence[Contestant], *, sets: int) -> None:
    """Raises ``Different`` unless all answer the query alike, for some sets of variables; it also warms them up."""
    for number in range(min(COMPARED, sets)):
        first, *others = [(one.name, one.answer(query, number)) for one in running]
        for name, answer in others:
            if answer != first[1]:
                raise Different(
                    f"{query.name}, variables {number}:\n{first[0]}: {orjson.dumps(first[1]).decode()[:1500]}\n"
                    f"{name}: {orjson.dumps(answer).decode()[:1500]}"
                )


def measure(
    query: Query,
    running: Sequence[Contestant],
    *,
    connections: int,
    rounds: int,
    seconds: float,
    database: Database | None,
) -> Measured:
    """Takes turns: every contestant once a round, each round beginning with another."""
    for one in running:
        one.sample(query, connections=connections, seconds=WARM_UP_S, skip=0)
    measured = Measured(query, connections, {one.name: [] for one in running})
    for number in range(rounds):
        first = number % len(running)
        for one in (*running[first:], *running[:first]):
            measured.samples[one.name].append(
                one.sample(
                    query, connections=connections, seconds=seconds, skip=number * SKIP, database=database
                )
            )
    measured.memory = {one.name: resident_mib(one.watched) for one in running}
    return measured
