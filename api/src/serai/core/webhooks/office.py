"""The office of webhooks: the graph as their owners see it, and what may be registered at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
import orjson

from serai.engines.webhooks import Caller, Owner, Policy, Unreadable
from serai.engines.webhooks.payloads import MOST_ROWS, SAMPLE, VARIABLES
from serai.errors import CompileBusy, PoolTimeout, SeraiError, StorageError
from serai.viewers import Viewer as KnownViewer
from serai_sdk import SafeError, UserError, Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serai.graph.execute import Engine
    from serai.storage import Pool

__all__ = ["Office"]

LONGEST_QUERY: Final = 20_000
"""In characters."""
LOST: Final = frozenset({"UNAVAILABLE", "OVERLOADED"})
"""Codes of an answer that could not be read: it is not told as if it were one."""
PROVIDER: Final = "select 1 from core_provider where id = $1"

_is_rendering: ContextVar[bool] = ContextVar("serai_webhook_is_rendering", default=False)


class Office:
    """Implements ``serai.engines.webhooks.Place`` on a platform, and checks what is to be registered."""

    def __init__(
        self,
        engine: Engine,
        pool: Pool,
        load_viewer: Callable[[Any, UUID], Awaitable[Viewer | None]],
        *,
        policy: Policy,
        timeout_s: float,
    ) -> None:
        self.policy = policy
        self.caller = Caller(policy, at_once=256, timeout_s=timeout_s)
        self.timeout_s = timeout_s
        self._engine = engine
        self._pool = pool
        self._load_viewer = load_viewer

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """One statement in a transaction of its own."""
        return [dict(row) for row in await self._pool.fetch(statement, *values)]

    async def viewer(self, owner: Owner) -> Viewer | None:
        """The owner with the rights it has now; a provider's webhook is the provider's, whoever of it registered it."""
        if owner.staff_id is not None:
            return await self._load_viewer("staff", owner.staff_id)
        if owner.principal_id is not None:
            return await self._load_viewer("app", owner.principal_id)
        found = await self._pool.fetch(PROVIDER, owner.provider_id)
        return KnownViewer(kind="provider", provider_id=owner.provider_id) if found else None

    async def visible(self, viewer: Viewer, events: Collection[UUID]) -> set[UUID]:
        """Which of these events the viewer may see."""
        return await self._engine.visible(viewer, "Event", events)

    async def answer(self, query: str, variables: Mapping[str, Any], viewer: Viewer) -> bytes:
        """What the graph answers to a query that was registered; ``Unreadable``."""
        try:
            with rendering():
                result = await self._engine.execute(
                    query, dict(variables), None, viewer, allow_mutations=False
                )
        except (CompileBusy, PoolTimeout, StorageError, asyncpg.PostgresError, OSError) as error:
            raise Unreadable from error
        if result.errors and _is_lost(result.body):
            raise Unreadable
        return result.body

    def check_address(self, address: str) -> None:
        """``serai.engines.webhooks.Forbidden`` if a URL may never be called; its name is not looked up."""
        self.policy.target(address)

    async def check_query(self, query: str, viewer: Viewer, *, field: str = "query") -> None:
        """``UserError`` code ``QUERY_REFUSED`` if that could not be answered for an event, or costs too much."""
        if len(query) > LONGEST_QUERY:
            raise _refused(f"It is longer than {LONGEST_QUERY} characters.", field)
        try:
            rows = await self._engine.weigh(query, dict(SAMPLE), viewer)
        except CompileBusy as error:
            raise SafeError(error.message, hint=error.hint) from error
        except SeraiError as error:
            raise _refused(f"{error.message}{f': {error.hint}' if error.hint else ''}", field) from None
        if rows > MOST_ROWS:
            raise _refused(
                f"It could return {rows} rows or more for each event, of at most {MOST_ROWS}: ask for shorter lists.",
                field,
            )


@contextmanager
def rendering() -> Iterator[None]:
    """What is asked within the block is asked for a body."""
    token = _is_rendering.set(True)
    try:
        yield
    finally:
        _is_rendering.reset(token)


def is_rendering() -> bool:
    """Whether this is asked for a body: what makes bodies must not be asked for by one."""
    return _is_rendering.get()


def declared() -> str:
    """What a query may declare, in words."""
    return "; ".join(f"${name}: {what}" for name, what in VARIABLES.items())


def _refused(message: str, field: str) -> UserError:
    return UserError("QUERY_REFUSED", message, field=field)


def _is_lost(body: bytes) -> bool:
    errors = orjson.loads(body).get("errors", ())
    return any(one.get("extensions", {}).get("code") in LOST for one in errors)
