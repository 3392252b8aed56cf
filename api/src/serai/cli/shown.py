"""How the command line shows what Serai raises: a message with a hint, and no trace."""

from __future__ import annotations

import typer

from serai.errors import SeraiError
from serai.redaction import redact
from serai_sdk import SafeError

__all__ = ["show"]


def show(error: SeraiError | SafeError) -> int:
    """Prints the error, and returns what the process is to end with."""
    typer.secho(f"serai: {redact(error.message)}", fg="red", err=True)
    if error.hint:
        typer.echo(f"       {redact(error.hint)}", err=True)
    return error.exit_code if isinstance(error, SeraiError) else 2
