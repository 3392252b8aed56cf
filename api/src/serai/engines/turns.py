"""Turns: of all requests of this process under one key, one goes to the database; the others wait in memory.

However many repeat a request while it is being done, they hold one connection, and share what it comes to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from .errors import IdempotencyInProgress, IdempotencyKeyReused
from .outcome import Outcome

__all__ = ["Key", "Turns", "in_progress", "key_reused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Under what a mutation was sent: a key, of whom, and for what."""

    viewer: str
    key: str
    mutation: str
    hash: str


class Turns:
    """Who is being waited for, by viewer and key: as many as there are requests under different keys."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], asyncio.Future[tuple[str, Outcome] | None]] = {}

    def __len__(self) -> int:
        return len(self._first)

    async def take(self, key: Key, *, run: Callable[[], Awaitable[Outcome]], within_s: float) -> Outcome:
        """What ``run`` returns if this one is first, else the outcome of who is; after its failure the next is first.

        Raises ``IdempotencyInProgress`` after ``within_s``, ``IdempotencyKeyReused`` if the first was another request.
        """
        loop = asyncio.get_running_loop()
        place = (key.viewer, key.key)
        until = loop.time() + within_s
        while (first := self._first.get(place)) is not None:
            await asyncio.wait((first,), timeout=max(0.0, until - loop.time()))
            if not first.done():
                raise in_progress()
            if (done := first.result()) is None:
                continue
            if done[0] != key.hash:
                raise key_reused()
            return replace(done[1], replayed=True)
        mine = self._first[place] = loop.create_future()
        outcome: Outcome | None = None
        try:
            outcome = await run()
            return outcome
        finally:
            del self._first[place]
            mine.set_result(None if outcome is None else (key.hash, outcome))


def in_progress() -> IdempotencyInProgress:
    """Somebody is at it, for longer than one waits."""
    return IdempotencyInProgress(
        "The first request under this idempotency key has not ended yet.",
        hint="repeat the request later, with the same key",
    )


def key_reused() -> IdempotencyKeyReused:
    """The key stands for something else."""
    return IdempotencyKeyReused(
        "This idempotency key was used before, for another mutation or another input.",
        hint="use a new key for a new request; repeat a request with exactly the same input",
    )
