"""Statements that took long, in the log: each once in a while, with what it takes to find it and without values."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import structlog

from .documents import Recent

__all__ = ["Asked", "SlowStatements"]

INTERVAL_S: Final = 60.0
"""How long after a line about a statement there is no other."""
MOST: Final = 500
"""How many statements are remembered as logged."""

log = structlog.stdlib.get_logger("serai.slow")


@dataclass(frozen=True, slots=True)
class Asked:
    """For whose sake a statement is sent: a document, and which operation of it."""

    document: str
    operation: str | None


class SlowStatements:
    """Logs statements slower than ``threshold_ms``, each at most once in ``INTERVAL_S``; 0 logs none."""

    def __init__(self, threshold_ms: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.threshold_s = threshold_ms / 1000 if threshold_ms else float("inf")
        self._clock = clock
        self._logged: Recent[str, list[float]] = Recent(MOST, weight_limit=MOST)

    def note(
        self,
        sql: str,
        *,
        asked: Asked | None,
        field: str,
        request_id: str,
        took_s: float,
        answer: str | None = None,
    ) -> None:
        """A statement that took longer than the threshold; hashes are the first 16 digits of SHA-256."""
        key = _hash(sql)
        last = self._logged.get(key)
        if last is not None and self._clock() - last[0] < INTERVAL_S:
            last[1] += 1
            return
        log.warning(
            "slow statement",
            operation=asked.operation if asked is not None else None,
            document_hash=_hash(asked.document) if asked is not None else None,
            field=field,
            request_id=request_id,
            sql_hash=key,
            duration_ms=round(took_s * 1000, 1),
            answer_characters=None if answer is None else len(answer),
            unlogged_before=int(last[1]) if last is not None else 0,
        )
        self._logged.put(key, [self._clock(), 0.0], weight=1)


def _hash(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()[:16]
