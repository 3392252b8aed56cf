"""What a newcomer does wrong at the command line: told in a line or two, with what to do, and never as a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def serai(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "serai", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


NOWHERE = {"SERAI_DATABASE_URL": "postgresql://127.0.0.1:1/serai"}

# What is typed; what is set; how it ends; what is said.
MISTAKES: list[tuple[str, dict[str, str], int, list[str]]] = [
    ("rum", {}, 2, ["No such command 'rum'. Did you mean 'run'?"]),
    ("run --prot 1", {}, 2, ["No such option: --prot", "--port"]),
    ("token", {}, 2, ["Missing option '--as'"]),
    ("explain nothing.graphql", NOWHERE, 2, ["nothing.graphql cannot be read: No such file or directory"]),
    ("migrate", NOWHERE, 1, ["The database does not answer", "Check SERAI_DATABASE_URL"]),
    ("run", {"SERAI_DATA_DIR": "/dev/null"}, 78, ["The data directory /dev/null cannot be used", "Set SERAI_DATA_DIR"]),
    ("run", {"SERAI_PORT": "high"}, 78, ["SERAI_PORT (environment)", "`serai config show`"]),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "environment", "code", "told"), MISTAKES, ids=lambda one: str(one)[:30])
def test_a_mistake_is_told_with_the_way_out(
    tmp_path: Path, typed: str, environment: dict[str, str], code: int, told: list[str]
) -> None:
    ended, printed = serai(tmp_path, *typed.split(), **environment)
    assert ended == code, printed
    assert [one for one in told if one not in printed] == [], printed
    assert "Traceback" not in printed


def test_a_database_without_tables_is_told_with_the_command_that_makes_them(
    database: str, tmp_path: Path
) -> None:
    for command in (("token", "--as", "staff:operator"), ("staff", "add", "Ada", "--login", "ada")):
        ended, printed = serai(tmp_path, *command, SERAI_DATABASE_URL=database)
        assert ended == 78, printed
        assert "migrations are pending" in printed
        assert "Run `serai migrate`" in printed
        assert "Traceback" not in printed


def test_version_is_told_without_a_database(tmp_path: Path) -> None:
    ended, printed = serai(tmp_path, "--version", **NOWHERE)
    assert ended == 0
    assert printed.startswith("serai ")
