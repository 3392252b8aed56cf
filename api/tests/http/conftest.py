"""An engine small enough to be beside the point, the real application around it, and tokens of a key of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from joserfc.jwk import ECKey
from starlette.types import ASGIApp

from serai.http import Authenticator, StatusHint, Tokens, create_http_app
from serai.viewers import Acting, Viewer
from serai_sdk.access import ViewerKind

CUSTOMER = UUID("019a0000-0000-7000-8000-000000000001")
PRINCIPAL = UUID("019a0000-0000-7000-8000-000000000002")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the engine gives back."""

    body: bytes
    status_hint: StatusHint = "ok"
    errors: int = 0


@dataclass(slots=True)
class EchoEngine:
    """Answers with what it was asked; a few words in the document make it behave in other ways."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    is_working: asyncio.Event = field(default_factory=asyncio.Event)
    may_finish: asyncio.Event = field(default_factory=asyncio.Event)

    async def execute(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Any,
        *,
        idempotency_key: str | None,
        allow_mutations: bool,
        request_id: str,
        with_plan: bool = False,
    ) -> Answer:
        asked = {
            "document": document,
            "variables": variables,
            "operationName": operation_name,
            "viewer": viewer.kind,
            "key": idempotency_key,
            "requestId": request_id,
        }
        self.asked.append(asked)
        if document == "syntax error":
            return Answer(
                body=b'{"errors":[{"message":"Syntax error"}]}', status_hint="request_error", errors=1
            )
        if document.startswith("mutation") and not allow_mutations:
            return Answer(
                body=b'{"errors":[{"message":"By POST"}]}', status_hint="mutation_refused", errors=1
            )
        if document == "break":
            raise RuntimeError("select secret from /srv/serai/core.py")
        if document == "wait":
            self.is_working.set()
            await self.may_finish.wait()
        return Answer(body=orjson.dumps({"data": asked}))

    def prepared(
        self,
        document: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        viewer: Any,
        *,
        idempotency_key: str | None,
        request_id: str,
    ) -> Callable[[], Awaitable[Answer]] | None:
        """Every document has been seen, but one."""
        if document == "unseen":
            return None
        return partial(
            self.execute,
            document,
            variables,
            operation_name,
            viewer,
            idempotency_key=idempotency_key,
            allow_mutations=True,
            request_id=request_id,
        )


Clock = Callable[[], float]


@pytest.fixture
def engine() -> EchoEngine:
    return EchoEngine()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens([ECKey.generate_key("P-256")], audience="serai")


@pytest.fixture
def customer_token(tokens: Tokens) -> str:
    return tokens.issue(Acting(kind="customer", id=CUSTOMER, principal_id=PRINCIPAL))


async def load_viewer(kind: ViewerKind, id: UUID) -> Viewer | None:
    if kind == "customer" and id == CUSTOMER:
        return Viewer(kind="customer", customer_id=CUSTOMER, principal_id=PRINCIPAL)
    return None


@pytest.fixture(params=[True, False], ids=["fast", "slow"])
def is_fast(request: pytest.FixtureRequest) -> bool:
    """Whether the fast lane is open: what is seen from outside is the same."""
    found: bool = request.param
    return found


@pytest.fixture
def app(engine: EchoEngine, tokens: Tokens, is_fast: bool) -> ASGIApp:
    return create_http_app(
        engine,
        Authenticator(tokens, load_viewer),
        has_ide=True,
        body_limit=64 * 1024,
        body_deadline_s=0.5,
        is_fast=is_fast,
    )


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://serai.test") as client:
        yield client


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client
