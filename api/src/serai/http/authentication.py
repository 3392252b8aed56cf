"""From an ``Authorization`` header to a viewer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from serai.viewers import ANONYMOUS, Acting, Viewer
from serai_sdk.access import ViewerKind

from .tokens import AuthenticationError, Tokens

__all__ = ["Authenticator", "LoadViewer"]


class LoadViewer(Protocol):
    """Finds who acts, by the kind and id of ``Acting``, with today's permissions; ``None`` if they may not now."""

    async def __call__(self, kind: ViewerKind, id: UUID) -> Viewer | None: ...


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

    async def __call__(self, authorization: str | None) -> Viewer:
        """The viewer: anonymous without a header; ``AuthenticationError`` if it proves nothing."""
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        token = token.strip(" ")
        if scheme.lower() != "bearer" or not token or " " in token:
            raise AuthenticationError("AUTHORIZATION_MALFORMED")
        acting = self._tokens.verify(token).acting
        viewer = await self._viewer(acting)
        if viewer is None or viewer.principal_id != acting.principal_id:
            raise AuthenticationError("VIEWER_UNKNOWN")
        return viewer

    async def _viewer(self, acting: Acting) -> Viewer | None:
        known = self._loaded.get(acting)
        if known is not None and self._clock() - known[0] < self._fresh_s:
            loading = known[1]
        else:
            # Requests that come while it loads share the answer, and still get it if the first is cancelled.
            loading = asyncio.ensure_future(self._load_viewer(acting.kind, acting.id))
            loading.add_done_callback(lambda done: self._forget_failure(acting, done))
            self._loaded[acting] = (self._clock(), loading)
            self._loaded.move_to_end(acting)
            if len(self._loaded) > self._cache_size:
                self._loaded.popitem(last=False)
        return loading.result() if loading.done() else await asyncio.shield(loading)

    def _forget_failure(self, acting: Acting, done: asyncio.Future[Viewer | None]) -> None:
        failed = done.cancelled() or done.exception() is not None
        known = self._loaded.get(acting)
        if failed and known is not None and known[1] is done:
            del self._loaded[acting]
