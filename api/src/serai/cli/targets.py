"""The file of an export on somebody's own disk: cut off anywhere, it goes on after the last whole row."""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from serai.errors import SeraiError


class ExportRefused(SeraiError):
    """The files are not such that the export can begin or go on."""

    code = "EXPORT_REFUSED"
    exit_code = 2


@dataclass(slots=True)
class Place:
    """How far an export is: rows, bytes, the cursor of the last whole row, and what tells one export from another."""

    export: str
    rows: int = 0
    bytes: int = 0
    cursor: str | None = None


def fingerprint(*facts: Any) -> str:
    """What must be the same for an export to go on: query, variables, viewer, format."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


class Target:
    """The file of an export: written beside its place as ``.part``, and moved there when it is whole."""

    def __init__(self, path: Path, export: str, *, resume: bool) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self.state = path.with_name(path.name + ".part.state")
        if path.exists():
            raise ExportRefused(f"{path} is there already", hint="name another file, or remove it")
        self.place = self._resumed(export) if resume else Place(export)
        if not resume and self.state.exists():
            raise ExportRefused(
                f"{self.part} is left of an export that was cut off",
                hint="go on with it by --resume, or remove it and its .state",
            )
        # not emptied by opening it: somebody else may be writing
        self.stream: BinaryIO = os.fdopen(
            os.open(self.part, os.O_RDWR | (0 if resume else os.O_CREAT), 0o666), "r+b"
        )
        self._lock()
        self.stream.truncate(self.place.bytes)
        self.stream.seek(self.place.bytes)

    def _lock(self) -> None:
        """Keep others from the file until it is closed, by whatever end of the process."""
        try:
            fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.stream.close()
            raise ExportRefused(
                f"{self.part} is being written by another export",
                hint="wait for its end, or name another file",
            ) from None

    def _resumed(self, export: str) -> Place:
        try:
            place = Place(**orjson.loads(self.state.read_bytes()))
        except (OSError, ValueError, TypeError):
            raise ExportRefused(
                f"There is nothing to go on with: {self.state} is not there or not whole",
                hint="begin anew, without --resume",
            ) from None
        if place.export != export:
            raise ExportRefused(
                f"{self.part} is of another query, of other variables, another viewer or another format",
                hint="go on with the same, or begin anew in another file",
            )
        if not self.part.exists() or self.part.stat().st_size < place.bytes:
            raise ExportRefused(f"{self.part} is shorter than {self.state} says", hint="begin anew")
        return place

    def note(self, cursor: str | None, rows: int) -> None:
        """What was written so far is whole: it is noted down, after it has reached the disk."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.place.cursor, self.place.rows, self.place.bytes = cursor, rows, self.stream.tell()
        fresh = self.state.with_name(self.state.name + ".new")
        fresh.write_bytes(orjson.dumps({name: getattr(self.place, name) for name in Place.__slots__}))
        fresh.replace(self.state)

    def close(self) -> None:
        self.stream.close()

    def finish(self, made: Path | None = None) -> None:
        """Move what is whole to its place: the lines, or the file made of them."""
        self.close()
        (made or self.part).replace(self.path)
        self.state.unlink(missing_ok=True)
        self.part.unlink(missing_ok=True)
