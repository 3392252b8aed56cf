"""`serai plugin`: every plug-in there is, what came of loading it, what it declares and changes; a new one."""

from __future__ import annotations

from typing import Annotated

import typer

from .plugin_check import check
from .plugin_new import new
from .plugin_remove import remove
from .plugin_told import diff, explain

__all__ = ["plugin"]

plugin = typer.Typer(help="The plug-ins.", no_args_is_help=True)
plugin.command()(new)
plugin.command()(check)
plugin.command()(explain)
plugin.command()(diff)
plugin.command()(remove)


@plugin.callback()
def about() -> None:
    """The plug-ins."""


@plugin.command(name="list")
def show_all(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print every plug-in: its version, its state, and why it is not ready."""
    import orjson
    from rich.console import Console
    from rich.table import Table

    from serai.loading import examine
    from serai.settings import load_settings

    report = examine(load_settings())
    if as_json:
        rows = [
            {
                "id": one.id,
                "title": one.title,
                "version": one.version,
                "distribution": one.distribution,
                "state": one.state,
                "required": one.is_required,
                "reason": one.reason,
                "hint": one.hint,
                "problems": [
                    {
                        "message": problem.message,
                        "hint": problem.hint,
                        "at": f"{problem.origin.file}:{problem.origin.line}" if problem.origin else None,
                    }
                    for problem in one.problems
                ],
                "import_ms": round(one.import_ms, 1),
            }
            for one in report.plugins
        ]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    table = Table("plug-in", "version", "state", "wanted", "why", box=None, header_style="bold")
    for one in report.plugins:
        wanted = "-" if one.state == "disabled" else "required" if one.is_required else "optional"
        why = "-" if one.reason is None else one.reason if one.hint is None else f"{one.reason}; {one.hint}"
        table.add_row(one.id, one.version or "-", one.state, wanted, why)
    console = Console()
    console.print(table, soft_wrap=not console.is_terminal)
