"""What builders of demo data get: seeded randomness, a fixed present, and rows written by ``COPY``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from tortoise.models import Model

JSON_COLUMNS = """
select attname
from pg_attribute
where attrelid = $1::text::regclass
  and atttypid in ('json'::regtype, 'jsonb'::regtype)
"""


class DemoContext:
    """The SDK's ``DemoCtx`` over one connection; the same seed and the same ``now`` give the same data."""

    def __init__(
        self,
        connection: asyncpg.Connection[Any],
        *,
        seed: int | str,
        now: datetime,
        progress: Callable[[str, int], None] = lambda what, rows: None,
    ) -> None:
        self.random = Random(seed)
        self.now = now
        self.progress = progress
        self._connection = connection
        self._json_columns: dict[str, frozenset[str]] = {}

    def new_id(self, at: datetime) -> UUID:
        """A version 7 UUID as of that instant, its random bits drawn from the seed."""
        milliseconds = round(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
        bits = self.random.getrandbits(74)
        return UUID(
            int=milliseconds << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
        )

    async def insert(self, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows of a model, by column name; all rows have the same columns."""
        await self.insert_into(model._meta.db_table, rows)

    async def insert_into(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows into a table, by column name; all rows have the same columns."""
        if not rows:
            return
        columns = list(rows[0])
        json = await self._json(table)
        written = [name in json for name in columns]
        await self._connection.copy_records_to_table(
            table,
            columns=columns,
            records=[
                [
                    orjson.dumps(row[name]).decode() if as_json and row[name] is not None else row[name]
                    for name, as_json in zip(columns, written, strict=True)
                ]
                for row in rows
            ],
        )

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """Rows of one statement."""
        return [dict(row) for row in await self._connection.fetch(statement, *values)]

    async def _json(self, table: str) -> frozenset[str]:
        if table not in self._json_columns:
            rows = await self._connection.fetch(JSON_COLUMNS, table)
            self._json_columns[table] = frozenset(row["attname"] for row in rows)
        return self._json_columns[table]
