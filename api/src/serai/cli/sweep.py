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
        int, typer.Option(min=1, max=1_000_000, help="At most as many of each; the next run goes on.")
    ] = 10_000,
) -> None:
    """Write down which demands have lapsed and which proposals have expired, and forget old idempotency keys.

    Reads see what has lapsed and expired without it. Idempotency keys are kept for 24 hours at least.
    """
    from serai.core.demands.sweeping import sweep as swept
    from serai.engines.idempotency import forget_old

    async def run(platform: Platform) -> tuple[Swept, int]:
        return await swept(platform.change, limit=limit), await forget_old(platform.pool.fetch, limit=limit)

    done, keys = with_platform(run)
    typer.echo(f"Demands lapsed: {done.lapsed}. Demands whose proposals expired: {done.expired}.")
    typer.echo(f"Idempotency keys forgotten: {keys}.")
    if not done.is_complete or keys == limit:
        typer.echo("There may be more: run it again.", err=True)
