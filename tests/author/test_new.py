"""`serai plugin new`: what it writes is ready to go on from, and it writes over nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serai.cli import app
from serai.conform import CHECKS, staged
from serai_sdk import SafeError
from serai_sdk.template import KINDS
from serai_testkit.servers import PostgresServer

BIN = Path(sys.executable).parent


def new(*words: str) -> Result:
    return CliRunner().invoke(app, ["plugin", "new", *words])


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["acme-loyalty", "ab", "o2-averyveryverylongplugin1"])
def test_what_it_writes_is_formatted_and_linted(tmp_path: Path, kind: str, name: str) -> None:
    assert new(name, "--kind", kind).exit_code == 0
    for command in (["check"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [BIN / "ruff", *command, "--no-cache", "."], cwd=tmp_path / name, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_it_writes_is_typed_strictly(tmp_path: Path, kind: str) -> None:
    assert new("acme-loyalty", "--kind", kind).exit_code == 0
    done = subprocess.run([BIN / "mypy"], cwd=tmp_path / "acme-loyalty", capture_output=True, text=True)
    assert done.stdout.startswith("Success: no issues found in "), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_its_own_tests_pass_and_it_is_gold(
    tmp_path: Path, kind: str, postgres_server: PostgresServer
) -> None:
    assert new("acme-loyalty", "--kind", kind).exit_code == 0
    with staged(tmp_path / "acme-loyalty") as made:
        path = ":".join(map(str, made.path))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=tmp_path / "acme-loyalty", capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "SERAI_DATABASE_URL": postgres_server.dsn},
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"^(\d+) passed in ", done.stdout, re.MULTILINE)[0]) > len(CHECKS)


def test_it_says_where_the_plug_in_is_and_what_is_next(tmp_path: Path) -> None:
    done = new("acme-loyalty", "--into", "elsewhere")
    assert (tmp_path / "elsewhere" / "src" / "acme_loyalty" / "plugin.py").is_file()
    assert done.output.startswith("elsewhere: the plug-in loyalty, in the package acme_loyalty.\n")


@pytest.mark.parametrize("name", ["acme-booking", "acme-customer", "acme-run", "acme-core"])
def test_ids_of_others_are_refused(tmp_path: Path, name: str) -> None:
    done = new(name)
    assert isinstance(done.exception, SafeError)
    assert "belongs to Serai, or to a plug-in that is installed" in done.exception.message
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "acme-loyalty").mkdir()
    assert new("acme-loyalty").exit_code == 0
    (tmp_path / "acme-loyalty" / "README.md").write_text("mine")
    done = new("acme-loyalty")
    assert "is there already, and is not an empty folder" in str(done.exception)
    assert (tmp_path / "acme-loyalty" / "README.md").read_text() == "mine"


def test_a_kind_that_there_is_not_is_refused_with_those_there_are() -> None:
    done = new("acme-loyalty", "--kind", "payments")
    assert done.exit_code == 2
    assert "fields" in done.output
