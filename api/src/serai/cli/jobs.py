"""`serai worker`: does jobs, in a process that answers nobody."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from .opened import with_platform

if TYPE_CHECKING:
    from serai.app import Platform

__all__ = ["ended", "worker"]


def worker() -> None:
    """Do jobs until told to stop: what was put into the queue, and what is begun by the clock.

    Any number of workers share the work. `serai run` does jobs too, unless SERAI_JOBS is false.
    """
    from serai.loading.watchdog import Watchdog
    from serai.settings import load_settings

    settings = load_settings()

    async def work(platform: Platform) -> None:
        doing = platform.worker()
        running = asyncio.create_task(doing.run())
        try:
            with Watchdog(platform.assembly.report):
                await asyncio.shield(running)
        finally:
            doing.stop()
            await ended(running, settings.shutdown_grace_s)

    with_platform(work, settings=settings)


async def ended(working: asyncio.Task[None], grace_s: float) -> None:
    """Waits until a worker that was told to stop has ended what it does; what takes longer is left to another."""
    await asyncio.wait((working,), timeout=grace_s)
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
