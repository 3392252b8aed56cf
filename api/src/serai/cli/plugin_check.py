"""`serai plugin check`: makes the numbered checks of a plug-in, tells what to mend, and which tier it has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serai.conform import Verdict

__all__ = ["check"]

MARKS = {"passed": "ok", "failed": "NO", "skipped": "--"}


def check(
    path: Annotated[
        Path, typer.Argument(help="The folder of a plug-in, with its pyproject.toml.", show_default=False)
    ] = Path(),
    wheel: Annotated[
        Path | None, typer.Option(help="Check a built wheel instead of a folder.", show_default=False)
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Make this check only, such as D03; may be given again.", show_default=False),
    ] = None,
    tier: Annotated[
        str, typer.Option(help="What has to be reached for success: bronze, silver or gold.")
    ] = "gold",
    why: Annotated[
        str | None,
        typer.Option(help="Print why that check is made, and make none.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Make the numbered checks of a plug-in; ends with 0 if it has the tier, with 1 if not.

    They run in a process of their own, tables are made in a database that is thrown away. Nothing is installed.
    """
    from contextlib import nullcontext

    import orjson

    from serai.conform import CHECKS, Tier, check_ids, look_at, scratch_database
    from serai.settings import load_settings

    if tier not in list(Tier):
        raise typer.BadParameter(f"there is no tier {tier}; there are {', '.join(Tier)}")
    known = check_ids()
    unknown = [one for one in (*(only or ()), *([why] if why else ())) if one not in known]
    if unknown:
        raise typer.BadParameter(f"there is no check {unknown[0]}; there are {', '.join(known)}")
    if why:
        typer.echo(f"{why}: {CHECKS[why].title}\n\n{CHECKS[why].page}\n\nTier: {CHECKS[why].tier}.")
        return
    needs_tables = any(CHECKS[one].needs_tables for one in only or known)
    with scratch_database(load_settings()) if needs_tables else nullcontext() as dsn:
        verdict = look_at(wheel or path, dsn=dsn, only=only)
    if as_json:
        typer.echo(orjson.dumps(verdict.to_json(), option=orjson.OPT_INDENT_2))
    else:
        _tell(verdict, is_whole=not only)
    if any(
        one.state != "passed"
        for one in verdict.results
        if list(Tier).index(one.tier) <= list(Tier).index(Tier(tier))
    ):
        raise typer.Exit(1)


def _tell(verdict: Verdict, *, is_whole: bool) -> None:
    for one in verdict.results:
        typer.echo(f"{MARKS[one.state]} {one.id} {one.title}" + (f": {one.reason}" if one.reason else ""))
        for finding in one.findings:
            typer.echo(f"     - {finding.what}")
            if finding.place:
                typer.echo(f"       at {finding.place}")
            typer.echo(f"       mend: {finding.mend}")
        if one.findings:
            typer.echo(f"       why: serai plugin check --why {one.id}")
    if is_whole:
        open_ = [one.id for one in verdict.results if one.state != "passed"]
        missing = f"; to mend: {', '.join(open_)}" if open_ else ""
        typer.echo(f"{verdict.plugin} {verdict.version}: {verdict.tier or 'no tier yet'}{missing}")
