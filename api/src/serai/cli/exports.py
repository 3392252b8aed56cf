"""Rows of an export in files: JSON lines, CSV and Parquet; cut off anywhere, they go on after the last whole row."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import orjson

from serai.errors import SeraiError
from serai.graph.exported import Column

Format = Literal["jsonl", "csv", "parquet"]
GROUP: Final = 20_000
"""Rows of a row group of Parquet."""
RISKY: Final = re.compile(r"[=@\t\r]|[+-](?![0-9 ()./+-]*$)")
"""How texts begin that a spreadsheet takes for formulas; telephone numbers are none."""


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
        self.stream: BinaryIO = self.part.open("r+b" if resume else "wb")
        self.stream.truncate(self.place.bytes)
        self.stream.seek(self.place.bytes)

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


def line_writer(format: Format, columns: Sequence[Column], stream: BinaryIO) -> Callable[[bytes], object]:
    """What writes JSON lines into the file; Parquet is made of JSON lines once they are whole."""
    if format != "csv":
        return stream.write
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")

    def write(lines: bytes) -> None:
        for line in lines.splitlines():
            row = orjson.loads(line)
            writer.writerow([cell(one.value(row), one.type) for one in columns])
        stream.write(buffer.getvalue().encode())
        buffer.seek(0)
        buffer.truncate()

    return write


def header(columns: Sequence[Column]) -> bytes:
    """The first line of a CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow([one.name for one in columns])
    return buffer.getvalue().encode()


def cell(value: Any, type: str) -> Any:
    """A value as a cell: ``true`` and ``false``, nothing for null, formulas made harmless by an apostrophe."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and type in ("String", "JSON") and RISKY.match(value):
        return "'" + value
    return value


def write_parquet(lines: Path, target: Path, columns: Sequence[Column]) -> None:
    """JSON lines as Parquet, a row group at a time; typed as the graph is, money and other decimals as decimals."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "Int": (pa.int64(), int),
        "Float": (pa.float64(), float),
        "Boolean": (pa.bool_(), bool),
        "Decimal": (pa.decimal128(38, 10), Decimal),
        "Date": (pa.date32(), date.fromisoformat),
        "DateTime": (pa.timestamp("us", tz="UTC"), datetime.fromisoformat),
    }
    typed = [(one, *types.get(one.type, (pa.string(), str))) for one in columns]
    schema = pa.schema([(one.name, type) for one, type, _ in typed])

    def written(rows: Sequence[dict[str, Any]]) -> Any:
        arrays = []
        for one, type, read in typed:
            values = (one.value(row) for row in rows)
            arrays.append(pa.array([None if value is None else read(value) for value in values], type))
        return pa.record_batch(arrays, schema=schema)

    rows: list[dict[str, Any]] = []
    with lines.open("rb") as source, pq.ParquetWriter(target, schema) as writer:
        for line in source:
            rows.append(orjson.loads(line))
            if len(rows) == GROUP:
                writer.write_batch(written(rows))
                rows.clear()
        if rows:
            writer.write_batch(written(rows))
