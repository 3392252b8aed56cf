"""What a query costs does not know how many plug-ins there are: the same SQL, and the same calls in Python."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import serai
from serai.app import Platform
from serai.graph.trace import Trace
from serai.viewers import SYSTEM, Viewer

from .conftest import OpenPlatform
from .newcomers import newcomers
from .town import Town

PLUGINS = 30
ENTITIES = 10

QUERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "one": ("query One($id: ID!) { customer(id: $id) { id name createdAt } }", {}),
    "page": (
        """query Page($first: Int!) {
          customers(first: $first, orderBy: [{createdAt: DESC}]) {
            totalCount
            nodes {
              name
              transactions(first: 5, orderBy: [{placedAt: DESC}]) { nodes { number scenario { name } } }
              bookings(first: 2) { nodes { checkIn stay { title } } }
            }
          }
        }""",
        {"first": 20},
    ),
    "sums": ("{ transactions { aggregate { count sum { total { amount currency } } } } }", {}),
    "node": ("query Node($id: ID!) { node(id: $id) { __typename ... on Customer { name } } }", {}),
}
SERAI = str(Path(serai.__file__).parent)


async def measured(
    platform: Platform, document: str, variables: dict[str, Any], viewer: Viewer
) -> tuple[Any, Any]:
    """The SQL of a query that was seen before, and how often each function of Serai is called to answer it."""
    engine = platform.engine
    trace = Trace()
    first = await engine.execute(document, variables, None, viewer, trace=trace)
    assert first.errors == 0, first.body
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SERAI):
            calls[f"{code.co_filename.removeprefix(SERAI)}:{code.co_name}"] += 1

    sys.setprofile(count)
    try:
        send = engine.prepared(document, variables, None, viewer)
        assert send is not None
        again = await send()
    finally:
        sys.setprofile(None)
    assert json.loads(again.body)["data"] == json.loads(first.body)["data"]
    return [sent.sql for sent in trace.statements], calls


async def test_thirty_more_plugins_change_neither_the_sql_nor_the_calls_of_a_query(
    open_here: OpenPlatform, town: Town, tmp_path: Path
) -> None:
    customer = await town.customer(name="Ada")
    own = Viewer(kind="customer", customer_id=customer)
    alone = await open_here()
    site = tmp_path / "site"
    with newcomers(site, PLUGINS, entities=ENTITIES):
        crowded = await open_here()
    more = len(crowded.assembly.registry.entities) - len(alone.assembly.registry.entities)
    assert more == PLUGINS * ENTITIES
    for name, (document, given) in QUERIES.items():
        variables = given | ({"id": f"cus_{customer.hex}"} if "$id" in document else {})
        for viewer in (SYSTEM, own):
            sql, calls = await measured(alone, document, variables, viewer)
            more_sql, more_calls = await measured(crowded, document, variables, viewer)
            assert sql == more_sql, name
            assert len(sql) == 1, name
            assert calls == more_calls, name
            assert calls.total() > 0, name
