"""What happens around an import on the command line: the mapping is shown and asked about, the outcome is told."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.table import Table as Grid

from serai.core.imports.mapping import Draft, drafted
from serai.core.imports.opening import Kind, Opened, open_file
from serai.core.imports.options import Format, Options, Pair, Result
from serai.core.imports.problems import ImportRefused, Problem
from serai.core.imports.reading import Table, read_table
from serai.core.imports.run import Undone, import_rows, noun_of
from serai.core.imports.saved import Saved, load_mapping, save_mapping
from serai.errors import ConfigurationError

from .opened import with_platform
from .progress import progress_bars

if TYPE_CHECKING:
    from serai.app import Platform
    from serai.core.calls import Context

SHOWN: Final = 20
LARGE: Final = 8 * 2**20
"""The size of a file from which on starting processes to check it is worth while."""
LOCK_TIMEOUT_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was said on the command line."""

    noun: str
    file: str
    source: str | None
    pairs: Sequence[Pair] = ()
    mapping: str | None = None
    save_mapping: str | None = None
    leave_out: Sequence[str] = ()
    leave_out_unknown: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    kind: Kind | None = None
    encoding: str | None = None
    delimiter: str | None = None
    date_format: str | None = None
    time_zone: str | None = None
    decimal_comma: bool = False
    dry_run: bool = False
    skip_errors: bool = False
    errors: Path | None = None
    yes: bool = False


def run_import(asked: Asked) -> Result:
    """Import as asked, telling and asking on the terminal."""
    noun_of(asked.noun)
    opened = open_file(sys.stdin.buffer if asked.file == "-" else Path(asked.file), kind=asked.kind)
    try:
        return with_platform(lambda platform: _run(platform, asked, opened))
    finally:
        opened.close()


async def _run(platform: Platform, asked: Asked, opened: Opened) -> Result:
    console = Console(stderr=True)
    if pending := await platform.pending():
        raise ConfigurationError(f"{len(pending)} migrations are pending", hint="Run `serai migrate` first.")
    noun = noun_of(asked.noun)
    saved = Saved()
    if asked.mapping is not None:
        with platform.orm.active():
            saved = await load_mapping(noun.name, asked.mapping)
    saved = _merged(saved, asked, platform.settings.default_region)
    if saved.source is None:
        raise ImportRefused(
            "Which system do the external ids belong to?",
            hint="Name it, such as --source erp: the same ids of another system are other rows.",
        )
    table = read_table(opened, encoding=saved.encoding, delimiter=saved.delimiter)
    draft = drafted(
        table.headers,
        noun.fields,
        noun=noun.name,
        said=saved.pairs,
        left_out=saved.left_out,
        constants=saved.constants,
    )
    _show(console, table, draft, saved)
    unknown = _consent(asked, draft)
    saved = Saved(**_parts(saved) | {"pairs": tuple(draft.pairs), "left_out": (*saved.left_out, *unknown)})
    options = Options(
        source=saved.source or "",
        pairs=saved.pairs,
        constants=saved.constants,
        sources=saved.sources,
        format=saved.format,
        dry_run=asked.dry_run,
        skip_errors=asked.skip_errors,
    )
    with ExitStack() as stack:
        telling = Telling(
            console, stack.enter_context(asked.errors.open("w", newline="")) if asked.errors else None
        )
        progress = stack.enter_context(progress_bars())
        result = await _import(platform, asked, table, options, saved, telling, progress, opened)
    telling.end(result, asked, numbered="row" if table.is_row_numbered else "line")
    return result


async def _import(
    platform: Platform,
    asked: Asked,
    table: Table,
    options: Options,
    saved: Saved,
    telling: Telling,
    progress: Callable[[str, int, int], None],
    opened: Opened,
) -> Result:
    done: list[Result] = []

    async def body(ctx: Context) -> Mapping[str, Any]:
        done.append(
            await import_rows(
                ctx.change,
                noun_of(asked.noun),
                table,
                options,
                progress=progress,
                report=telling.report,
                place=lambda: (opened.place(), opened.size),
                workers=min(2, os.cpu_count() or 1) if opened.size > LARGE else 0,
            )
        )
        return {}

    async def save(ctx: Context) -> Mapping[str, Any]:
        await save_mapping(ctx.change, asked.noun, asked.save_mapping or "", saved)
        return {}

    if asked.save_mapping is not None and not asked.dry_run:
        await platform.change(save)
    try:
        await platform.change(body, attempts=1, lock_timeout_s=LOCK_TIMEOUT_S)
    except Undone as undone:
        return undone.result
    return done[0]


