"""`serai explain`: the statements a query becomes, what PostgreSQL does for each, and what would make it faster."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from serai.app import Platform
    from serai.graph.trace import Sent
    from serai.storage.query_plans import QueryPlan

__all__ = ["explain"]


def explain(
    query: Annotated[
        str, typer.Argument(help="A GraphQL query, or a file that holds one, or - for standard input.")
    ],
    analyze: Annotated[
        bool, typer.Option("--analyze", help="Run each statement and show rows, times and pages.")
    ] = False,
    wanted: Annotated[
        str,
        typer.Option("--as", metavar="WHO", help="Who asks, as for `serai token`; or anonymous, or system."),
    ] = "system",
    variables: Annotated[str, typer.Option(help="The variables, as JSON.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation of the document.")] = None,
) -> None:
    """Show the SQL of a query, PostgreSQL's plan, and what is missing. Mutations are refused; nothing changes."""
    from .opened import with_platform

    document = sys.stdin.read() if query == "-" else query if "{" in query else _read(Path(query))
    try:
        given = json.loads(variables)
    except ValueError as error:
        raise typer.BadParameter(f"--variables is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise typer.BadParameter("--variables must be a JSON object")

    async def run(platform: Platform) -> bool:
        return await _explain(platform, document, given, operation, wanted, analyze=analyze)

    if not with_platform(run):
        raise typer.Exit(1)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}") from None


async def _explain(
    platform: Platform,
    document: str,
    variables: dict[str, Any],
    operation: str | None,
    wanted: str,
    *,
    analyze: bool,
) -> bool:
    from serai.core.viewers import find_acting
    from serai.graph.trace import Trace
    from serai.storage.query_plans import read_query_plan
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
        async with platform.pool.acquire() as connection:
            plan = await read_query_plan(connection, sent.sql, sent.arguments, analyze=analyze)
        _show(sent, plan)
    for error in response.get("errors", ()):
        typer.secho(f"error: {error['message']} ({error['extensions']['code']})", fg="red", err=True)
        if hint := error["extensions"].get("hint"):
            typer.echo(f"       {hint}", err=True)
    return not result.errors


def _show(sent: Sent, plan: QueryPlan) -> None:
    typer.secho(f"-- {sent.field}: {sent.milliseconds} ms, {len(sent.arguments)} parameters", bold=True)
    typer.echo(readable(sent.sql) + ";")
    for number, value in enumerate(sent.arguments, start=1):
        typer.echo(f"-- ${number} = {value!r}")
    typer.echo()
    for line in plan.tree:
        typer.echo(f"--   {line}")
    if plan.execution_ms is not None:
        typer.echo(
            f"-- planned in {plan.planning_ms:.2f} ms, run in {plan.execution_ms:.2f} ms; "
            f"{plan.pages_hit:,} pages from memory, {plan.pages_read:,} read"
        )
    for finding in plan.findings:
        typer.secho(f"-- ! {finding}", fg="yellow")
    typer.echo()


def readable(sql: str) -> str:
    """A statement with one clause a line."""
    import sqlglot

    return sqlglot.parse_one(sql, read="postgres").sql(dialect="postgres", pretty=True)
