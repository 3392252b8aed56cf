"""Payloads: what the body of a delivery is made of, and what a subscriber's query is told of the event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson

__all__ = ["LARGEST", "MOST_ROWS", "PLAIN", "SAMPLE", "VARIABLES", "body", "event_id", "given"]

LARGEST: Final = 256 * 1024
"""In bytes: the largest body that is delivered."""
MOST_ROWS: Final = 1_000
"""How many rows a query may return at most, by the estimate of its plan."""
VARIABLES: Final = {
    "event": "ID!, the event itself",
    "aggregate": "ID!, what it happened to",
    "type": "String!, such as demand.opened",
}
"""What a query may declare."""
SAMPLE: Final = {"event": f"evt_{0:032x}", "aggregate": f"evt_{0:032x}", "type": "demand.opened"}
PLAIN: Final = """query($event: ID!) {
  event(id: $event) { type typeVersion position aggregateId aggregateVersion payload at }
}"""
"""What is asked where a subscriber asks for nothing else: the event."""


def event_id(event: UUID) -> str:
    """The id of an event in the graph, and that of its deliveries at whoever receives them."""
    return f"evt_{event.hex}"


def given(event: UUID, kind: str, aggregate: str | None) -> dict[str, Any]:
    """The variables of a query, by what happened; those it doesn't declare are left aside by who asks it."""
    return {"event": event_id(event), "aggregate": aggregate, "type": kind}


def body(row: Mapping[str, Any], answer: bytes) -> bytes:
    """What is delivered: what happened, and the answer (``data`` and maybe ``errors``) as the graph wrote it.

    ``row`` has ``event_id``, ``event_type``, ``position`` and ``happened_at``.
    """
    at: datetime = row["happened_at"]
    head = orjson.dumps(
        {
            "id": event_id(row["event_id"]),
            "type": row["event_type"],
            "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "position": str(row["position"]),
        }
    )
    return head[:-1] + b"," + answer.strip()[1:]
