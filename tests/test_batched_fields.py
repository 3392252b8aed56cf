"""Batched fields, however deep: how often they are called, what they may see, and that one's trouble is its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from graphql import GraphQLSchema

from serai.app import Platform
from serai.core.plugin import plugin as core
from serai.graph.compose import compose
from serai.graph.execute import Engine
from serai.graph.registry import Registry
from serai.graph.resolve import Contribution, resolve
from serai.viewers import SYSTEM, Viewer
from serai_booking.plugin import plugin as booking
from serai_sdk import Graph

from . import troubles
from .conftest import OpenPlatform
from .town import Town
from .troubles import BAD, Trouble

STAFF = Viewer(kind="staff", permissions=frozenset({"customers:read", "transactions:read"}))


@cache
def composed() -> tuple[Registry, GraphQLSchema]:
    """The graph with the troubles in it."""
    registry, problems = resolve(
        [
            *(Contribution(one.id, _graphs(one.graph())) for one in (core, booking)),
            Contribution("troubles", [troubles.GRAPH]),
        ]
    )
    assert not problems, problems
    for entity in registry.entities.values():
        for name, one in entity.fields.items():
            if one.origin.file == troubles.__file__:  # as it is stamped when it is loaded
                entity.fields[name] = replace(one, origin=replace(one.origin, plugin="troubles"))
    return registry, compose(registry).core


def _graphs(given: Any) -> list[Graph]:
    return [given] if isinstance(given, Graph) else list(given)


class Asked:
    """An engine with the troubles in it, and what it sent to the database."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.registry, self.schema = composed()
        self.sent: list[str] = []
        platform.pool.observers.append(lambda sql, _: self.sent.append(sql))

    def engine(self, **more: Any) -> Engine:
        return Engine(
            self.registry,
            self.schema,
            self.platform.pool,
            mutate=self.platform.engine.mutate,
            call_context=self.platform.engine.call_context,
            **{"field_timeout_s": 0.3} | more,
        )

    async def ask(self, document: str, viewer: Any = SYSTEM, **more: Any) -> dict[str, Any]:
        self.sent.clear()
        result = await self.engine(**more).execute(document, {}, None, viewer)
        await asyncio.sleep(0)
        answer: dict[str, Any] = json.loads(result.body)
        return answer


@pytest_asyncio.fixture(loop_scope="session")
async def asked(open_here: OpenPlatform) -> AsyncIterator[Asked]:
    yield Asked(await open_here())


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    for one in (troubles.CALLS, troubles.PARENTS, troubles.CANCELLED):
        one.clear()
    yield
    for one in (troubles.CALLS, troubles.PARENTS, troubles.CANCELLED):
        one.clear()


async def people(town: Town, count: int) -> list[UUID]:
    return [await town.customer(name=f"Guest {number:02}", locale="de") for number in range(count)]


# -- how often


DEEP = """{
  customers(first: 50, orderBy: [{name: ASC}]) {
    edges { node { ...Fine again: neighbour { name } } }
    nodes {
      name
      transactions { nodes { number whose { name fine ...Next } } }
    }
  }
}
fragment Fine on Customer { fine n: neighbour { ...Next } }
fragment Next on Customer { name neighbour { fine neighbour { name transactions { nodes { whose { fine } } } } } }
"""


@pytest.mark.parametrize("count", [2, 9])
async def test_each_level_is_one_call_of_each_field_and_one_statement(
    town: Town, asked: Asked, count: int
) -> None:
    provider = await town.provider()
    for customer in await people(town, count):
        for _ in range(2):
            await town.transaction(customer, provider)
    answer = await asked.ask(DEEP)
    assert "errors" not in answer, answer["errors"]
    nodes = answer["data"]["customers"]["nodes"]
    edges = [one["node"] for one in answer["data"]["customers"]["edges"]]
    names = [f"Guest {number:02}" for number in range(count)]
    assert [one["fine"] for one in edges] == [f"{name} is fine" for name in names]
    for number, (node, edge) in enumerate(zip(nodes, edges, strict=True)):
        later = [names[(number + more) % count] for more in range(5)]
        assert edge["n"]["name"] == edge["again"]["name"] == later[1]
        assert edge["n"]["neighbour"]["fine"] == f"{later[2]} is fine"
        assert edge["n"]["neighbour"]["neighbour"]["name"] == later[3]
        for one in node["transactions"]["nodes"]:
            assert one["whose"]["name"] == later[0]
            deep = one["whose"]["neighbour"]["neighbour"]
            assert [each["whose"]["fine"] for each in deep["transactions"]["nodes"]] == [
                f"{later[2]} is fine"
            ] * 2
    # the customers with their transactions; then what was found, level by level, whatever it was and under which key
    reads = [sql for sql in asked.sent if " as number," in sql]
    assert len(reads) == 4
    assert troubles.CALLS == {"fine": 4, "neighbour": 3, "whose": 2}
    assert len(asked.sent) == 1 + len(reads) + troubles.CALLS["neighbour"]


async def test_parents_met_twice_are_given_once(town: Town, asked: Asked) -> None:
    (customer,) = await people(town, 1)
    provider = await town.provider()
    for _ in range(5):
        await town.transaction(customer, provider)
    answer = await asked.ask(
        "{ transactions { nodes { customer { account } again: customer { account } } } }"
    )
    assert (
        answer["data"]["transactions"]["nodes"]
        == [{"customer": {"account": "de None"}, "again": {"account": "de None"}}] * 5
    )
    assert [len(one) for one in troubles.PARENTS] == [1]


# -- what they see


