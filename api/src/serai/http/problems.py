"""Answers that say what is wrong, all in one form: a GraphQL response with ``errors`` and no ``data``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["Problem"]


class Problem(Exception):
    """A request that is refused: HTTP status, ``extensions.code``, a message, and what goes with them."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        extensions: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extensions = dict(extensions or {})
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        """The response as JSON."""
        error = {"message": self.message, "extensions": {"code": self.code, **self.extensions}}
        return orjson.dumps({"errors": [error]})

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, media_type: str | None = None
    ) -> None:
        """Answer the request with this problem."""
        media = media_type or "application/json"
        headers = {
            "content-type": f"{media}; charset=utf-8",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **self.headers,
        }
        await Response(self.body(), status_code=self.status, headers=headers)(scope, receive, send)
