"""The checks made in a process of their own, under deadlines: whatever a plug-in does there, somebody tells of it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, Final

import orjson

from .check import CHECKS, Check, Finding, Result, Tier, Verdict
from .project import staged

__all__ = ["all_checks", "check_ids", "look_at"]

POLL_S: Final = 0.05
START_LIMIT_S: Final = 60.0


def all_checks() -> list[Check]:
    """All checks, in the order in which they are made."""
    import_module("serai.conform.child")  # it knows the modules that declare them
    return list(CHECKS.values())


def check_ids() -> list[str]:
    """Their ids."""
    return [one.id for one in all_checks()]


def look_at(
    project: Path,
    *,
    dsn: str | None,
    only: Collection[str] | None = None,
    tell: Callable[[Check], None] | None = None,
) -> Verdict:
    """Makes the checks of a folder or a wheel; those of tables on the database ``dsn``, which it fills and leaves so.

    ``only`` makes some of them, by their ids; ``tell`` is told of each that begins. Raises ``BadProject``.
    """
    known = all_checks()
    with staged(project) as made:
        entries = list(made.distribution.entry_points.select(group="serai.plugins"))
        name, version = entries[0].name if entries else project.name, made.distribution.version
    chosen = [one for one in known if only is None or one.id in only]
    with tempfile.TemporaryDirectory(prefix="serai-check-") as folder:
        told = Path(folder) / "told"
        told.touch()
        given = {
            "project": str(project.absolute()),
            "dsn": dsn,
            "only": only and list(only),
            "told": str(told),
        }
        with (Path(folder) / "said").open("w+b") as said:
            found = {one.id: one for one in _watched(given, told, said, tell)}
    return Verdict(
        plugin=name,
        version=version,
        results=[found.get(one.id) or _left_out(one, found) for one in chosen],
    )


def _watched(
    given: object, told: Path, said: IO[bytes], tell: Callable[[Check], None] | None
) -> Iterator[Result]:
    """What the process tells; a check in which it ends, or that does not end in time, has failed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "serai.conform.child", orjson.dumps(given).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )
    begun: Check | None = None
    until, read = time.monotonic() + START_LIMIT_S, 0
    try:
        while True:
            is_over = process.poll() is not None
            lines = told.read_bytes()[read:]
            whole, _, _ = lines.rpartition(b"\n")
            for line in whole.splitlines():
                one = orjson.loads(line)
                if "begun" in one:
                    begun = CHECKS[one["begun"]]
                    until = time.monotonic() + begun.limit_s
                    if tell is not None:
                        tell(begun)
                else:
                    begun = None
                    yield _result(one["result"])
            read += len(whole) + 1 if whole else 0
            if is_over:
                if begun is not None or process.returncode:
                    yield from _ended(begun, process.returncode, said)
                return
            if time.monotonic() > until:
                yield from _hanging(begun)
                return
            time.sleep(POLL_S)
    finally:
        process.kill()
        process.wait()


def _ended(begun: Check | None, code: int, said: IO[bytes]) -> Iterator[Result]:
    said.seek(0)
    last = said.read().decode(errors="replace").strip().splitlines()[-1:]
    if begun is None:
        raise RuntimeError(f"the checks ended with {code}: {' '.join(last)}")
    yield _failed(begun, f"it ends the process, with {code}: {' '.join(last)}".rstrip(": "))


def _hanging(begun: Check | None) -> Iterator[Result]:
    if begun is None:
        raise RuntimeError(f"the checks did not begin within {START_LIMIT_S:g} s")
    yield _failed(begun, f"it did not end within {begun.limit_s:g} s")


def _failed(check: Check, what: str) -> Result:
    return check.came("failed", Finding(what, f"see what {check.id} asks, and what waits there"))


def _left_out(check: Check, found: dict[str, Result]) -> Result:
    last = next((one.id for one in reversed(found.values()) if one.state == "failed"), "")
    return check.came("skipped", reason=f"nothing was made after {last}")


def _result(given: dict[str, object]) -> Result:
    findings = tuple(Finding(**one) for one in given.pop("findings"))  # type: ignore[attr-defined]  # as it was told
    tier = Tier(str(given.pop("tier")))
    return Result(**given, tier=tier, findings=findings)  # type: ignore[arg-type]  # as it was told