def _merged(saved: Saved, asked: Asked, region: str | None) -> Saved:
    """The saved mapping with what was said over it."""
    columns = {pair.column for pair in asked.pairs}
    fields = {pair.field for pair in asked.pairs}
    kept = [pair for pair in saved.pairs if pair.column not in columns and pair.field not in fields]
    format = saved.format
    return Saved(
        source=asked.source or saved.source,
        pairs=(*kept, *asked.pairs),
        left_out=tuple(dict.fromkeys((*saved.left_out, *asked.leave_out))),
        constants={**saved.constants, **asked.constants},
        sources={**saved.sources, **asked.sources},
        encoding=asked.encoding or saved.encoding,
        delimiter=asked.delimiter or saved.delimiter,
        format=Format(
            date_format=asked.date_format or format.date_format,
            decimal_comma=asked.decimal_comma or format.decimal_comma,
            time_zone=asked.time_zone or format.time_zone,
            default_region=region,
            values={**format.values, **asked.values},
        ),
    )


def _parts(saved: Saved) -> dict[str, Any]:
    return {name: getattr(saved, name) for name in saved.__slots__}


def _show(console: Console, table: Table, draft: Draft, saved: Saved) -> None:
    """The mapping as it will be used, with an example of each column."""
    console.print(f"[bold]{table.description}[/], from {saved.source}", highlight=False)
    grid = Grid("column", "field", "", "for example")
    for pair in draft.pairs:
        how = "guessed" if pair.column in draft.guessed else "said"
        grid.add_row(pair.column, pair.field, how, _example(table, pair.column))
    for column in (*draft.unknown, *saved.left_out):
        grid.add_row(
            column, "", "unknown" if column in draft.unknown else "left out", _example(table, column)
        )
    for name, value in saved.constants.items():
        grid.add_row("", name, "every row", value)
    console.print(grid)


def _example(table: Table, column: str) -> str:
    place = list(table.headers).index(column)
    found = (str(cells[place]).strip() for cells in table.samples if cells[place] not in (None, ""))
    return next(found, "")[:40]


def _consent(asked: Asked, draft: Draft) -> Sequence[str]:
    """The unknown columns, if they may be left out; asks whether the mapping is right, where somebody can be asked."""
    can_ask = sys.stdin.isatty() and sys.stderr.isatty() and asked.file != "-" and not asked.yes
    if draft.unknown and not asked.leave_out_unknown:
        listed = ", ".join(repr(column) for column in draft.unknown)
        if not (can_ask and typer.confirm(f"Leave out {listed}?", err=True)):
            raise ImportRefused(
                f"Nothing is known about the columns {listed}",
                hint='Say what they hold (--map "COLUMN=FIELD", for customers also --map "COLUMN=attributes.NAME"), '
                "or leave them out (--leave-out COLUMN, --leave-out-unknown).",
            )
    if can_ask and draft.guessed and not typer.confirm("Is this right?", default=True, err=True):
        raise ImportRefused(
            "Nothing was imported", hint='Say which column is which with --map "COLUMN=FIELD".'
        )
    return draft.unknown


class Telling:
    """Where problems go: all into the file, some on the screen."""

    def __init__(self, console: Console, file: Any) -> None:
        self.console = console
        self.told: list[Problem] = []
        self._csv = csv.writer(file) if file is not None else None
        if self._csv is not None:
            self._csv.writerow(("line", "column", "value", "expected", "code"))

    def report(self, problems: Sequence[Problem]) -> None:
        """Keeps what is shown later, writes all."""
        self.told.extend(problems[: SHOWN - len(self.told)])
        if self._csv is not None:
            self._csv.writerows((one.line, one.column, one.value, one.expected, one.code) for one in problems)

    def end(self, result: Result, asked: Asked, *, numbered: str) -> None:
        """Tells what came of it."""
        for one in self.told:
            place = f", {one.column}" if one.column else ""
            value = f" {one.value!r}" if one.value else ""
            typer.echo(f"{numbered} {one.line}{place}:{value} [{one.code}] expected {one.expected}", err=True)
        if result.problems > len(self.told):
            where = f"all are in {asked.errors}" if asked.errors else "--errors FILE writes them all"
            typer.echo(f"... and {result.problems - len(self.told):,} more: {where}", err=True)
        counts = f"{result.new:,} new, {result.changed:,} changed, {result.unchanged:,} unchanged"
        if result.forgotten:
            counts += f", {result.forgotten:,} forgotten"
        if result.failed:
            counts += f", {result.failed:,} with problems"
        if asked.dry_run:
            typer.echo(f"Would import {result.rows:,} {result.noun}: {counts}. This was a dry run.")
        elif result.problems and not asked.skip_errors:
            typer.echo(f"Nothing was imported: {result.rows:,} {result.noun}, {counts}.")
        elif not result.applied:
            typer.echo(f"Nothing has changed: {result.rows:,} {result.noun}, {counts}.")
        else:
            typer.echo(f"Imported {result.rows:,} {result.noun}: {counts}.")
