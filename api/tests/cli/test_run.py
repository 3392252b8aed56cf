"""`serai run` as a newcomer meets it: started, stopped, killed, started again; on its own servers and on others."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from serai_testkit.servers import ValkeyServer

READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30


class Run:
    """One `serai` process in a folder of its own, with nothing in its environment but what is given."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self.log = folder / f"log-{time.monotonic_ns()}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "serai", *arguments],
                cwd=folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(folder),
                    "SERAI_PORT": "0",
                    "PYTHONWARNINGS": "error",
                    **environment,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> str:
        """The address of the graph, once it is served."""
        until = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < until:
            if found := re.search(r"(http://\S+)/graphql", self.output):
                return found[1]
            assert self.process.poll() is None, self.output
            time.sleep(0.05)
        raise AssertionError(f"not ready:\n{self.output}")

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sent)
        return self.process.wait(STOP_TIMEOUT_S)

    def servers(self) -> list[str]:
        """Names of the server processes that work in this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                is_here = Path(process.cwd()).is_relative_to(self.folder / ".serai")
                if is_here and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.name())
            except (psutil.Error, OSError):
                continue
        return found


Serai = Callable[..., Run]


@pytest.fixture
def serai(server_folder: Path) -> Iterator[Serai]:
    runs: list[Run] = []

    def start(*arguments: str, **environment: str) -> Run:
        runs.append(Run(server_folder, *arguments, **environment))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.stop()
    assert all(run.servers() == [] for run in runs)


def is_live(address: str) -> bool:
    return httpx.get(f"{address}/health/live", timeout=5, trust_env=False).status_code == 200


def test_it_starts_stops_and_starts_again(serai: Serai) -> None:
    run = serai("run", "--no-demo")
    assert is_live(run.wait_until_ready())
    assert sorted({*run.servers()}) == ["postgres", "valkey-server"]
    assert run.stop(signal.SIGTERM) == 0
    assert run.servers() == []

    again = serai("run", "--no-demo")
    assert is_live(again.wait_until_ready())
    assert again.stop(signal.SIGINT) == 0
    assert again.servers() == []
    assert "Warning" not in run.output + again.output
    assert "Traceback" not in run.output + again.output


def test_a_killed_run_does_not_stop_the_next(serai: Serai) -> None:
    killed = serai("run", "--no-demo")
    killed.wait_until_ready()
    killed.process.kill()
    killed.process.wait()
    assert killed.servers() != [], "its servers outlived it"

    run = serai("run", "--no-demo")
    assert is_live(run.wait_until_ready())
    assert run.stop() == 0


def test_a_second_run_gets_a_clear_message_and_other_commands_use_the_first(serai: Serai) -> None:
    run = serai("run", "--no-demo")
    address = run.wait_until_ready()

    second = serai("run")
    assert second.process.wait(READY_TIMEOUT_S) == 78
    assert f"already running in {run.folder / '.serai'} (process {run.process.pid})" in second.output
    assert "SERAI_DATA_DIR" in second.output
    assert "Traceback" not in second.output

    migrate = serai("migrate")
    assert migrate.process.wait(READY_TIMEOUT_S) == 0
    assert "Nothing to apply" in migrate.output
    assert is_live(address)
    assert run.stop() == 0


def test_a_stop_while_starting_leaves_nothing(serai: Serai) -> None:
    run = serai("run", "--no-demo")
    until = time.monotonic() + READY_TIMEOUT_S
    while not (run.folder / ".serai" / "serai.lock").exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert run.stop() != 0
    assert run.servers() == []
    assert "Traceback" not in run.output


def test_a_cluster_of_another_version_is_refused(serai: Serai, server_folder: Path) -> None:
    cluster = server_folder / ".serai" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")
    run = serai("run")
    assert run.process.wait(READY_TIMEOUT_S) == 78
    assert "PostgreSQL 15" in run.output
    assert str(cluster) in run.output
    assert "Traceback" not in run.output


def test_a_port_in_use_is_said_plainly(serai: Serai, database: str, valkey_server: ValkeyServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = serai("run", SERAI_PORT=port, SERAI_DATABASE_URL=database, SERAI_REDIS_URL=valkey_server.url)
        assert run.process.wait(READY_TIMEOUT_S) == 78
    assert f"Cannot listen on 127.0.0.1:{port}" in run.output


def test_servers_already_there_are_used(serai: Serai, database: str, valkey_server: ValkeyServer) -> None:
    run = serai("run", "--no-demo", SERAI_DATABASE_URL=database, SERAI_REDIS_URL=valkey_server.url)
    assert is_live(run.wait_until_ready())
    assert run.servers() == []
    assert not (run.folder / ".serai" / "postgres").exists()
    assert run.stop() == 0
