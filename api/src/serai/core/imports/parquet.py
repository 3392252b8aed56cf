"""Reading Parquet: some rows at a time, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from .checking import Row
from .opening import Opened
from .problems import ImportRefused
from .reading import Note

BATCH: Final = 5_000


class ParquetTable:
    """The columns of a Parquet file; columns in columns have a dot in their name."""

    typed = True
    is_row_numbered = True
    description = "Parquet"

    def __init__(self, opened: Opened) -> None:
        try:
            self._file = pq.ParquetFile(opened.path)
        except (pa.ArrowException, OSError) as error:
            raise ImportRefused(
                f"The Parquet file cannot be read: {str(error).splitlines()[0]}",
                hint="Fetch or write it again. Nothing was imported.",
            ) from None
        schema = self._file.schema_arrow
        for field in schema:
            _check_type(field)
        self.headers = [name for field in schema for name in _names(field)]
        self.samples = []
        for batch in self._file.iter_batches(batch_size=5):
            self.samples = [cells for _, cells in self._cells(batch, 0)]
            break

    def rows(self, note: Note) -> Iterator[Row]:
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                yield from self._cells(batch, number)
                number += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise ImportRefused(
                f"The Parquet file is damaged after row {number}: {str(error).splitlines()[0]}",
                hint="Fetch or write it again. Nothing was imported.",
            ) from None

    def _cells(self, batch: Any, number: int) -> Iterator[Row]:
        columns = [
            column.to_pylist()
            for name, field in zip(batch.schema.names, batch.schema, strict=True)
            for column in _columns(batch.column(name), field)
        ]
        yield from enumerate(zip(*columns, strict=True), start=number + 1)


def _is_taken_apart(type: Any) -> bool:
    return pa.types.is_struct(type) and {one.name for one in type} != {"amount", "currency"}


def _names(field: Any) -> list[str]:
    if not _is_taken_apart(field.type):
        return [field.name]
    return [f"{field.name}.{one.name}" for one in field.type]


def _columns(array: Any, field: Any) -> list[Any]:
    arrays = array.flatten() if _is_taken_apart(field.type) else [array]
    # Python's instants have microseconds, no more
    return [
        one.cast(pa.timestamp("us", one.type.tz), safe=False) if _is_finer(one.type) else one
        for one in arrays
    ]


def _is_finer(type: Any) -> bool:
    return bool(pa.types.is_timestamp(type)) and type.unit == "ns"


def _check_type(field: Any) -> None:
    inner = list(field.type) if _is_taken_apart(field.type) else [field]
    for one in inner:
        type = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        good = (
            pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean, pa.types.is_integer,
            pa.types.is_floating, pa.types.is_decimal, pa.types.is_timestamp, pa.types.is_date, pa.types.is_null,
            pa.types.is_struct,
        )  # fmt: skip
        if not any(test(type) for test in good) and not str(type).startswith("string_view"):
            raise ImportRefused(
                f"The column {field.name!r} is of the type {field.type}, which no field has",
                hint="Write it as text, a number, a date or true and false, or leave the column out of the file.",
            )
