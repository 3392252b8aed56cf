"""`serai run --workers`: several processes behind one port, replaced when they die, gone when it stops."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import httpx
import psutil
import pytest

from .test_run import READY_TIMEOUT_S, Run, Serai, serai

__all__ = ["serai"]

QUERY = {"query": "{ __typename }"}


def workers_of(run: Run) -> list[psutil.Process]:
    children = psutil.Process(run.process.pid).children()
    return [one for one in children if "serai.cli.worker" in one.cmdline()]


def eventually(what: Callable[[], bool], run: Run) -> None:
    until = time.monotonic() + READY_TIMEOUT_S
    while not what():
        assert time.monotonic() < until, run.output
        time.sleep(0.05)


def test_a_killed_worker_is_replaced_while_the_others_answer(serai: Serai) -> None:
    run = serai("run", "--no-demo", "--workers", "2")
    address = run.wait_until_ready()
    first = workers_of(run)
    assert len(first) == 2
    outcomes: Counter[str] = Counter()
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            try:  # a connection each: one that its worker takes with it is asked for again
                answer = httpx.post(f"{address}/graphql", json=QUERY, timeout=30, trust_env=False)
                outcomes[
                    "answered" if answer.json() == {"data": {"__typename": "Query"}} else answer.text
                ] += 1
            except httpx.TransportError:
                outcomes["cut off"] += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        eventually(lambda: outcomes["answered"] > 5, run)
        first[0].kill()
        before = outcomes["answered"]
        eventually(lambda: outcomes["answered"] > before + 5, run)
        eventually(lambda: "worker started" in run.output, run)
    finally:
        is_over.set()
        asking.join()
    assert outcomes["cut off"] <= 1
    assert set(outcomes) <= {"answered", "cut off"}, outcomes
    now = workers_of(run)
    assert len(now) == 2
    assert first[1].pid in {one.pid for one in now}
    assert "worker ended" in run.output
    assert "SIGKILL" in run.output
    assert run.output.count("Serai is ready.") == 1
    assert run.output.count("  operator\n") <= 1

    assert run.stop(signal.SIGTERM) == 0, run.output
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in [*first, *now])
    assert "Traceback" not in run.output
    assert "Warning" not in run.output


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(serai: Serai) -> None:
    run = serai("run", "--no-demo", SERAI_WORKERS="2")
    run.wait_until_ready()
    workers = workers_of(run)
    assert len(workers) == 2
    run.process.kill()
    run.process.wait()
    _, alive = psutil.wait_procs(workers, timeout=READY_TIMEOUT_S)
    assert alive == [], run.output

    again = serai("run", "--no-demo")
    again.wait_until_ready()
    assert again.stop(signal.SIGINT) == 0


def test_a_number_that_cannot_be_is_refused(serai: Serai) -> None:
    run = serai("run", SERAI_WORKERS="0")
    assert run.process.wait(READY_TIMEOUT_S) == 78
    assert "SERAI_WORKERS" in run.output
