"""`serai schema`: the schema of the core and the plug-ins found here, as text."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["schema"]


def schema(
    federation: Annotated[
        bool, typer.Option("--federation", help="With the directives of Apollo Federation 2: the subgraph.")
    ] = False,
) -> None:
    """Print the schema; no database is needed for it."""
    from serai.app import assemble
    from serai.settings import load_settings

    composed = assemble(load_settings()).schema
    typer.echo(composed.subgraph_sdl if federation else composed.sdl, nl=False)
