"""What a reader has who follows a page: a folder, a shell, and Serai running in another terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

BIN = Path(sys.executable).parent
TOKENS = {"operator": "operator", "customer": "a customer", "provider": "a provider's member"}
WHO = {"operator": "staff:operator", "customer": "customer:", "provider": "provider:"}
READY = "Ctrl-C stops everything"
READY_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60
# What a page calls by the names a reader has, in the words of this test: no network, and plug-ins in their own folder.
PIP = f"{BIN}/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation"
ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):8000")


@dataclass
class House:
    """The folder and what runs in it; commands in one shell, so that variables stay for the next block."""

    folder: Path
    is_empty: bool = False
    tokens: dict[str, str] = field(default_factory=dict)
    _server: subprocess.Popen[bytes] | None = None
    _address: str = ""
    _shell: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return kept | {"HOME": str(self.folder), "PYTHONPATH": str(self.folder / "site"), "LC_ALL": "C.UTF-8"}

    # -- commands

    def bash(self, script: str) -> str:
        """Runs commands as they stand on a page, and returns what they print."""
        if self._shell is None:
            self._shell = subprocess.Popen(
                ["bash", "--norc", "-uo", "pipefail"], cwd=self.folder, env=self.environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        end = "-- the block is done:"
        given = f"{{ set -e\n{self.worded(script)}\nset +e\n}} </dev/null\nprintf '\\n%s %s\\n' '{end}' $?\n"
        self._shell.stdin.write(given)
        self._shell.stdin.flush()
        printed = ""
        for line in self._shell.stdout:
            if line.startswith(end):
                assert line == f"{end} 0\n", f"{script}\n{printed}"
                break
            printed += line
        else:
            raise AssertionError(f"a command failed:\n{script}\nand printed:\n{printed}")
        if "pip install" in script:
            self.stop()  # "install it and start again"
        return printed

    def worded(self, script: str) -> str:
        """A script with the interpreter that runs this test, and where Serai is now."""
        script = re.sub(r"(?<!/)\.venv/bin/pip install\b", f"{PIP} --upgrade --target site", script)
        script = re.sub(r"(?<!/)\.venv/bin/", f"{BIN}/", script)
        return ADDRESS.sub(lambda _: self.address, script)

    # -- Serai

    @property
    def address(self) -> str:
        """Where Serai is; started if it is not."""
        self.start()
        return self._address

    def start(self, *options: str) -> str:
        """`make run` in another terminal; returns what it told until it was ready."""
        if self._server is not None:
            return ""
        log = self.folder / "serai.log"
        with log.open("wb") as output:
            self._server = subprocess.Popen(
                [str(BIN / "serai"), "run", *options], cwd=self.folder,
                env=self.environment | {"SERAI_PORT": "0"}, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until = time.monotonic() + READY_TIMEOUT_S
        while READY not in (told := log.read_text()):
            assert self._server.poll() is None, told
            assert time.monotonic() < until, told
            time.sleep(0.05)
        self._address = re.search(r"(http://\S+)/graphql", told)[1]  # type: ignore[index]
        self.tokens = dict(re.findall(r"^  ([a-z' ]+)\n  (eyJ\S+)$", told, re.MULTILINE))
        return told

    def stop(self) -> None:
        """Ctrl-C."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(STOP_TIMEOUT_S)
            self._server = None

    def ask(self, document: str, who: str, variables: dict[str, Any]) -> Any:
        """The answer to a document, by whoever the page says asks."""
        address = self.address
        headers = {} if who == "anonymous" else {"Authorization": f"Bearer {self._token(who)}"}
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            answer = client.post(
                "/graphql", json={"query": document, "variables": variables}, headers=headers
            )
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    def _token(self, who: str) -> str:
        if known := self.tokens.get(TOKENS.get(who, "")):
            return known
        return self.tokens.setdefault(who, self._printed(["token", "--as", WHO.get(who, who)]))

    def _printed(self, command: list[str]) -> str:
        done = subprocess.run(
            [str(BIN / "serai"), *command],
            cwd=self.folder, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def close(self) -> None:
        if self._shell is not None:
            self._shell.kill()
            self._shell.communicate()
        self.stop()


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """A house in a folder, closed in the end."""
    (folder / "site").mkdir(exist_ok=True)
    house = House(folder)
    try:
        yield house
    finally:
        house.close()
