"""`serai explain`: the statements a query becomes, PostgreSQL's plan for each, and how long they took."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serai.app import Platform

__all__ = ["explain"]


def explain(
    file: Annotated[str, typer.Argument(help="A file with a GraphQL query, or - for standard input.")],
    wanted: Annotated[
        str,
        typer.Option("--as", metavar="WHO", help="Who asks, as for `serai token`; or anonymous, or system."),
    ] = "system",
    variables: Annotated[str, typer.Option(help="The variables, as JSON.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation of the document.")] = None,
) -> None:
    """Show the SQL of a query, its plan and its times. The query is run; mutations are refused."""
    from .opened import with_platform

    document = sys.stdin.read() if file == "-" else _read(Path(file))
    try:
        given = json.loads(variables)
    except ValueError as error:
        raise typer.BadParameter(f"--variables is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise typer.BadParameter("--variables must be a JSON object")

    async def run(platform: Platform) -> bool:
        return await _explain(platform, document, given, operation, wanted)

    if not with_platform(run):
        raise typer.Exit(1)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}") from None


async def _explain(
    platform: Platform, document: str, variables: dict[str, Any], operation: str | None, wanted: str
) -> bool:
    from serai.core.viewers import find_acting
    from serai.graph.trace import Trace
    from serai.viewers import ANONYMOUS, SYSTEM

    if wanted in ("anonymous", "system"):
        viewer = SYSTEM if wanted == "system" else ANONYMOUS
    else:
        acting = await find_acting(platform.pool, wanted)
        viewer = await platform.load_viewer(acting.kind, acting.id) or ANONYMOUS
    trace = Trace()
    result = await platform.engine.execute(
        document, variables, operation, viewer, allow_mutations=False, request_id="explain", trace=trace
    )
    response = json.loads(result.body)
    for sent in trace.statements:
        typer.secho(f"-- {sent.field}: {sent.milliseconds} ms, {len(sent.arguments)} parameters", bold=True)
        typer.echo(readable(sent.sql) + ";")
        for number, value in enumerate(sent.arguments, start=1):
            typer.echo(f"-- ${number} = {value!r}")
        typer.echo()
        async with platform.pool.acquire() as connection:
            rows = await connection.fetch(f"explain (analyze, buffers off) {sent.sql}", *sent.arguments)
        typer.echo("\n".join(f"--   {row[0]}" for row in rows) + "\n")
    for error in response.get("errors", ()):
        typer.secho(f"error: {error['message']} ({error['extensions']['code']})", fg="red", err=True)
        if hint := error["extensions"].get("hint"):
            typer.echo(f"       {hint}", err=True)
    return not result.errors


def readable(sql: str) -> str:
    """A statement with one clause a line."""
    import sqlglot

    return sqlglot.parse_one(sql, read="postgres").sql(dialect="postgres", pretty=True)
