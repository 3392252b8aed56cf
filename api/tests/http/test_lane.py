"""What takes the fast lane, and that nobody can tell from outside."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import AsyncIterator
from typing import Literal

import httpx
import pytest
import structlog
from starlette.types import Receive, Scope, Send

from serai.http import Authenticator, Tokens, configure_logs, create_http_app
from serai.http.lane import FastLane

from .conftest import EchoEngine, client_of, load_viewer

REQUEST_ID = "4bf92f3577b34da6"
ASKED = {"query": "query Mine { a }", "operationName": "Mine"}


@pytest.fixture
def passed_on() -> list[str]:
    """Paths that the fast lane did not answer itself."""
    return []


@pytest.fixture
async def lane(engine: EchoEngine, tokens: Tokens, passed_on: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    slow = create_http_app(engine, Authenticator(tokens, load_viewer), is_fast=False)

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        passed_on.append(scope["path"])
        await slow(scope, receive, send)

    fast = FastLane(noting, engine, Authenticator(tokens, load_viewer), body_limit=1024)
    async with client_of(fast) as client:
        yield client


async def test_equal_headers_are_read_once_and_each_request_is_one_of_its_own(
    lane: httpx.AsyncClient, customer_token: str, passed_on: list[str]
) -> None:
    headers = {"authorization": f"Bearer {customer_token}"}
    alike = [await lane.post("/graphql", json=ASKED, headers=headers) for _ in range(3)]
    named = [await lane.post("/graphql", json=ASKED, headers={"x-request-id": REQUEST_ID}) for _ in range(2)]
    assert len({one.headers["x-request-id"] for one in alike}) == 3
    assert [one.headers["x-request-id"] for one in named] == [REQUEST_ID] * 2
    assert passed_on == []
    # the last header alone differs, and says that the answer cannot be given so
    refused = await lane.post("/graphql", json=ASKED, headers={**headers, "accept": "text/html"})
    assert refused.status_code == 406


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "application/graphql-response+json"},
        {"content-type": "application/json; charset=utf-8"},
        {"idempotency-key": '"key"'},
        {"x-request-id": REQUEST_ID, "user-agent": "x", "origin": "https://shop.example", "cookie": "a=b"},
    ],
)
async def test_what_most_clients_send_takes_the_fast_lane(
    lane: httpx.AsyncClient, customer_token: str, passed_on: list[str], headers: dict[str, str]
) -> None:
    for token in ({}, {"authorization": f"Bearer {customer_token}"}):
        response = await lane.post("/graphql", json=ASKED, headers={**headers, **token})
        assert response.status_code == 200
        assert response.json()["data"]["viewer"] == ("customer" if token else "anonymous")
    assert passed_on == []


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        ({"query": "unseen"}, {}, 200),
        ({"query": "{ a }" + " " * 1024}, {}, 200),
        (ASKED, {"x-serai-plan": "1"}, 200),
        (ASKED, {"content-encoding": "identity"}, 200),
        (ASKED, {"content-type": 'application/json; charset="utf-8"'}, 200),
        (ASKED, {"content-type": "text/plain"}, 415),
        (ASKED, {"accept": "image/png"}, 406),
        (ASKED, {"idempotency-key": "a b"}, 400),
        (ASKED, {"authorization": "Bearer nonsense"}, 401),
        ({"query": 7}, {}, 400),
    ],
)
async def test_what_is_out_of_the_ordinary_takes_the_slow_lane(
    lane: httpx.AsyncClient,
    engine: EchoEngine,
    passed_on: list[str],
    asked: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    response = await lane.post("/graphql", json=asked, headers=headers)
    assert response.status_code == status
    assert passed_on == ["/graphql"]
    assert len(engine.asked) == (status == 200), "it is executed once, or not at all"


async def test_an_operation_that_breaks_is_not_tried_again(
    lane: httpx.AsyncClient, engine: EchoEngine, passed_on: list[str]
) -> None:
    response = await lane.post("/graphql", json={"query": "break"}, headers={"x-request-id": REQUEST_ID})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == response.json()["errors"][0]["extensions"]["id"] == REQUEST_ID
    assert len(engine.asked) == 1
    assert passed_on == []


@pytest.mark.parametrize("format", ["console", "json"])
@pytest.mark.parametrize("document", ["query Mine { a }", "syntax error", "break"])
async def test_both_lanes_log_the_same_lines(
    engine: EchoEngine,
    tokens: Tokens,
    customer_token: str,
    monkeypatch: pytest.MonkeyPatch,
    format: Literal["console", "json"],
    document: str,
) -> None:
    logged: list[str] = []
    for is_fast in (True, False):
        stream = io.StringIO()
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            configure_logs(format=format, level="info")
            app = create_http_app(engine, Authenticator(tokens, load_viewer), is_fast=is_fast)
            async with client_of(app) as client:
                await client.post(
                    "/graphql",
                    json={"query": document, "operationName": "Mine"},
                    headers={
                        "authorization": f"Bearer {customer_token}",
                        "x-request-id": "eyJhbGciOi.eyJz.c2ln",
                    },
                )
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("uvicorn.access").disabled = False
        structlog.reset_defaults()
        logged.append(_without_times(stream.getvalue()))
    assert "eyJhbGciOi" not in logged[0]
    assert "viewer" in logged[0] or document == "break"
    # a traceback shows the way it came
    first, second = (re.sub(r"(?s)Traceback.*RuntimeError", "RuntimeError", one) for one in logged)
    assert first == second


def _without_times(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?", "then", text)
    return re.sub(r"(duration_ms\W{1,3})[\d.]+", r"\1 0", text)
