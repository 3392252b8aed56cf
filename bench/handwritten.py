"""The hand-written column: a bare ASGI application that knows a few documents and has a prepared statement for each.

With `is_guarded` it checks the bearer token and looks up who asks, remembering both as long as Serai does, and refuses
an operator's queries to others; without, it answers anybody. There is no parsing, no planning and no error handling.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import asyncpg
import orjson

from serai.core.viewers import ViewerLoader
from serai.http.tokens import Tokens
from serai.viewers import Viewer

from .handwritten_sql import Statement, statement
from .queries import Query

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FRESH_S = 3.0
NEEDED = frozenset({"customers:read", "transactions:read", "demands:read", "demands:write", "scenarios:read"})


class Handwritten:
    """`POST /graphql` for the documents it knows, over a stack of connections that are never reset."""

    def __init__(
        self,
        connections: Sequence[Mapping[str, Any]],
        queries: Sequence[Query],
        *,
        tokens: Tokens | None = None,
        load_viewer: ViewerLoader | None = None,
    ) -> None:
        self._idle = list(connections)
        self._free = asyncio.Semaphore(len(connections))
        self._known: dict[str, tuple[Query, Statement, bytes]] = {
            query.document: (
                query,
                statement(query.name, is_guarded=tokens is not None),
                b'{"data":{"%s":' % query.root.encode(),
            )
            for query in queries
        }
        self._tokens = tokens
        self._load_viewer = load_viewer
        self._viewers: dict[bytes, tuple[float, Viewer]] = {}

    @classmethod
    async def open(
        cls,
        queries: Sequence[Query],
        *,
        connections: Sequence[asyncpg.Connection[asyncpg.Record]],
        tokens: Tokens | None,
        load_viewer: ViewerLoader | None,
    ) -> Handwritten:
        """Every statement prepared on every connection."""
        prepared = [
            {
                query.name: (
                    await one.prepare(statement(query.name, is_guarded=tokens is not None).sql)
                ).fetchval
                for query in queries
            }
            for one in connections
        ]
        return cls(prepared, queries, tokens=tokens, load_viewer=load_viewer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        viewer = None
        if self._tokens is not None:
            viewer = await self._who(scope["headers"])
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        asked = orjson.loads(body)
        query, known, head = self._known[asked["query"]]
        values = known.values(asked["variables"])
        if viewer is not None:
            if query.viewer == "operator" and not viewer.permissions >= NEEDED:
                raise PermissionError(query.name)
            if known.of_viewer is not None:
                values = (*values, known.of_viewer(viewer))
        idle = self._idle
        async with self._free:
            fetches = idle.pop()
            try:
                found = await fetches[query.name](*values)
            finally:
                idle.append(fetches)
        answer = b"%s%s}}" % (head, b"null" if found is None else found.encode())
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(answer)),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})

    async def _who(self, headers: Sequence[tuple[bytes, bytes]]) -> Viewer:
        header = next(value for name, value in headers if name == b"authorization")
        known = self._viewers.get(header)
        now = time.monotonic()
        if known is not None and now < known[0]:
            return known[1]
        assert self._tokens is not None
        assert self._load_viewer is not None
        acting = self._tokens.verify(header[7:].decode()).acting
        viewer = await self._load_viewer(acting.kind, acting.id)
        assert viewer is not None
        self._viewers[header] = (now + FRESH_S, viewer)
        return viewer
