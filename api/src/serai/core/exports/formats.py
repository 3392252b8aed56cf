"""Rows of an export as JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import orjson

from serai_sdk import Column

Format = Literal["jsonl", "csv", "parquet"]
GROUP: Final = 20_000
"""Rows of a row group of Parquet."""
RISKY: Final = re.compile(r"[=@\t\r]|[+-](?![0-9 ()./+-]*$)")
"""How texts begin that a spreadsheet takes for formulas; telephone numbers are none."""


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
