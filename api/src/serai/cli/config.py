"""`serai config show`: every setting, its value, where it came from, those of plug-ins too; secrets are masked."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["config"]

config = typer.Typer(help="How Serai is set up.", no_args_is_help=True)


@config.callback()
def about() -> None:
    """How Serai is set up."""


@config.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print every setting, its value and where it came from; secrets are masked."""
    from dataclasses import asdict

    import orjson
    from rich.console import Console
    from rich.table import Table

    from serai.loading import examine
    from serai.settings import load_settings, plugin_settings_table, settings_table

    found = load_settings()
    settings = [*settings_table(found), *plugin_settings_table(examine(found).declared)]
    if as_json:
        typer.echo(orjson.dumps([asdict(setting) for setting in settings], option=orjson.OPT_INDENT_2))
        return
    table = Table("setting", "value", "from", "what it is for", box=None, header_style="bold")
    for setting in settings:
        table.add_row(setting.name, setting.value or "-", setting.origin, setting.description)
    console = Console()
    console.print(table, soft_wrap=not console.is_terminal)
