"""The watchdog: says who blocks the event loop, while they do; everybody else's requests wait meanwhile."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Final

import structlog

from .discover import CORE
from .report import LoadReport

__all__ = ["Watchdog"]

BEAT_S: Final = 0.1
PATIENCE_S: Final = 0.5
"""How long the loop may be at one thing; what is told is told within twice that."""

log = structlog.stdlib.get_logger("serai.watchdog")


@dataclass(frozen=True, slots=True)
class Place:
    """What a thread is at: whose code, and which line of it."""

    plugin: str
    at: str


class Watchdog:
    """Watches the running event loop from a thread of its own, within ``with``.

    A loop that does not come round for ``PATIENCE_S`` is told to the log as ``loop_blocked``, once each time: the
    plug-in whose code is innermost on the loop's stack with its file and line, else the core. How long it took in the
    end is told by ``loop_free``. Nothing is cut off: Python cannot.
    """

    def __init__(self, report: LoadReport) -> None:
        self._owners = {
            type(one.plugin).__module__.partition(".")[0]: one.id
            for one in report.ready
            if one.plugin is not None
        }
        self._ended = threading.Event()
        self._beat_at = time.monotonic()

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        self._beat()
        self._thread = threading.Thread(target=self._watch, name="serai-watchdog", daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._ended.set()
        self._next.cancel()
        self._thread.join()

    def _beat(self) -> None:
        self._beat_at = time.monotonic()
        self._next = self._loop.call_later(BEAT_S, self._beat)

    def _watch(self) -> None:
        told: float | None = None
        while not self._ended.wait(PATIENCE_S / 2):
            beat_at = self._beat_at
            if told is not None and beat_at != told:
                log.warning("loop_free", after_ms=round((beat_at - told) * 1000))
                told = None
            if told is None and time.monotonic() - beat_at > PATIENCE_S:
                # a process that was stopped as a whole comes round by itself
                self._ended.wait(BEAT_S / 4)
                frame = sys._current_frames().get(self._watched)
                if frame is None or self._beat_at != beat_at:
                    continue
                place = found(frame, self._owners)
                log.warning("loop_blocked", plugin=place.plugin, at=place.at)
                told = beat_at


def found(frame: FrameType, owners: Mapping[str, str]) -> Place:
    """The innermost place of a plug-in on the stack, by package; without one the innermost of all, as the core's."""
    for one in _outwards(frame):
        owner = owners.get(_package(one))
        if owner is not None and owner != CORE:
            return Place(owner, _at(one))
    return Place(CORE, _at(frame))


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _at(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
