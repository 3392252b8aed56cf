"""What builders of demo data get: seeded randomness, a fixed present, and rows written by ``COPY`` as they come."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from tortoise.models import Model

__all__ = ["CHUNK_ROWS", "DemoContext", "id_at"]

CHUNK_ROWS: Final = 8_000
"""How many rows are in memory before they are written; while they are, the next ones are made."""

BREATH_ROWS: Final = 256

JSON_COLUMNS = """
select attname
from pg_attribute
where attrelid = $1::text::regclass
  and atttypid in ('json'::regtype, 'jsonb'::regtype)
"""

Row = Mapping[str, Any]


def id_at(at: datetime, bits: int) -> UUID:
    """A version 7 UUID as of that instant, with 74 bits of randomness."""
    milliseconds = round(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1)


class DemoContext:
    """The SDK's ``DemoCtx`` over one connection; the same seed, ``now`` and scale give the same data.

    ``chunk_rows`` says how much is in memory at once, and changes nothing of what is written.
    """

    def __init__(
        self,
        connection: asyncpg.Connection[Any],
        *,
        seed: int | str,
        now: datetime,
        scale: float = 1,
        progress: Callable[..., None] = lambda what, done, total=None: None,
        chunk_rows: int = CHUNK_ROWS,
    ) -> None:
        self.random = Random(seed)
        self.now = now
        self.scale = scale
        self.progress = progress
        self._connection = connection
        self._chunk_rows = chunk_rows
        self._json_columns: dict[str, frozenset[str]] = {}

    def new_id(self, at: datetime) -> UUID:
        """A version 7 UUID as of that instant, its random bits drawn from the seed."""
        return id_at(at, self.random.getrandbits(74))

    async def insert(self, model: type[Model], rows: Iterable[Row]) -> None:
        """Insert rows of a model, by column name; all rows have the same columns."""
        await self.insert_into(model._meta.db_table, rows)

    async def insert_into(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows into a table, by column name; all rows have the same columns."""
        await self.insert_all(((table, row) for row in rows), order=(table,))

    async def insert_all(
        self, rows: Iterable[tuple[type[Model] | str, Row]], *, order: Sequence[type[Model] | str]
    ) -> None:
        """Insert rows of several tables as they come; within a chunk the tables are written in that order."""
        names = {one: one if isinstance(one, str) else one._meta.db_table for one in order}
        chunk: dict[str, list[Row]] = {name: [] for name in names.values()}
        writing: asyncio.Task[None] | None = None
        try:
            for number, (table, row) in enumerate(rows, start=1):
                chunk[names[table]].append(row)
                if number % self._chunk_rows == 0:
                    if writing is not None:
                        await writing
                    writing = asyncio.create_task(self._write(chunk))
                    chunk = {name: [] for name in names.values()}
                elif number % BREATH_ROWS == 0:
                    await asyncio.sleep(0)
            if writing is not None:
                await writing
            writing = None
            await self._write(chunk)
        finally:
            if writing is not None:
                writing.cancel()
                with contextlib.suppress(asyncio.CancelledError, asyncpg.PostgresError):
                    await writing

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Rows of one statement."""
        return [dict(row) for row in await self._connection.fetch(statement, *values)]

    async def _write(self, chunk: Mapping[str, Sequence[Row]]) -> None:
        for table, rows in chunk.items():
            if not rows:
                continue
            columns = list(rows[0])
            json = await self._json(table)
            values = _reader(columns)
            places = [place for place, name in enumerate(columns) if name in json]
            await self._connection.copy_records_to_table(
                table, columns=columns, records=[_record(values(row), places) for row in rows]
            )

    async def _json(self, table: str) -> frozenset[str]:
        if table not in self._json_columns:
            rows = await self._connection.fetch(JSON_COLUMNS, table)
            self._json_columns[table] = frozenset(row["attname"] for row in rows)
        return self._json_columns[table]


def _reader(columns: Sequence[str]) -> Callable[[Row], tuple[Any, ...]]:
    """Reads these columns of a row."""
    if len(columns) == 1:
        return lambda row: (row[columns[0]],)
    return itemgetter(*columns)


def _record(values: tuple[Any, ...], json: Sequence[int]) -> Sequence[Any]:
    """A row as ``COPY`` takes it; those at the places ``json`` are written as JSON."""
    if not json:
        return values
    record = list(values)
    for place in json:
        if record[place] is not None:
            record[place] = orjson.dumps(record[place]).decode()
    return record
