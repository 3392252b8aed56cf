"""Contestants are started together and take turns, round after round: what else the machine does hits all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from .load import BadAnswer, Sample, ask, load, request
from .queries import Query

CONTESTANTS = ("serai", "bare", "conventional")
COMPARED = 25
WARM_UP_S = 0.5
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
    """One query's samples, by contestant, one a round."""

    query: Query
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {name: [] for name in CONTESTANTS})

    def rates(self, contestant: str) -> list[float]:
        """Answers per second, round by round."""
        return [sample.rate for sample in self.samples[contestant]]

    def ratios(self, of: str, to: str) -> list[float]:
        """Rate against rate, each within its round."""
        return [one / other for one, other in zip(self.rates(of), self.rates(to), strict=True)]


class Different(Exception):
    """Contestants answer the same query differently."""


class Contestant:
    """A process that answers queries when it is asked to."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self.process = process
        self.name = name
        ready = self.read()
        self.port: int = ready.get("port", 0)
        self.token: str | None = ready.get("token")
        self.requests: dict[str, list[bytes]] = {}

    def read(self) -> dict[str, Any]:
        """The next thing it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise BadAnswer(f"{self.name} ended with code {self.process.wait(10)}")
        said: dict[str, Any] = json.loads(line)
        return said

    def tell(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a command and waits for what it says to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self.read()

    def prepare(self, query: Query, sets: Sequence[Mapping[str, Any]]) -> None:
        """Makes the requests beforehand, so that the client need not."""
        self.requests[query.name] = [request(query.document, one, self.token) for one in sets]

    def answer(self, query: Query, number: int) -> Any:
        """What the root field holds for one set of variables."""
        if self.port:
            return ask(self.port, self.requests[query.name][number])[query.root]
        return orjson.loads(self.tell({"query": query.name, "answer": number})["answer"])

    def sample(self, query: Query, *, seconds: float, skip: int) -> Sample:
        """How many it answers in so many seconds."""
        if self.port:
            return load(self.port, self.requests[query.name], seconds=seconds, skip=skip)
        done = self.tell({"query": query.name, "seconds": seconds, "skip": skip})
        return Sample(int(done["answered"]), done["seconds"])


@contextmanager
def contestants(url: str, data_dir: Path, cores: Cores) -> Iterator[list[Contestant]]:
    """All of them, started, in the order they take turns."""
    core = "any" if cores.contestant is None else str(cores.contestant)
    with ExitStack() as stack:
        started: list[subprocess.Popen[str]] = []
        log = stack.enter_context((data_dir / "contestants.log").open("w"))
        stack.callback(_end, started)
        for name in CONTESTANTS:
            command = [sys.executable, "-m", "bench.contestants", name, url, str(data_dir), core]
            started.append(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
                )
            )
        yield [Contestant(process, name) for process, name in zip(started, CONTESTANTS, strict=True)]


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


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


def measure(query: Query, running: Sequence[Contestant], *, rounds: int, seconds: float) -> Measured:
    """Takes turns: every contestant once a round."""
    for one in running:
        one.sample(query, seconds=WARM_UP_S, skip=0)
    measured = Measured(query)
    for number in range(rounds):
        for one in running:
            measured.samples[one.name].append(one.sample(query, seconds=seconds, skip=number * SKIP))
    return measured


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)
