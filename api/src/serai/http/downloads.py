"""Files that are made for somebody, given to who may have them: ``GET /exports/{id}``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from serai_sdk.context import Viewer

from .engine import Authenticate
from .problems import Problem

__all__ = ["Downloads"]

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class File(Protocol):
    """A file to be sent."""

    @property
    def path(self) -> Path: ...
    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...


FindFile = Callable[[Viewer, str], Awaitable[File]]
"""The file by that id for a viewer; raises ``Problem``."""


class Downloads:
    """Answers with the file, or the part of it that is asked for (``range``)."""

    def __init__(self, find: FindFile, authenticate: Authenticate) -> None:
        self._find = find
        self._authenticate = authenticate

    @property
    def route(self) -> Route:
        """Where it answers."""
        return Route("/exports/{id}", self, methods=["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        try:
            viewer = await self._authenticate(request.headers.get("authorization"))
            file = await self._find(viewer, request.path_params["id"])
        except Problem as problem:
            await problem(scope, receive, send)
            return
        answer = FileResponse(file.path, filename=file.name, media_type=file.media_type, headers=HEADERS)
        await answer(scope, receive, send)
