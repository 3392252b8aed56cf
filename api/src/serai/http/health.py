"""``/health/live`` and ``/health/ready``: whether the process runs, and whether it can do its work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["Check", "Health", "NotReady"]

State = Literal["ok", "degraded", "failing"]

log = structlog.stdlib.get_logger("serai.health")


class NotReady(Exception):
    """Raised by a check: what is missing, in words that anybody may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something Serai needs: ``run`` returns if it is there and raises if not, ``NotReady`` saying why.

    Without one that is ``required`` the process is not ready; without another it is, degraded.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    required: bool = True
    deadline_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    state: State
    message: str | None
    duration_ms: float


class Health:
    """Runs the checks side by side, each within its deadline; an answer is good for ``fresh_s`` seconds."""

    def __init__(self, checks: Sequence[Check], *, fresh_s: float = 1.0) -> None:
        self._checks = tuple(checks)
        self._fresh_s = fresh_s
        self._found_at = float("-inf")
        self._found: dict[str, Finding] = {}
        self._asking = asyncio.Lock()

    async def live(self, _request: Request) -> Response:
        """200 as long as the process can answer at all."""
        return _answer(200, {"status": "live"})

    async def ready(self, _request: Request) -> Response:
        """200 if everything required is there, else 503; the body says for each part what was found."""
        found = await self.find()
        states = {finding.state for finding in found.values()}
        status = "not ready" if "failing" in states else "degraded" if "degraded" in states else "ready"
        checks = {
            name: {"status": finding.state, "durationMs": finding.duration_ms}
            | ({"message": finding.message} if finding.message else {})
            for name, finding in found.items()
        }
        return _answer(503 if status == "not ready" else 200, {"status": status, "checks": checks})

    async def find(self) -> dict[str, Finding]:
        """What each check finds now, or found a moment ago."""
        async with self._asking:
            if time.monotonic() - self._found_at >= self._fresh_s:
                findings = await asyncio.gather(*(_run(check) for check in self._checks))
                self._found = dict(zip((check.name for check in self._checks), findings, strict=True))
                self._found_at = time.monotonic()
            return self._found


async def _run(check: Check) -> Finding:
    started = time.perf_counter()
    task = asyncio.ensure_future(check.run())
    # Not wait_for: that would wait for a check that does not let itself be cancelled.
    done, _ = await asyncio.wait({task}, timeout=check.deadline_s)
    message: str | None = None
    if not done:
        task.cancel()
        task.add_done_callback(_ignore)
        message = f"no answer within {check.deadline_s:g} s"
    elif task.cancelled():
        message = "the check was cancelled"
    elif error := task.exception():
        # Only a NotReady is written for strangers: other messages may hold addresses.
        message = str(error) if isinstance(error, NotReady) else "the check failed"
        log.warning("health check failed", check=check.name, error=repr(error))
    state: State = "ok" if message is None else "failing" if check.required else "degraded"
    return Finding(state=state, message=message, duration_ms=round((time.perf_counter() - started) * 1000, 1))


def _ignore(task: asyncio.Future[None]) -> None:
    if not task.cancelled():
        task.exception()


def _answer(status: int, body: dict[str, object]) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
