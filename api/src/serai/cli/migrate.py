"""`serai migrate`: brings the database to what the installed platform and plug-ins expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .opened import with_platform

if TYPE_CHECKING:
    from serai.app import Platform

__all__ = ["migrate"]


def migrate(
    only_plan: Annotated[
        bool, typer.Option("--plan", help="Print what would be applied; change nothing.")
    ] = False,
) -> None:
    """Apply the migrations of the core and of all plug-ins."""

    async def apply(platform: Platform) -> list[str]:
        return await (platform.pending() if only_plan else platform.migrate())

    names = with_platform(apply)
    for name in names:
        typer.echo(name)
    if not names:
        typer.echo("Nothing to apply.", err=True)
