"""An import at work: one transaction with its temporary tables, from staged rows to rows that are kept."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from .checking import Checked, given_fields, staged_columns
from .noun import Kept, Noun
from .options import Options, Progress
from .problems import Problem, shortened

BATCH = 20_000
"""Rows written by one statement: what PostgreSQL keeps for checking foreign keys stays small."""

SETTINGS = """
set local work_mem = '96MB';
set local temp_buffers = '64MB';
set local client_connection_check_interval = '1s';
"""

PROBLEMS = """
create temporary table import_problem (
  line bigint not null,
  "column" text not null,
  value text not null,
  expected text not null,
  code text not null,
  row_line bigint
) on commit drop
"""


@dataclass(slots=True)
class Work:
    """What the steps of one import share."""

    noun: Noun
    options: Options
    connection: asyncpg.Connection[asyncpg.Record]
    now: datetime
    progress: Progress
    given: frozenset[str] = frozenset()
    failed: int = 0
    rows: int = 0
    problems: int = 0
    written: int = 0
    has_forgotten: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given = given_fields(self.options)
        self.headers = {pair.field: pair.column for pair in self.options.pairs}

    @property
    def kept(self) -> list[Kept]:
        """The columns the file has."""
        return [one for one in self.noun.kept if self.noun.is_given(one, self.given)]

    def source_of(self, field: str) -> str:
        """The system the external ids of a field belong to."""
        return self.options.sources.get(field, self.options.source)

    async def run(self, statement: str, *values: Any) -> int:
        """Run a statement and return how many rows it wrote."""
        status = await self.connection.execute(statement, *values)
        last = status.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    async def prepare(self) -> None:
        """Make the temporary tables."""
        await self.connection.execute(SETTINGS)
        await self.connection.execute(PROBLEMS)
        columns = "".join(
            f", {name} {type}" for name, (type, _) in staged_columns(self.noun, self.given).items()
        )
        await self.connection.execute(
            f"create temporary table import_stage (line bigint, id uuid{columns}) on commit drop"
        )
        if self.noun.lines:
            columns = "".join(f", {name} {type}" for name, type in self.noun.lines.items())
            await self.connection.execute(
                "create temporary table import_line "
                f"(line bigint, row_line bigint, parent_id uuid, id uuid{columns}) on commit drop"
            )

    async def stage(self, checked: Checked) -> None:
        """Copy what was checked into the temporary tables."""
        if checked.staged:
            await self._copy("import_stage", checked.staged)
        if checked.lines:
            await self._copy("import_line", checked.lines)
        self.rows += checked.rows
        self.failed += checked.failed
        await self.tell(checked.problems)

    async def _copy(self, table: str, lines: bytes) -> None:
        await self.connection.copy_to_table(table, source=io.BytesIO(lines), format="text")

    async def tell(self, problems: Sequence[Problem]) -> None:
        """Note problems found before rows were staged."""
        if problems:
            await self.connection.copy_records_to_table(
                "import_problem",
                columns=("line", "column", "value", "expected", "code"),
                records=[
                    (one.line, one.column, shortened(one.value), one.expected, one.code) for one in problems
                ],
            )
            self.problems += len(problems)

    async def refuse(
        self,
        rows: str,
        *values: Any,
        field: str,
        code: str,
        expected: str,
        table: str = "import_resolved",
        of_lines: bool = False,
    ) -> int:
        """Note problems of staged rows and take the rows out of ``table``.

        ``rows`` selects ``line`` and ``value``; ``hint``, which ``expected`` may name as ``{hint}``; and with
        ``of_lines`` the ``row_line`` of the row a line belongs to.
        """
        header = self.headers.get(field, field)
        words = "replace($3, '{hint}', hint::text)" if "{hint}" in expected else "$3"
        found = await self.run(
            f"""
            with found as ({_numbered(rows, 4)})
            insert into import_problem (line, "column", value, expected, code, row_line)
            select distinct on (line) line, $1, left(coalesce(value, ''), 200), {words}, $2,
                   {"row_line" if of_lines else "line"}
            from found
            order by line
            """,
            header, code, expected, *values,
        )  # fmt: skip
        if found:
            self.problems += found
            self.failed += await self.run(
                f"delete from {table} s using import_problem p where p.row_line = s.line and p.code = $1",
                code,
            )
        return found


def _numbered(statement: str, first: int) -> str:
    """The statement with its parameters ``$1``, ``$2`` ... numbered from ``first``."""
    for number in range(9, 0, -1):
        statement = statement.replace(f"${number}", f"${number + first - 1}")
    return statement
