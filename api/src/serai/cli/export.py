"""`serai export`: a query of one list run to its end, into a file."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from serai.app import Platform
    from serai.core.exports.formats import Format
    from serai.graph.export import Export
    from serai_sdk import Viewer

__all__ = ["export"]

FORMATS: Final = ("jsonl", "csv", "parquet")
TOLD_S: Final = 1.0


def export(
    query: Annotated[
        str | None, typer.Argument(help="A query of one list, such as '{ customers { nodes { id name } } }'.")
    ] = None,
    wanted: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="WHO",
            help="With whose rights, as for `serai token`; or anonymous, or system.",
            show_default=False,
        ),
    ] = "",
    file: Annotated[str | None, typer.Option(help="A file with the query, instead.")] = None,
    variables: Annotated[str, typer.Option(help="The variables, as JSON.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation of the document.")] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="jsonl, csv or parquet; by the ending of the output if left out.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file to write; without it, standard output.", show_default=False
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an export into this file that was cut off.")
    ] = False,
) -> None:
    """Write all rows of a list, of one moment, a line or row each.

    The query is any query of one list: filtered, ordered, with whatever hangs below, plug-ins' fields too. It sees
    what its viewer may see. Lists below a row keep their pages.
    """
    from .opened import with_platform

    document = _document(query, file)
    chosen = _format(format, output)
    try:
        given = json.loads(variables)
    except ValueError as error:
        raise typer.BadParameter(f"--variables is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise typer.BadParameter("--variables must be a JSON object")
    if not wanted:
        raise typer.BadParameter(
            "say with whose rights: --as staff:operator, customer:<id>, anonymous or system"
        )
    if output is None and (resume or chosen == "parquet"):
        raise typer.BadParameter("name a file by --output")

    async def run(platform: Platform) -> int:
        viewer = await _viewer(platform, wanted)
        asked = (document, given, operation)
        if output is None:
            return await _to_screen(platform, platform.engine.export(*asked, viewer), chosen)
        return await _to_file(platform, asked, viewer, wanted, chosen, output, resume=resume)

    count = with_platform(run)
    typer.echo(f"Exported {count:,} row{'' if count == 1 else 's'}.", err=True)


def _document(query: str | None, file: str | None) -> str:
    if (query is None) == (file is None):
        raise typer.BadParameter("give a query, or a file with one by --file")
    if query is not None:
        return query
    try:
        return Path(file or "").read_text()
    except (OSError, UnicodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read: {error}") from None


def _format(format: str | None, output: Path | None) -> Format:
    ending = output.suffix.removeprefix(".") if output is not None else ""
    chosen = format or (ending if ending in FORMATS else "jsonl")
    if chosen not in FORMATS:
        raise typer.BadParameter(f"{chosen!r} is no format: there are {', '.join(FORMATS)}")
    return chosen  # type: ignore[return-value]  # one of the three, as was seen


async def _viewer(platform: Platform, wanted: str) -> Viewer:
    from serai.core.viewers import NobodyToActAs, find_acting
    from serai.viewers import ANONYMOUS, SYSTEM

    if wanted in ("anonymous", "system"):
        return SYSTEM if wanted == "system" else ANONYMOUS
    acting = await find_acting(platform.pool, wanted)
    viewer = await platform.load_viewer(acting.kind, acting.id)
    if viewer is None:
        raise NobodyToActAs(f"{wanted} may not act now", hint="Name somebody who may.")
    return viewer


async def _to_screen(platform: Platform, plan: Export, format: Format) -> int:
    from serai.core.exports.formats import header, line_writer

    out = sys.stdout.buffer
    write = line_writer(format, plan.columns, out)
    if format == "csv":
        out.write(header(plan.columns))
    count = 0
    async for lines in plan.lines(platform.pool):
        write(lines.text)
        count += lines.count
    out.flush()
    return count


async def _to_file(
    platform: Platform,
    asked: tuple[str, dict[str, Any], str | None],
    viewer: Viewer,
    wanted: str,
    format: Format,
    output: Path,
    *,
    resume: bool,
) -> int:
    from serai.core.exports.formats import header, line_writer, write_parquet

    from .targets import Target, fingerprint

    plan = platform.engine.export(*asked, viewer)
    target = Target(output, fingerprint(*asked, wanted, format), resume=resume)
    count, cursor = target.place.rows, target.place.cursor
    if cursor is not None:
        plan = platform.engine.export(*asked, viewer, after=cursor)
    write = line_writer(format, plan.columns, target.stream)
    if format == "csv" and not target.place.bytes:
        target.stream.write(header(plan.columns))
    target.note(cursor, count)
    told = time.monotonic()
    try:
        async for lines in plan.lines(platform.pool):
            write(lines.text)
            count += lines.count
            if lines.cursor is not None:
                target.note(lines.cursor, count)
                if sys.stderr.isatty() and time.monotonic() - told > TOLD_S:
                    told = time.monotonic()
                    typer.echo(f"\r{count:,} rows", nl=False, err=True)
    finally:
        target.close()
    made: Path | None = None
    if format == "parquet":
        made = output.with_name(output.name + ".part.parquet")
        write_parquet(target.part, made, plan.columns)
    target.finish(made)
    return count
