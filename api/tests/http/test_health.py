"""Whether the process runs, and whether it can do its work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx

from serai.http import Check, NotReady, create_http_app
from serai.viewers import ANONYMOUS, Viewer

from .conftest import EchoEngine, client_of


async def anonymous(_header: str | None) -> Viewer:
    return ANONYMOUS


async def fine() -> None:
    """There is nothing to complain about."""


def failing(error: Exception) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        raise error

    return run


async def ready(*checks: Check) -> httpx.Response:
    async with client_of(create_http_app(EchoEngine(), anonymous, checks=checks)) as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        return await client.get("/health/ready")


async def test_ready_when_all_is_there() -> None:
    response = await ready(Check(name="database", run=fine), Check(name="valkey", run=fine, required=False))
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ready"
    assert {name: check["status"] for name, check in body["checks"].items()} == {
        "database": "ok",
        "valkey": "ok",
    }


async def test_not_ready_says_what_is_missing() -> None:
    response = await ready(
        Check(name="database", run=fine),
        Check(name="migrations", run=failing(NotReady("2 migrations are pending"))),
    )
    assert response.status_code == 503
    body = response.json()
    assert body["status"] == "not ready"
    assert body["checks"]["migrations"]["status"] == "failing"
    assert body["checks"]["migrations"]["message"] == "2 migrations are pending"


async def test_without_what_may_be_missing_it_is_degraded_and_ready() -> None:
    lost = failing(ConnectionError("redis://:pw@cache:6379"))
    response = await ready(Check(name="valkey", run=lost, required=False))
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"]["valkey"]["message"] == "the check failed"
    assert "pw" not in response.text


async def test_a_check_that_hangs_is_cut_at_its_deadline_even_if_it_cannot_be_cancelled() -> None:
    async def stubborn() -> None:
        until = time.monotonic() + 0.6
        while time.monotonic() < until:
            try:
                await asyncio.sleep(0.3)
            except asyncio.CancelledError:
                continue

    response = await ready(
        Check(name="database", run=stubborn, deadline_s=0.1),
        Check(name="other", run=stubborn, deadline_s=0.1),
    )
    assert response.status_code == 503
    assert response.json()["checks"]["database"]["message"] == "no answer within 0.1 s"


async def test_many_who_ask_at_once_share_one_look() -> None:
    asked = 0

    async def count() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)

    app = create_http_app(EchoEngine(), anonymous, checks=[Check(name="database", run=count)])
    async with client_of(app) as client:
        await asyncio.gather(*(client.get("/health/ready") for _ in range(20)))
    assert asked == 1
