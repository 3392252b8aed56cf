"""Random queries over HTTP: the fast lane and the slow one answer with the same bytes, headers included."""

from __future__ import annotations

import httpx
import pytest

from serai.graph.execute import Engine
from serai.http import create_http_app
from serai.viewers import Viewer

from .trials import Trials

QUERIES = 20
MANY = 120


class Noting:
    """An engine that notes how often it was asked on the fast lane."""

    def __init__(self, engine: Engine) -> None:
        self.execute = engine.execute
        self._prepared = engine.prepared
        self.prepared_ones = 0

    def prepared(self, *asked: object, **more: object) -> object:
        found = self._prepared(*asked, **more)  # type: ignore[arg-type]  # handed on as it came
        self.prepared_ones += found is not None
        return found


@pytest.mark.parametrize("queries", [QUERIES, pytest.param(MANY, marks=pytest.mark.slow)])
async def test_both_lanes_answer_with_the_same_bytes(trials: Trials, queries: int) -> None:
    engine = Noting(trials.house.engine)

    async def authenticate(authorization: str | None) -> Viewer:
        return trials.viewers[authorization or ""]

    async def posted(client: httpx.AsyncClient, number: int, viewer: str) -> tuple[object, ...]:
        query = (await trials.at(number)).query
        answer = await client.post(
            "/graphql",
            json={"query": query.document, "variables": query.variables},
            headers={"authorization": viewer, "x-request-id": f"number-{number:04}"},
        )
        return answer.status_code, answer.headers.raw, answer.content

    fast, slow = (create_http_app(engine, authenticate, is_fast=one) for one in (True, False))  # type: ignore[arg-type]
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(fast), base_url="http://fast.test") as on_fast,
        httpx.AsyncClient(transport=httpx.ASGITransport(slow), base_url="http://slow.test") as on_slow,
    ):
        for number in range(queries):
            for viewer in trials.viewers:
                assert await posted(on_fast, number, viewer) == await posted(on_slow, number, viewer)
    assert engine.prepared_ones == queries * len(trials.viewers)