async def test_what_a_field_needs_is_told_to_those_only_who_may_see_it(town: Town, asked: Asked) -> None:
    (inviter,) = await people(town, 1)
    guest = await town.customer(name="Guest 99", locale="fr", inviter_id=inviter)
    provider = await town.provider()
    await town.transaction(guest, provider)
    document = f'{{ customer(id: "cus_{guest.hex}") {{ name locale account fine }} }}'
    full = await asked.ask(document, STAFF)
    assert full["data"]["customer"]["account"] == f"fr {inviter.hex}"
    # the one who was invited may see that it was, but nothing of whom by
    own = await asked.ask(document, Viewer(kind="customer", customer_id=guest))
    assert own["data"]["customer"]["account"] == "fr None"
    assert troubles.PARENTS[-1][0]["inviter"] is None
    # a provider is not told the locale: neither by the column, nor by what is made of it
    given = len(troubles.PARENTS)
    theirs = await asked.ask(document, Viewer(kind="provider", provider_id=provider))
    assert theirs == {
        "data": {
            "customer": {"name": "Guest 99", "locale": None, "account": None, "fine": "Guest 99 is fine"}
        }
    }
    assert len(troubles.PARENTS) == given, "it is not even called for rows that are not for the viewer"


# -- trouble


CODES = {
    Trouble.HANGS: "FIELD_TIMEOUT",
    Trouble.CLINGS: "FIELD_TIMEOUT",
    Trouble.REFUSES: "BAD_USER_INPUT",
}


@pytest.mark.parametrize("kind", [one for one in Trouble if one is not Trouble.NONE])
async def test_a_field_in_trouble_is_null_and_its_neighbours_are_answered(
    town: Town, asked: Asked, kind: Trouble
) -> None:
    await people(town, 50)
    answer = await asked.ask(
        f"{{ customers(first: 50) {{ nodes {{ trouble(kind: {kind}) fine ok: trouble(kind: NONE) "
        "neighbour { name } } } }"
    )
    nodes = answer["data"]["customers"]["nodes"]
    assert len(nodes) == 50
    assert {one["trouble"] for one in nodes} == {None}
    assert {one["ok"] for one in nodes} == {"NONE"}
    assert all(one["fine"] and one["neighbour"]["name"] for one in nodes)
    (error,) = answer["errors"]
    assert error["path"] == ["customers", "nodes", 0, "trouble"]
    extensions = error["extensions"]
    assert extensions["code"] == CODES.get(kind, "PLUGIN_FAILED")
    assert (extensions["plugin"], extensions["field"], extensions["count"]) == (
        "troubles",
        "Customer.trouble",
        50,
    )
    assert "secret" not in json.dumps(answer)
    if kind in (Trouble.HANGS, Trouble.CLINGS):
        assert [str(kind)] == troubles.CANCELLED
        assert error["message"] == "Customer.trouble took longer than the 0.3 s that a field may take"


async def test_a_field_that_hangs_holds_up_none_of_its_own_with_other_arguments(
    town: Town, asked: Asked
) -> None:
    await people(town, 3)
    answer = await asked.ask(
        "{ customers { nodes { a: trouble(kind: HANGS) b: trouble(kind: RAISES) c: trouble(kind: NONE) } } }"
    )
    assert answer["data"]["customers"]["nodes"] == [{"a": None, "b": None, "c": "NONE"}] * 3
    assert sorted((one["path"][-1], one["extensions"]["code"]) for one in answer["errors"]) == [
        ("a", "FIELD_TIMEOUT"),
        ("b", "PLUGIN_FAILED"),
    ]


async def test_who_gives_up_stops_the_calls(town: Town, asked: Asked) -> None:
    await people(town, 2)
    asking = asyncio.create_task(
        asked.ask("{ customers { nodes { trouble(kind: HANGS) } } }", field_timeout_s=60)
    )
    while not troubles.CALLS["trouble"]:  # noqa: ASYNC110 - the plug-in offers no event
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert troubles.CANCELLED == ["HANGS"]


@pytest.mark.parametrize("part", sorted(BAD))
async def test_a_value_that_does_not_fit_is_null_at_the_nearest_place_that_may_be(
    town: Town, asked: Asked, part: str
) -> None:
    await people(town, 2)
    within = "customer { name }" if part == "customer" else part
    answer = await asked.ask(
        f'{{ customers(orderBy: [{{name: ASC}}]) {{ nodes {{ found(part: "{part}", times: 100) {{ {within} }} '
        "fine } } }"
    )
    first, second = answer["data"]["customers"]["nodes"]
    assert first["fine"] == "Guest 00 is fine"
    assert len(second["found"]) == 200
    (error,) = answer["errors"]
    assert error["message"] == "The plug-in troubles failed."
    assert error["extensions"]["code"] == "PLUGIN_FAILED"
    path = ["customers", "nodes", 0, "found", 0, part]
    if part == "text":
        # it has no null, nor has the list: it is the field that has
        assert first["found"] is None
        assert error["path"] == path
        assert "count" not in error["extensions"]
    else:
        assert [one[part] is None for one in first["found"]] == [True, part == "customer"] * 100
        assert error["path"] == ([*path, 1] if part == "words" else path)
        assert error["extensions"]["count"] == 100


async def test_what_fields_link_to_stays_within_the_budget_of_rows(town: Town, asked: Asked) -> None:
    await people(town, 12)
    document = "{ customers(first: 1) { nodes { name everybody { name transactions(first: 10) { nodes { id } } } } } }"
    answer = await asked.ask(document, row_budget=12 * 11)
    assert len(answer["data"]["customers"]["nodes"][0]["everybody"]) == 12
    answer = await asked.ask(document, row_budget=12 * 11 - 1)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "ROW_BUDGET_EXCEEDED"
    assert error["path"][:4] == ["customers", "nodes", 0, "everybody"]
    assert answer["data"]["customers"]["nodes"] == [{"name": "Guest 00", "everybody": []}]
