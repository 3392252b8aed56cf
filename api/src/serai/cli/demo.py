"""`serai demo`: fills an empty database with a believable platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serai.app import Platform

__all__ = ["demo"]


def demo(
    seed: Annotated[
        int | None, typer.Option(help="Another seed gives another platform.", show_default=False)
    ] = None,
) -> None:
    """Fill an empty database with demo data; changes nothing where there are customers or providers."""
    from serai.app import DEMO_SEED

    from .opened import with_platform
    from .progress import progress_bars

    async def fill(platform: Platform) -> bool:
        with progress_bars() as progress:
            await platform.migrate(progress=progress)
            return await platform.demo(progress=progress, seed=DEMO_SEED if seed is None else seed)

    if with_platform(fill):
        typer.echo("The demo data is there.")
    else:
        typer.echo("The database has customers or providers already: nothing was changed.")
