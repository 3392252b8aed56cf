"""The command line: `serai`. One file a command; each imports what it needs when called, so that all start fast."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from serai.errors import SeraiError
from serai.redaction import redact_crashes
from serai_sdk import SafeError

from .backup import backup
from .config import config
from .customer import customer
from .demo import demo
from .dev import dev
from .doctor import doctor
from .explain import explain
from .export import export
from .import_ import import_
from .jobs import worker
from .migrate import migrate
from .plugin import plugin
from .plugin_commands import Commands
from .restore import restore
from .run import run
from .schema import schema
from .shown import show
from .staff import staff
from .sweep import sweep
from .token import token

__all__ = ["app", "main"]

app = typer.Typer(
    name="serai",
    cls=Commands,
    help="Serai: one graph of customers, transactions, demands and scenarios, extended by plug-ins.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run)
app.command()(dev)
app.command()(migrate)
app.command()(token)
app.command()(schema)
app.command()(explain)
app.command()(doctor)
app.command()(export)
app.command()(demo)
app.command()(sweep)
app.command()(worker)
app.command()(backup)
app.command()(restore)
app.command("import")(import_)
app.add_typer(config, name="config")
app.add_typer(customer, name="customer")
app.add_typer(plugin, name="plugin")
app.add_typer(staff, name="staff")


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Serai: one graph of customers, transactions, demands and scenarios, extended by plug-ins."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"serai {version_of('serai')}")
        raise typer.Exit


def main() -> None:
    """Runs a command; what Serai itself raises is shown as a message with a hint, not as a trace."""
    redact_crashes()
    # to start is to make some hundred thousand objects that stay: Python by itself looks through them again and again
    gc.set_threshold(20_000, 20, 20)
    try:
        app()
    except (SeraiError, SafeError) as error:
        sys.exit(show(error))
