"""Files in memory, imported into the platform's database."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serai.app import Platform
from serai.core.calls import Context
from serai.core.imports.mapping import drafted
from serai.core.imports.opening import open_file
from serai.core.imports.options import Format, Options, Pair, Result
from serai.core.imports.problems import Problem
from serai.core.imports.reading import read_table
from serai.core.imports.run import Undone, import_rows, noun_of


@dataclass(slots=True)
class Outcome:
    """What an import led to."""

    result: Result
    problems: list[Problem] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """New, changed, unchanged, failed."""
        one = self.result
        return one.new, one.changed, one.unchanged, one.failed

    @property
    def told(self) -> list[tuple[int, str, str]]:
        """Line, column and code of each problem."""
        return [(one.line, one.column, one.code) for one in self.problems]


@dataclass(slots=True)
class Importer:
    """Imports what it is given, as the command does."""

    platform: Platform
    rows: Any
    opened: ExitStack

    async def __call__(
        self,
        noun: str,
        content: str | bytes | Path,
        *,
        source: str = "erp",
        map: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        sources: Mapping[str, str] | None = None,
        left_out: Sequence[str] = (),
        kind: Any = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        dry_run: bool = False,
        skip_errors: bool = False,
        **format: Any,
    ) -> Outcome:
        opened = open_file(_stream(content), kind=kind)
        self.opened.callback(opened.close)
        table = read_table(opened, encoding=encoding, delimiter=delimiter)
        fields = noun_of(noun).fields
        said = tuple(Pair(column=column, field=name) for column, name in (map or {}).items())
        draft = drafted(
            table.headers, fields, noun=noun, said=said, left_out=left_out, constants=constants or {}
        )
        assert not draft.unknown, draft.unknown
        options = Options(
            source=source,
            pairs=draft.pairs,
            constants=constants or {},
            sources=sources or {},
            format=Format(**format),
            dry_run=dry_run,
            skip_errors=skip_errors,
        )
        problems: list[Problem] = []
        done: list[Result] = []

        async def body(ctx: Context) -> Mapping[str, Any]:
            done.append(await import_rows(ctx.change, noun_of(noun), table, options, report=problems.extend))
            return {}

        try:
            await self.platform.change(body, attempts=1)
        except Undone as undone:
            return Outcome(undone.result, problems)
        return Outcome(done[0], problems)

    async def all(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        return [tuple(row) for row in await self.rows.connection.fetch(statement, *values)]


def _stream(content: str | bytes | Path) -> Path | io.BytesIO:
    if isinstance(content, Path):
        return content
    return io.BytesIO(content.encode() if isinstance(content, str) else content)
