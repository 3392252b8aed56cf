"""What the log tells of slow statements, on both lanes and below Python fields."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from structlog.testing import capture_logs

from serai.graph.slow import SlowStatements
from serai.viewers import SYSTEM

from .conftest import Asker, Rows


def lines_of(logs: list[Any]) -> list[tuple[str, str | None, str]]:
    return [
        (one["field"], one["operation"], one["document_hash"])
        for one in logs
        if one["event"] == "slow statement"
    ]


@pytest.mark.parametrize(
    ("document", "operation", "statements"),
    [
        ("query Names { customers { nodes { name } } }", "Names", 1),
        ("{ providers { nodes { name } } tags { nodes { name } } }", None, 2),
        ("query All($ids: [ID!]!) { nodes(ids: $ids) { id } }", "All", 1),
    ],
)
async def test_a_slow_statement_is_told_by_operation_and_document(
    graph: Asker,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    document: str,
    operation: str | None,
    statements: int,
) -> None:
    engine: Any = graph.platform.engine
    variables = {"ids": [f"cus_{(await rows.customer()).hex}"]} if "$ids" in document else {}
    digest = sha256(document.encode()).hexdigest()[:16]
    for is_fast in (False, True):
        # every time anew: a statement is told once a minute
        monkeypatch.setattr(engine.running, "slow", SlowStatements(1))
        engine.running.slow.threshold_s = 0.0
        with capture_logs() as logs:
            if is_fast:
                await engine.prepared(document, variables, None, SYSTEM)()
            else:
                await graph.ask(document, SYSTEM, **variables)
        assert [one[1:] for one in lines_of(logs)] == [(operation, digest)] * statements
