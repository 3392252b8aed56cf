"""`serai sweep`: writes down what time has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .opened import with_platform

if TYPE_CHECKING:
    from serai.app import Platform
    from serai.core.demands.sweeping import Swept

__all__ = ["sweep"]


def sweep(
    limit: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="At most as many demands; the next run goes on.")
    ] = 10_000,
) -> None:
    """Write down which demands have lapsed and which proposals have expired; reads see both without it."""
    from serai.core.demands.sweeping import sweep as swept

    async def run(platform: Platform) -> Swept:
        return await swept(platform.change, limit=limit)

    done = with_platform(run)
    typer.echo(f"Demands lapsed: {done.lapsed}. Demands whose proposals expired: {done.expired}.")
    if not done.is_complete:
        typer.echo("There may be more: run it again.", err=True)
