"""`serai config show`: what is set, where it came from, and no secret."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from serai.cli import app


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERAI_DATABASE_URL", "postgresql://user:hunter2@db.example/serai")
    (tmp_path / "serai.toml").write_text("port = 8123\n")


def test_it_shows_values_and_origins_but_no_secret() -> None:
    printed = CliRunner().invoke(app, ["config", "show"], env={"COLUMNS": "200"}).output
    assert "8123" in printed
    assert "serai.toml" in printed
    assert "db.example" in printed
    assert "hunter2" not in printed


def test_it_prints_json_for_programs() -> None:
    shown = {
        row["name"]: row for row in orjson.loads(CliRunner().invoke(app, ["config", "show", "--json"]).output)
    }
    assert shown["port"]["value"] == "8123"
    assert shown["database_url"]["value"] == "postgresql://***@db.example/serai"
    assert shown["database_url"]["origin"] == "environment"
