"""`serai booking occupancy`, run as a person would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


def serai(dsn: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "serai", *words],
        cwd=folder,
        env={**os.environ, "SERAI_DATABASE_URL": dsn, "SERAI_REDIS_URL": "redis://127.0.0.1:1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_the_share_of_booked_nights_is_told_city_by_city(rows: Any, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    in_berlin, in_zurich = await rows.stay(city="DEBER"), await rows.stay(city="CHZRH")
    await rows.stay(city="DEBER")
    await rows.booking(in_berlin, today - timedelta(days=5), today + timedelta(days=4))
    await rows.booking(in_zurich, today + timedelta(days=8), today + timedelta(days=20))
    await rows.booking(
        in_zurich, today, today + timedelta(days=8), status="CANCELLED", cancelled_at=datetime.now(UTC)
    )
    done = serai(rows.dsn, tmp_path, "booking", "occupancy", "10")
    assert done.stderr == ""
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["CHZRH", "1", "20.0%"],
        ["DEBER", "2", "20.0%"],
    ]


@pytest.mark.parametrize("words", [("x",), ("0",), ("367",), ("1", "2")])
def test_what_is_no_number_of_days_is_refused(rows: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = serai(rows.dsn, tmp_path, "booking", "occupancy", *words)
    assert done.returncode == 2
    assert "a number of days from 1 to 366" in done.stderr


def test_help_names_the_plug_ins_commands_and_a_stranger_is_no_command(rows: Any, tmp_path: Path) -> None:
    assert "occupancy" in serai(rows.dsn, tmp_path, "booking", "--help").stdout
    unknown = serai(rows.dsn, tmp_path, "nonsense")
    assert unknown.returncode == 2
    assert "No such command 'nonsense'" in unknown.stderr
