"""Values that nothing else in a database can be, planted in every personal column of a customer, and looked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg

from serai.core.personal.marks import read_marks
from serai.core.personal.tables import Table, present, quoted
from serai.storage import Pool

NOT_PLANTED = {("core_customer_tag", "tag_id"), ("core_proposal_message", "side")}
"""Columns that hold no words of anybody's."""

TABLES = """
select c.oid::regclass::text
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm')
  and n.nspname not in ('pg_catalog', 'information_schema')
order by 1
"""

LIMITS = """
select a.atttypmod - 4
from pg_attribute a
where a.attrelid = $1::regclass
  and a.attname = $2
  and a.atttypmod > 4
"""


@dataclass(slots=True)
class Plants:
    """Values by where they were planted."""

    letter: str
    values: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def word(self, where: str, longest: int = 40) -> str:
        """A value of its own: no id, number or word of the platform holds it."""
        number = next(self._numbers)
        short = f"{self.letter}Z{number:02}Q"
        value = short if longest < 20 else f"planted {short} 张 ünique"
        self.values[where] = value if longest < 20 else short
        return value

    def number(self, where: str) -> float:
        """A number of its own, between 10 and 20."""
        number = 10 + next(self._numbers) / 100 + (0.0073391 if self.letter == "X" else 0.0062847)
        self.values[where] = str(round(number, 7))
        return round(number, 7)


async def plant(connection: asyncpg.Connection[Any], pool: Pool, customer: UUID, plants: Plants) -> set[str]:
    """Writes a value of its own into every marked column of the customer's rows; says which tables had any."""
    reached = set()
    for table in await present(pool.fetch, await read_marks(pool)):
        name = table.mark.table
        columns = [one.name for one in table.columns if (name, one.name) not in NOT_PLANTED]
        if not columns or not await connection.fetchval(
            f"select count(*) from {table.name} t where {table.of_customer}", customer
        ):
            continue
        values = [await _value(connection, plants, table, one) for one in columns]
        written = ", ".join(f"{quoted(one)} = ${number}" for number, one in enumerate(columns, start=2))
        await connection.execute(
            f"update {table.name} t set {written} where {table.of_customer}", customer, *values
        )
        reached.add(name)
    return reached


async def _value(connection: asyncpg.Connection[Any], plants: Plants, table: Table, column: str) -> Any:
    held, where = table.held[column], f"{table.mark.table}.{column}"
    if held.type in ("json", "jsonb"):
        return json.dumps({"k": [plants.word(where)]})
    if held.type == "bytea":
        return plants.word(where).encode()
    if held.category == "A":
        return [plants.word(where)]
    if held.category == "N":
        return plants.number(where)
    assert held.category == "S", f"{where}: plant something of {held.type}"
    limit = await connection.fetchval(LIMITS, table.mark.table, column)
    return plants.word(where, limit or 40)


async def dump(connection: asyncpg.Connection[Any]) -> str:
    """All rows of all tables as text; what is binary as text, too, where it is some."""
    rows = []
    for row in await connection.fetch(TABLES):
        for one in await connection.fetch(f"select t.*, t::text as whole_row from {row[0]} t"):
            rows.append(one["whole_row"])
            rows += [
                bytes(value).decode("utf-8", "replace") for value in one.values() if isinstance(value, bytes)
            ]
    return "\n".join(rows)


def found(plants: Plants, text: str) -> list[str]:
    """Where the values were planted that are in the text, in small letters or large ones."""
    folded = text.casefold()
    return sorted(where for where, value in plants.values.items() if value.casefold() in folded)
