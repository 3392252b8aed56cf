"""The HTTP application: which path leads where, and what every request passes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from .engine import Authenticate, Engine
from .graphql import DEFAULT_BODY_DEADLINE_S, DEFAULT_BODY_LIMIT, GraphQLEndpoint
from .health import Check, Health
from .ide import Ide
from .lane import FastLane
from .problems import Problem
from .requests import LastResort, RequestLog
from .sockets import Sockets
from .streams import Streams
from .subscriptions import Subscriptions

__all__ = ["Lifespan", "create_http_app"]

CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


class Lifespan(Protocol):
    """Opens what the application needs when it starts, closes it when the last request is done."""

    def __call__(self, app: Starlette) -> AbstractAsyncContextManager[Mapping[str, Any] | None]: ...


def create_http_app(
    engine: Engine,
    authenticate: Authenticate,
    *,
    checks: Sequence[Check] = (),
    has_ide: bool = False,
    lifespan: Lifespan | None = None,
    routes: Sequence[BaseRoute] = (),
    body_limit: int = DEFAULT_BODY_LIMIT,
    body_deadline_s: float = DEFAULT_BODY_DEADLINE_S,
    is_fast: bool = True,
    subscriptions: Subscriptions | None = None,
) -> ASGIApp:
    """``/graphql``, ``/health/live``, ``/health/ready``, and ``routes`` after them.

    ``body_limit`` is in bytes. With ``has_ide`` a browser that opens ``/graphql`` gets a page for queries. Without
    ``is_fast`` all requests take the slow lane: for tests that both lanes answer alike.
    """
    health = Health(checks)
    graphql = GraphQLEndpoint(
        engine,
        authenticate,
        ide=Ide() if has_ide else None,
        body_limit=body_limit,
        body_deadline_s=body_deadline_s,
        streams=Streams(subscriptions, authenticate) if subscriptions is not None else None,
    )
    sockets = []
    if subscriptions is not None:
        sockets.append(WebSocketRoute("/graphql", Sockets(subscriptions, authenticate)))
    app = Starlette(
        routes=[
            *sockets,
            Route("/graphql", graphql, include_in_schema=False),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            Route("/", _to_graphql),
            *routes,
        ],
        middleware=[Middleware(RequestLog), Middleware(LastResort)],
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,  # type: ignore[arg-type]  # Starlette wants dict where a mapping will do
    )
    # A redirect would carry the caller's Host header, whatever that says, and no body of a POST.
    app.router.redirect_slashes = False
    return FastLane(app, engine, authenticate, body_limit=body_limit) if is_fast else app


async def _to_graphql(_request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "BAD_REQUEST")
    problem = Problem(error.status_code, code, error.detail, headers=error.headers)
    return Response(
        problem.body(),
        error.status_code,
        media_type="application/json",
        headers={"cache-control": "no-store", **problem.headers},
    )
