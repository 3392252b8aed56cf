"""`serai dev`: what is in the folder runs, the next change too, and a mistake is told and waited out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from serai.cli import app
from serai.conform import BadProject
from serai_testkit import CloneDatabase
from serai_testkit.servers import ValkeyServer

from .broken import GRAPH, Broken

PATIENCE_S = 90
DESCRIPTION = '{ __type(name: "LoyaltyEntry") { description } }'


class Developing:
    """A running `serai dev`, and what it has said."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def said(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.log.read_text())

    def until(self, condition: Callable[[], object]) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < ends, self.log.read_text()
            time.sleep(0.05)

    def description(self) -> str:
        found = self.said(r"(http://\S+)/graphql")
        assert found is not None
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            answer = client.post(f"{found[1]}/graphql", json={"query": DESCRIPTION})
        told: str = json.loads(answer.text)["data"]["__type"]["description"]
        return told


@contextmanager
def developing(folder: Path, dsn: str, redis: str) -> Iterator[Developing]:
    log = folder / "log"
    given = {"SERAI_DATABASE_URL": dsn, "SERAI_REDIS_URL": redis, "SERAI_PORT": "0", "HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("serai"), "dev", "--no-demo", "--plugin", "acme-loyalty"],
            cwd=folder, env={"PATH": os.environ["PATH"]} | given, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield Developing(log)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
async def test_what_is_in_the_folder_runs_and_every_change_after_it(
    tmp_path: Path, clone_database: CloneDatabase, database_template: str, valkey_server: ValkeyServer
) -> None:
    Broken([]).write(tmp_path / "acme-loyalty")
    file = tmp_path / "acme-loyalty" / GRAPH
    text = file.read_text()
    before, after = "Points that a customer got or lost.", "Points, as they are now."
    with developing(tmp_path, await clone_database(database_template), valkey_server.url) as running:
        running.until(lambda: running.said("Ctrl-C stops everything"))
        assert running.description() == before
        file.write_text(text + "\nraise ValueError('no water')\n")
        running.until(lambda: running.said("cannot be imported: ValueError: no water"))
        file.write_text(text.replace(before, after))
        assert running.description() == after
    assert running.said(rf"{re.escape(str(file))} changed: starting anew")


def test_a_folder_that_is_no_plug_in_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["dev", "--plugin", str(tmp_path)])
    assert isinstance(done.exception, BadProject)
