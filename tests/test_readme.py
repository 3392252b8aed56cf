"""The README and the pages of docs/, as a reader would follow them: commands run, plug-ins installed, queries asked.

A GraphQL block begins with who asks (`# as:`), and may say which error it shows (`# error:`). A block of JSON after it
holds its variables; an id in it that ends with `...` stands for one of that kind that was answered before on the page.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)[^)]*\)")
WHO = {"operator": "operator", "customer": "a customer", "provider": "a provider's member"}
OFFLINE = "--quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --upgrade"
READY_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its language and its text."""

    language: str
    text: str

    def said(self, what: str) -> str | None:
        """What a comment at its top says: `# as: operator`."""
        found = re.search(rf"^# {what}: (.+)$", self.text, re.MULTILINE)
        return found[1] if found else None


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(page.read_text())]


@dataclass(slots=True)
class House:
    """What a reader has after following the pages: Serai running with its demo data, and two plug-ins installed."""

    folder: Path
    site: Path
    address: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": str(self.site)}

    def bash(self, script: str) -> str:
        """Runs commands as they stand on a page."""
        script = re.sub(r"(?<!/)\.venv/bin/(pip install)?", _ours, script)
        script = script.replace("http://127.0.0.1:8000", self.address)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, document: str, who: str, variables: dict[str, Any]) -> Any:
        headers = {} if who == "anonymous" else {"Authorization": f"Bearer {self.tokens[WHO[who]]}"}
        with httpx.Client(base_url=self.address, trust_env=False, timeout=60) as client:
            answer = client.post(
                "/graphql", json={"query": document, "variables": variables}, headers=headers
            )
        assert answer.status_code == 200, answer.text
        return answer.json()


def _ours(found: re.Match[str]) -> str:
    """The environment that runs these tests in place of the reader's; plug-ins go to a folder of their own."""
    return f"{BIN}/python -m pip install {OFFLINE} --target site" if found[1] else f"{BIN}/"


@pytest.fixture
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="serai-readme-", ignore_cleanup_errors=True) as name:
        made = House(Path(name), Path(name) / "site")
        made.site.mkdir()
        write_plugins(made.folder)
        made.bash(".venv/bin/pip install ./clock ./review")
        log = made.folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(BIN / "serai"), "run"],
                cwd=made.folder,
                env=made.environment | {"SERAI_PORT": "0"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            until = time.monotonic() + READY_TIMEOUT_S
            while "Ctrl-C stops everything" not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            told = log.read_text()
            made.address = re.search(r"(http://\S+)/graphql", told)[1]  # type: ignore[index]
            made.tokens = dict(re.findall(r"^  ([a-z' ]+)\n  (eyJ\S+)$", told, re.MULTILINE))
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_TIMEOUT_S)


def write_plugins(folder: Path) -> None:
    """The files of both plug-ins, exactly as the pages show them."""
    clock = folder / "clock"
    clock.mkdir()
    for block in blocks(ROOT / "README.md"):
        if block.language in ("python", "toml"):
            name = {"python": "serai_clock.py", "toml": "pyproject.toml"}[block.language]
            (clock / name).write_text(block.text)
    review = folder / "review"
    (review / "serai_review" / "migrations").mkdir(parents=True)
    for name in ("serai_review", "serai_review/migrations"):
        (review / name / "__init__.py").touch()
    for block in blocks(ROOT / "docs/howto/write-a-plugin.md"):
        if block.language in ("python", "toml"):
            name, _, text = block.text.removeprefix("# ").partition("\n")
            (review / name).write_text(text)


def test_the_pages_can_be_followed(house: House, subtests: pytest.Subtests) -> None:
    for page in PAGES:
        with subtests.test(str(page.relative_to(ROOT))):
            every_operation_is_answered(house, page)
    for check in (
        the_commands_of_the_readme_do_what_it_says,
        the_commands_of_the_other_pages_run,
        the_query_of_the_readme_is_one_statement,
        the_pages_name_commands_and_settings_that_are_there,
    ):
        with subtests.test(check.__name__):
            check(house)


