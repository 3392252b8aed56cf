"""`serai demo`: fills an empty database with a believable platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serai.app import Platform

__all__ = ["demo"]

LEAST_SCALE, MOST_SCALE = 0.05, 100.0


def demo(
    scale: Annotated[
        float,
        typer.Option(
            min=LEAST_SCALE, max=MOST_SCALE, help="How much: 1 is 20,000 transactions, 50 a million."
        ),
    ] = 1,
    seed: Annotated[
        int | None, typer.Option(help="Another seed gives another platform.", show_default=False)
    ] = None,
) -> None:
    """Fill an empty database with demo data; changes nothing where there are customers or providers."""
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise typer.BadParameter(f"--scale is from {LEAST_SCALE} to {MOST_SCALE}")  # not a number, for one

    from serai.app import DEMO_SEED
    from serai.errors import ConfigurationError

    from .opened import with_platform
    from .progress import progress_bars

    async def fill(platform: Platform) -> bool:
        with progress_bars() as progress:
            await platform.migrate(progress=progress)
            return await platform.demo(
                progress=progress, seed=DEMO_SEED if seed is None else seed, scale=scale
            )

    if not with_platform(fill):
        raise ConfigurationError(
            "The database has customers or providers already: nothing was changed",
            hint="Demo data goes into an empty database: SERAI_DATA_DIR=.serai-demo serai demo makes one.",
        )
    typer.echo("The demo data is there.")
