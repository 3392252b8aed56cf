"""Paths, request ids, the page for browsers, and what is logged."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Iterator

import httpx
import pytest
import structlog
from starlette.types import ASGIApp

from serai.errors import CompileBusy, DatabaseUnavailable, PoolTimeout
from serai.http import Authenticator, Tokens, configure_logs, create_http_app
from serai.http.logs import mask_secrets

from .conftest import EchoEngine, client_of, load_viewer

SANE_ID = "4bf92f3577b34da6"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        configure_logs(format="json", level="info")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("path", ["/nothing", "/graphql/", "/health", "/%00", "/../etc/passwd"])
async def test_other_paths_are_404_in_the_form_of_graphql(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert response.json() == {"errors": [{"message": "Not Found", "extensions": {"code": "NOT_FOUND"}}]}


async def test_the_front_door_leads_to_the_graph(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 307
    assert response.headers["location"] == "/graphql"


async def test_a_sane_request_id_is_kept_and_others_are_replaced(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live", headers={"x-request-id": SANE_ID})).headers[
        "x-request-id"
    ] == SANE_ID
    for bad in (b"short", b"x" * 129, b"a b c d e f", b"abcdefgh\xff", b'{"forged": 1}'):
        response = await client.get("/health/live", headers={b"x-request-id": bad})
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])


async def test_browsers_get_a_page_that_asks_nobody_else(client: httpx.AsyncClient) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = await client.get("/graphql?query={a}", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert nonce
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    page = response.text
    assert page.count(f'nonce="{nonce[1]}"') == 2
    assert "{{" not in page
    assert re.findall(r"https?://[^'\"\s]+", page) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\son\w+=|\sstyle=", page)
    again = await client.get("/graphql", headers={"accept": accept})
    assert again.headers["content-security-policy"] != policy


async def test_without_the_page_browsers_get_what_others_get(engine: EchoEngine, tokens: Tokens) -> None:
    app = create_http_app(engine, Authenticator(tokens, load_viewer))
    async with client_of(app) as client:
        assert (await client.get("/graphql", headers={"accept": "text/html"})).status_code == 406
        assert (await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})).status_code == 400


@pytest.mark.parametrize(
    ("error", "code"), [(DatabaseUnavailable, "UNAVAILABLE"), (PoolTimeout, "OVERLOADED")]
)
async def test_a_database_that_does_not_answer_is_503(
    engine: EchoEngine, error: type[Exception], code: str
) -> None:
    async def authenticate(_header: str | None) -> None:
        raise error("postgres://serai:pw@10.0.0.7 does not answer")

    async with client_of(create_http_app(engine, authenticate)) as client:
        response = await client.post("/graphql", json={"query": "{ a }"})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["errors"][0]["extensions"]["code"] == code
    assert "10.0.0.7" not in response.text


async def test_what_has_to_wait_for_compiling_is_503_and_says_for_how_long(engine: EchoEngine) -> None:
    async def authenticate(_header: str | None) -> None:
        raise CompileBusy("too many", hint="later", data={"retry_after_s": 3})

    async with client_of(create_http_app(engine, authenticate)) as client:
        response = await client.post("/graphql", json={"query": "{ a }"}, headers={"x-request-id": SANE_ID})
    assert (response.status_code, response.headers["retry-after"]) == (503, "3")
    assert response.json()["errors"] == [
        {
            "message": "too many",
            "extensions": {"code": "COMPILE_BUSY", "id": SANE_ID, "retriable": True, "hint": "later"},
        }
    ]


async def test_each_request_is_one_line(
    client: httpx.AsyncClient, customer_token: str, logged: io.StringIO
) -> None:
    await client.post(
        "/graphql?secret=1",
        json={"query": "query Mine { a }", "operationName": "Mine", "variables": {"email": "li@example.org"}},
        headers={"authorization": f"Bearer {customer_token}", "x-request-id": SANE_ID},
    )
    await client.get("/health/live")
    (line,) = lines_of(logged)
    assert isinstance(line.pop("duration_ms"), float)
    assert isinstance(line.pop("timestamp"), str)
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "serai.http",
        "request_id": SANE_ID,
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "viewer": "customer",
        "operation": "Mine",
    }


async def test_an_error_is_logged_with_its_trace_under_the_requests_id(
    client: httpx.AsyncClient, logged: io.StringIO
) -> None:
    await client.post("/graphql", json={"query": "break"}, headers={"x-request-id": SANE_ID})
    failed, request = lines_of(logged)
    assert failed["id"] == failed["request_id"] == request["request_id"] == SANE_ID
    assert "RuntimeError" in str(failed["exception"])
    assert request["status"] == 500


async def test_lines_of_the_log_cannot_be_forged(client: httpx.AsyncClient, logged: io.StringIO) -> None:
    await client.post("/x%0a%1b[2J", json={}, headers={"x-request-id": 'x"\tevent=forged'})
    await client.post("/graphql", json={"query": "{ a }", "operationName": "A\nlevel=error"})
    first, second = lines_of(logged)
    assert first["path"] == "/x%0a%1b[2J"
    assert "operation" not in second


def test_secrets_are_masked_wherever_they_stand(tokens: Tokens, customer_token: str) -> None:
    event = {
        "event": f"sent Authorization: Bearer {customer_token}",
        "authorization": "Basic abc",
        "db_password": "pw",
        "url": "postgresql://serai:pw@db/serai",
        "exception": "UniqueViolationError: duplicate key\nDETAIL:  Key (email)=(li@example.org) already exists.\nat x",
        "nested": {"api_key": "k", "list": [f"token {customer_token}"], 7: "kept"},
        "count": 7,
    }
    masked = mask_secrets(None, "info", event)
    text = json.dumps(masked, default=str)
    assert customer_token not in text
    assert customer_token.split(".")[1] not in text
    for secret in ("pw", "abc", "li@example.org", '"k"'):
        assert secret not in text
    assert masked["count"] == 7
    assert masked["nested"][7] == "kept"
    assert masked["url"] == "postgresql://***@db/serai"
    assert "at x" in masked["exception"]


@pytest.mark.parametrize("format", ["console", "json"])
def test_what_libraries_log_takes_the_same_form(
    format: str, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        configure_logs(format=format, level="warning")  # type: ignore[arg-type]  # a parameter of the test
    logging.getLogger("uvicorn.error").info("not shown")
    try:
        raise ValueError("redis://:hunter2@cache")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("went wrong with %s", "postgres://serai:hunter2@db")
    text = stream.getvalue()
    assert "not shown" not in text
    assert "went wrong with postgres://***@db" in text
    assert "ValueError" in text
    assert "hunter2" not in text
    if format == "json":
        assert lines_of(stream)[0]["level"] == "error"


async def test_requests_side_by_side_keep_their_own_ids(app: ASGIApp, logged: io.StringIO) -> None:
    async with client_of(app) as client:
        ids = [f"request-{number:04}" for number in range(50)]
        answers = await asyncio.gather(
            *(client.post("/graphql", json={"query": "{ a }"}, headers={"x-request-id": id}) for id in ids)
        )
    assert [answer.json()["data"]["requestId"] for answer in answers] == ids
    async with asyncio.timeout(5):
        while len(logged.getvalue().splitlines()) < len(ids):  # noqa: ASYNC110 - lines are written together
            await asyncio.sleep(0.01)
    assert sorted(str(line["request_id"]) for line in lines_of(logged)) == ids
