"""Turns at compiling: documents never seen before take a bounded share of the time, so that seen ones are not starved.

Compiling (parsing, validating, planning) keeps the event loop for milliseconds. One is compiled at a time, the loop
turns between any two steps, and while others are being answered all of it together may take ``share`` of the time.
Whoever would wait for too long is told to come again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Generic, TypeVar

from serai.errors import CompileBusy

T = TypeVar("T")

SHARE: Final = 0.25
"""How much of a process's time compiling may take while others are answered."""
BURST_S: Final = 0.5
"""How many seconds of compiling may come at once after a quiet time: a front end's first page."""
PATIENCE_S: Final = 1.0
"""How long one may expect to wait for a turn."""
MOST_WAITING: Final = 64
GUESS_S: Final = 0.004
"""How long a step takes, before any was measured."""


@dataclass(slots=True)
class _Shared(Generic[T]):
    """A step under way, and how many wait for it; when nobody does any more, it is given up."""

    task: asyncio.Task[T]
    waiting: int = 0


class Compiling:
    """Admits steps of compiling: a bucket of seconds that fills at ``share`` a second, up to ``burst_s``.

    ``is_contended`` says whether others are being answered; while nobody is, steps cost nothing.
    ``done`` and ``refused`` count steps, ``spent_s`` is the time they took.
    """

    def __init__(
        self,
        is_contended: Callable[[], bool],
        *,
        share: float = SHARE,
        burst_s: float = BURST_S,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.thread_time,
    ) -> None:
        self.done = 0
        self.refused = 0
        self.refused_at: float | None = None
        self.spent_s = 0.0
        self._is_contended = is_contended
        self._share = share
        self._burst_s = burst_s
        self._patience_s = patience_s
        self._clock = clock
        self._cpu = cpu
        self._balance_s = burst_s
        self._filled_at = clock()
        self._typical_s = GUESS_S
        self._under_way: dict[Hashable, _Shared[Any]] = {}
        self._turn = asyncio.Lock()

    async def run(self, step: Callable[[], T], *, key: Hashable, is_admitted: bool = False) -> T:
        """The result of a step, in its turn; raises ``CompileBusy`` instead of waiting for too long.

        Who asks for what somebody else has begun (the same ``key``) shares its result, and is not refused. Nor is a
        step that goes on with what was begun: it is admitted already.
        """
        shared: _Shared[T] | None = self._under_way.get(key)
        if shared is None:
            if not is_admitted:
                self._admit()
            shared = self._under_way[key] = _Shared(asyncio.create_task(self._in_turn(step)))
        shared.waiting += 1
        try:
            # whoever goes away does not take it from the others
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                del self._under_way[key]
                shared.task.cancel()

    async def _in_turn(self, step: Callable[[], T]) -> T:
        async with self._turn:
            while (wait_s := self._wait_s()) > 0:  # noqa: ASYNC110 - what is waited for is time
                await asyncio.sleep(wait_s)
            result = self._measured(step)
            # Others have the loop before the next step, even if nothing made this one wait.
            await asyncio.sleep(0)
            return result

    def refused_within(self, seconds: float) -> bool:
        """Whether somebody was told to come again in the last seconds."""
        return self.refused_at is not None and self._clock() - self.refused_at <= seconds

    def _admit(self) -> None:
        waiting = len(self._under_way)
        expected_s = waiting * self._typical_s
        if self._is_contended():
            self._fill()
            expected_s = (expected_s - self._balance_s) / self._share
        if expected_s <= self._patience_s and waiting < MOST_WAITING:
            return
        self.refused += 1
        self.refused_at = self._clock()
        raise CompileBusy(
            "Too many documents that were not seen before are waiting to be compiled",
            hint="send it again in a moment; with variables instead of values in its text it is compiled only once",
            data={"retry_after_s": max(1, ceil(expected_s - self._patience_s))},
        )

    def _wait_s(self) -> float:
        """How long to wait now before asking again; 0 when it may begin."""
        if not self._is_contended():
            return 0.0
        self._fill()
        return 0.0 if self._balance_s > 0 else min(0.05, -self._balance_s / self._share + 0.001)

    def _fill(self) -> None:
        now = self._clock()
        self._balance_s = min(self._burst_s, self._balance_s + (now - self._filled_at) * self._share)
        self._filled_at = now

    def _measured(self, step: Callable[[], T]) -> T:
        started = self._cpu()
        try:
            return step()
        finally:
            took = self._cpu() - started
            self.done += 1
            self.spent_s += took
            self._typical_s += (took - self._typical_s) / 16
            if self._is_contended():
                self._balance_s -= took