def every_operation_is_answered(house: House, page: Path) -> None:
    found = blocks(page)
    seen: dict[str, str] = {}
    for block, following in pairwise([*found, Block("", "")]):
        if block.language != "graphql":
            continue
        who, error = block.said("as"), block.said("error")
        assert who is not None, f"say who asks:\n{block.text}"
        variables = json.loads(following.text) if following.language == "json" else {}
        answer = house.ask(block.text, who, filled(variables, seen))
        codes = [one["extensions"]["code"] for one in answer.get("errors", [])]
        assert codes == ([error] if error else []), f"{block.text}\n{answer}"
        if error is None:
            check_answer(block, answer["data"])
            learn(answer["data"], seen)


def check_answer(block: Block, data: Any) -> None:
    """A page shows what works and what is there: no user errors, and no list at the root is empty."""
    for name, value in data.items():
        assert value is not None, f"{name} is null:\n{block.text}"
        if isinstance(value, dict):
            assert value.get("userErrors", []) == [], block.text
            assert value.get("nodes", [True]), f"{name} is empty:\n{block.text}"


def filled(variables: Any, seen: dict[str, str]) -> Any:
    """The variables with the ids that were answered in place of `trx_...`."""
    match variables:
        case dict():
            return {key: filled(one, seen) for key, one in variables.items()}
        case list():
            return [filled(one, seen) for one in variables]
        case str() if variables.endswith("_..."):
            prefix = variables.removesuffix("_...")
            assert prefix in seen, f"no operation before it answers an id that begins with {prefix}_"
            return seen[prefix]
    return variables


def learn(data: Any, seen: dict[str, str]) -> None:
    """Notes the first id of each kind in an answer."""
    first: dict[str, str] = {}
    for found in re.finditer(r'"id": "(([a-z]+)_[0-9a-f]{32})"', json.dumps(data)):
        first.setdefault(found[2], found[1])
    seen |= first


def the_commands_of_the_readme_do_what_it_says(house: House) -> None:
    ran: list[str] = []
    for block in blocks(ROOT / "README.md"):
        if block.language != "sh":
            continue
        script = block.text.strip()
        ran.append(script.splitlines()[0])
        if script.startswith("make "):
            shown = subprocess.run(
                ["make", "-n", *script.split()[1:]], cwd=ROOT, capture_output=True, text=True
            )
            assert shown.returncode == 0, shown.stderr
            assert {"make run": "bin/serai run", "make test": "-m pytest"}[script] in shown.stdout
        elif "curl" in script:
            if shutil.which("curl"):
                answer = json.loads(house.bash(script))
                assert answer["data"]["customers"]["totalCount"] >= 2_000
        else:
            last = house.bash(script)
            assert "clock" in last
    assert ran == [
        "make run",
        "make test",
        "TOKEN=$(.venv/bin/serai token --as staff:operator)",
        ".venv/bin/pip install ./clock",
    ]


def the_commands_of_the_other_pages_run(house: House) -> None:
    for page in PAGES[1:]:
        for block in blocks(page):
            if block.language == "sh":
                house.bash(block.text)


def the_query_of_the_readme_is_one_statement(house: House) -> None:
    query = next(one.text for one in blocks(ROOT / "README.md") if one.language == "graphql")
    (house.folder / "query.graphql").write_text(query)
    told = house.bash(".venv/bin/serai explain query.graphql --as staff:operator")
    assert len(re.findall(r"^-- \w+: [0-9.]+ ms", told, re.MULTILINE)) == 1
    assert "booking_stay" in told


def test_the_plugin_of_the_readme_has_twenty_lines() -> None:
    [source] = [one.text for one in blocks(ROOT / "README.md") if one.language == "python"]
    assert len([line for line in source.splitlines() if line.strip()]) <= 20


def test_the_pages_point_at_what_is_there() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]
    assert missing == []


def the_pages_name_commands_and_settings_that_are_there(house: House) -> None:
    helped = house.bash(".venv/bin/serai --help")
    for page in PAGES:
        for command in re.findall(r"`(?:\.venv/bin/)?serai ([a-z]+)", page.read_text()):
            assert re.search(rf"\b{command}\b", helped), f"{page.name}: serai {command}"
    shown = house.bash(".venv/bin/serai config show")
    for page in PAGES[:1]:
        for setting in re.findall(r"SERAI_([A-Z_]+)", page.read_text()):
            assert setting.lower() in shown, setting
