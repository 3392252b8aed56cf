"""From an ``Authorization`` header to a viewer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from serai.viewers import ANONYMOUS, Acting, Viewer
from serai_sdk.access import ViewerKind

from .tokens import MAX_LENGTH, AuthenticationError, Tokens

__all__ = ["Authenticator", "LoadViewer"]

LONGEST_SEEN = MAX_LENGTH + 16
"""Longer headers are no tokens of this service with the word before them, or padded: they are not remembered."""


class LoadViewer(Protocol):
    """Finds who acts, by the kind and id of ``Acting``, with today's permissions; ``None`` if they may not now."""

    async def __call__(self, kind: ViewerKind, id: UUID) -> Viewer | None: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """Whom a header stood for, and until when that need not be looked at again, by either clock."""

    viewer: Viewer
    fresh_until: float
    expires_at: float


class Authenticator:
    """Turns a header into a viewer.

    Viewers are remembered for ``fresh_s`` seconds: an edited role or a dismissed member takes effect by then.
    """

    def __init__(
        self,
        tokens: Tokens,
        load_viewer: LoadViewer,
        *,
        fresh_s: float = 3.0,
        cache_size: int = 4096,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._load_viewer = load_viewer
        self._fresh_s = fresh_s
        self._cache_size = cache_size
        self._clock = clock
        self._loaded: OrderedDict[Acting, tuple[float, asyncio.Future[Viewer | None]]] = OrderedDict()
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    async def __call__(self, authorization: str | None) -> Viewer:
        """The viewer: anonymous without a header; ``AuthenticationError`` if it proves nothing."""
        if authorization is None:
            return ANONYMOUS
        seen = self._seen.get(authorization)
        if seen is not None:
            if self._clock() < seen.fresh_until and self._tokens.clock() < seen.expires_at:
                return seen.viewer
            del self._seen[authorization]
        scheme, _, token = authorization.partition(" ")
        token = token.strip(" ")
        if scheme.lower() != "bearer" or not token or " " in token:
            raise AuthenticationError("AUTHORIZATION_MALFORMED")
        claims = self._tokens.verify(token)
        acting = claims.acting
        loaded_at, viewer = await self._viewer(acting)
        if viewer is None or viewer.principal_id != acting.principal_id:
            raise AuthenticationError("VIEWER_UNKNOWN")
        if len(authorization) <= LONGEST_SEEN:
            self._seen[authorization] = _Seen(viewer, loaded_at + self._fresh_s, claims.expires_at)
            if len(self._seen) > self._cache_size:
                self._seen.popitem(last=False)
        return viewer

    async def _viewer(self, acting: Acting) -> tuple[float, Viewer | None]:
        """When somebody was asked for, and the answer."""
        known = self._loaded.get(acting)
        if known is not None and self._clock() - known[0] < self._fresh_s:
            loaded_at, loading = known
        else:
            # Requests that come while it loads share the answer, and still get it if the first is cancelled.
            loaded_at = self._clock()
            loading = asyncio.ensure_future(self._load_viewer(acting.kind, acting.id))
            loading.add_done_callback(lambda done: self._forget_failure(acting, done))
            self._loaded[acting] = (loaded_at, loading)
            self._loaded.move_to_end(acting)
            if len(self._loaded) > self._cache_size:
                self._loaded.popitem(last=False)
        return loaded_at, loading.result() if loading.done() else await asyncio.shield(loading)

    def _forget_failure(self, acting: Acting, done: asyncio.Future[Viewer | None]) -> None:
        failed = done.cancelled() or done.exception() is not None
        known = self._loaded.get(acting)
        if failed and known is not None and known[1] is done:
            del self._loaded[acting]
