"""Ctrl-C and SIGTERM, from the first moment of a run to its last: whatever was started is stopped again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

import typer

__all__ = ["Interruption", "run_to_end"]

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Turns the first signal into an orderly end.

    Before an event loop runs the signal is remembered until `check` raises `KeyboardInterrupt`, so that no server is
    lost while it is being started; a second one raises at once. Afterwards a signal cancels the task that called
    `cancel_me`. uvicorn handles signals itself while it serves, and passes them on when it is done. Once `is_ignored`,
    what was started is being stopped, and a signal changes nothing more.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.is_ignored = False
        self._task: asyncio.Task[object] | None = None

    def listen(self) -> None:
        """Takes over the signals; only possible in the main thread."""
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raises `KeyboardInterrupt` if a signal came meanwhile."""
        if self.received is not None:
            raise KeyboardInterrupt

    def cancel_me(self) -> None:
        """From now on a signal cancels the current task."""
        self._task = asyncio.current_task()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        is_second = self.received is not None
        self.received = signal.Signals(number)
        if self.is_ignored:
            return
        if self._task is not None:
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)
        elif is_second:
            raise KeyboardInterrupt


def run_to_end(body: Coroutine[Any, Any, T]) -> T:
    """Runs what a command does; Ctrl-C and SIGTERM cancel it, so that what it began is undone, and end the command."""
    interruption = Interruption()

    async def cancellable() -> T:
        interruption.cancel_me()
        interruption.listen()
        return await body

    before = [signal.getsignal(number) for number in SIGNALS]
    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise typer.Exit(128 + (interruption.received or signal.SIGINT)) from None
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
