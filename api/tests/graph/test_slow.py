"""A slow statement is logged, once in a while, without the values it was sent with."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from serai.graph.slow import Asked, SlowStatements

CUSTOMERS = "select from core_customer where name = $1"


def test_each_statement_is_logged_once_an_interval_and_the_others_are_counted() -> None:
    now = 0.0
    slow = SlowStatements(100, clock=lambda: now)

    def note(sql: str) -> None:
        asked = Asked("query Names { customers { nodes { name } } }", "Names")
        slow.note(sql, asked=asked, field="customers", request_id="r1", took_s=0.25, answer="{}")

    with capture_logs() as lines:
        for _ in range(5):
            note(CUSTOMERS)
        note("select 2")
        now = 61.0
        note(CUSTOMERS)
    assert [(one["sql_hash"], one["unlogged_before"]) for one in lines] == [
        (lines[0]["sql_hash"], 0),
        (lines[1]["sql_hash"], 0),
        (lines[0]["sql_hash"], 4),
    ]
    assert lines[0] == {
        "event": "slow statement",
        "log_level": "warning",
        "operation": "Names",
        "document_hash": "bdaca5b907cf9555",
        "field": "customers",
        "request_id": "r1",
        "sql_hash": lines[0]["sql_hash"],
        "duration_ms": 250.0,
        "answer_characters": 2,
        "unlogged_before": 0,
    }
    assert lines[0]["sql_hash"] != lines[1]["sql_hash"]


@pytest.mark.parametrize(("threshold", "seconds"), [(100, 0.1), (0, float("inf"))])
def test_the_threshold_is_in_milliseconds_and_nought_is_never(threshold: int, seconds: float) -> None:
    assert SlowStatements(threshold).threshold_s == seconds
