"""The subgraph: its text, and entities by representations, each item on its own and all of a type by one statement."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import OpenPlatform
from tests.town import Town

from serai.app import Platform, assemble
from serai.settings import load_settings
from serai.viewers import ANONYMOUS, SYSTEM, Viewer
from serai_sdk.orm import new_id

ENTITIES = """
query ($given: [_Any!]!) {
  _entities(representations: $given) {
    __typename
    ... on Customer { id name transactions(first: 2) { totalCount nodes { number } } }
    ... on Offer { id title provider { name } }
    ... on Stay { quote(checkIn: "2031-05-01", checkOut: "2031-05-03") { total { amount } } }
  }
}
"""


class Subgraph:
    """A platform that is a subgraph, and what it sent to the database."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.sent: list[str] = []
        platform.pool.observers.append(lambda sql, _: self.sent.append(sql))

    async def ask(self, document: str, viewer: Any = SYSTEM, **variables: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        self.sent.clear()
        result = await self.platform.engine.execute(document, variables, None, viewer)
        await asyncio.sleep(0)
        answer: dict[str, Any] = json.loads(result.body)
        return answer

    async def entities(self, *given: Any, viewer: Any = SYSTEM) -> dict[str, Any]:
        return await self.ask(ENTITIES, viewer, given=list(given))


@pytest_asyncio.fixture(loop_scope="session")
async def subgraph(open_here: OpenPlatform) -> AsyncIterator[Subgraph]:
    yield Subgraph(await open_here(federation=True))


def of(name: str, prefix: str, id: Any) -> dict[str, Any]:
    return {"__typename": name, "id": f"{prefix}_{id.hex}"}


async def test_the_served_text_is_the_printed_one(subgraph: Subgraph) -> None:
    answer = await subgraph.ask("{ s: _service { sdl kind: __typename } }", ANONYMOUS)
    assert answer["data"]["s"]["sdl"] == subgraph.platform.assembly.schema.subgraph_sdl
    assert answer["data"]["s"]["sdl"] == assemble(load_settings()).schema.subgraph_sdl
    assert answer["data"]["s"]["kind"] == "_Service"
    assert subgraph.sent == []
    assert 'type Customer implements Node @key(fields: "id")' in answer["data"]["s"]["sdl"]
    assert 'interface Offer implements Node @key(fields: "id")' in answer["data"]["s"]["sdl"]


@pytest.mark.parametrize(
    "document", ["{ _service { sdl again: sdl } }", "{ _service { sdl } a: _service { sdl } }"]
)
async def test_the_long_text_is_answered_once(subgraph: Subgraph, document: str) -> None:
    answer = await subgraph.ask(document, ANONYMOUS)
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_USER_INPUT"]
    assert "data" not in answer


async def test_nothing_of_it_is_there_unless_switched_on(open_here: OpenPlatform) -> None:
    platform = await open_here()
    result = await platform.engine.execute("{ _service { sdl } }", {}, None, SYSTEM)
    (error,) = json.loads(result.body)["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("count", [1, 40])
async def test_all_of_a_type_are_read_at_once_in_the_order_they_were_asked_in(
    town: Town, subgraph: Subgraph, count: int
) -> None:
    provider = await town.provider(name="Campsite")
    customers = [await town.customer(name=f"Guest {number}") for number in range(count)]
    stays = [await town.stay(provider, title=f"Cabin {number}") for number in range(count)]
    await town.transaction(customers[0], provider)
    given = [
        one
        for pair in zip(customers, stays, strict=True)
        for one in (of("Customer", "cus", pair[0]), of("Stay", "ofr", pair[1]))
    ]
    given += [of("Offer", "ofr", stays[0]), given[0], {**given[0], "name": "of another subgraph"}]
    answer = await subgraph.entities(*given)
    assert "errors" not in answer, answer["errors"]
    found = answer["data"]["_entities"]
    assert [one["id"] for one in found] == [one["id"] for one in given]
    assert [one["__typename"] for one in found] == [*["Customer", "Stay"] * count, "Stay", *["Customer"] * 2]
    assert found[0]["transactions"]["totalCount"] == 1
    assert found[0] == found[-1] == found[-2]
    assert found[1]["quote"] == {"total": {"amount": "200.00"}}
    assert found[1] == found[-3]
    # all entities whatever their types, and what the plug-in asks for its quotes
    assert len(subgraph.sent) == 2, subgraph.sent
    again = await subgraph.entities(*given[:2])
    assert again["data"]["_entities"] == found[:2]


async def test_each_representation_fails_alone(town: Town, subgraph: Subgraph) -> None:
    customer = await town.customer(name="Ada")
    good = of("Customer", "cus", customer)
    bad: list[tuple[Any, str]] = [
        ("cus_1", "BAD_USER_INPUT"),
        (["Customer"], "BAD_USER_INPUT"),
        (7, "BAD_USER_INPUT"),
        ({"id": good["id"]}, "BAD_USER_INPUT"),
        ({**good, "__typename": 7}, "BAD_USER_INPUT"),
        ({**good, "__typename": "Costumer"}, "BAD_USER_INPUT"),
        ({**good, "__typename": "Money"}, "BAD_USER_INPUT"),
        ({**good, "__typename": "Node"}, "BAD_USER_INPUT"),
        ({"__typename": "Customer"}, "INVALID_ID"),
        ({**good, "id": 7}, "INVALID_ID"),
        ({**good, "id": None}, "INVALID_ID"),
        ({**good, "id": "nonsense"}, "INVALID_ID"),
        ({**good, "id": good["id"].upper()}, "INVALID_ID"),
        ({**good, "__typename": "Transaction"}, "INVALID_ID"),
    ]
    answer = await subgraph.entities(good, *(one for one, _ in bad), of("Customer", "cus", new_id()), good)
    found = answer["data"]["_entities"]
    assert found[0]["name"] == found[-1]["name"] == "Ada"
    assert found[1:-1] == [None] * (len(bad) + 1)
    assert [(one["path"], one["extensions"]["code"]) for one in answer["errors"]] == [
        (["_entities", 1 + index], code) for index, (_, code) in enumerate(bad)
    ]
    assert all(one["extensions"]["hint"] for one in answer["errors"])


async def test_what_may_not_be_seen_is_as_if_it_were_not_there(town: Town, subgraph: Subgraph) -> None:
    ada, bob = await town.customer(name="Ada"), await town.customer(name="Bob")
    given = [of("Customer", "cus", one) for one in (ada, bob, new_id())]
    answer = await subgraph.entities(*given, viewer=Viewer(kind="customer", customer_id=ada))
    assert "errors" not in answer
    assert [one and one["name"] for one in answer["data"]["_entities"]] == ["Ada", None, None]
    assert (await subgraph.entities(*given, viewer=ANONYMOUS)) == {"data": {"_entities": [None] * 3}}


async def test_rows_of_plugins_that_are_not_here_are_said_to_be_theirs(
    town: Town, subgraph: Subgraph
) -> None:
    provider = await town.provider()
    gone = await town.add(
        "core_offer", kind="gone_thing", provider_id=provider, title="Gone", status="PUBLISHED"
    )
    await town.connection.execute(
        "insert into core_plugin (id, version, prefixes, kinds, seen_at) "
        "values ('gone', '1', '{gne}', '{gone_thing}', serai_now())"
    )
    await subgraph.platform.meet()
    answer = await subgraph.entities(of("Offer", "ofr", gone), of("GoneThing", "gne", new_id()))
    assert answer["data"]["_entities"] == [None, None]
    assert sorted(
        (one["path"][1], one["extensions"]["code"], one["extensions"].get("plugin"))
        for one in answer["errors"]
    ) == [(0, "PLUGIN_ABSENT", None), (1, "PLUGIN_ABSENT", "gone")]


async def test_representations_count_as_the_rows_they_lead_to(town: Town, open_here: OpenPlatform) -> None:
    customer = await town.customer()
    one = of("Customer", "cus", customer)
    small = Subgraph(await open_here(federation=True, row_budget=30))
    assert len((await small.entities(*[one] * 10))["data"]["_entities"]) == 10
    for more in (11, 31):
        answer = await small.entities(*[one] * more)
        assert answer["data"] is None
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["ROW_BUDGET_EXCEEDED"]


async def test_two_under_other_names_and_literals_with_variables_in_them(
    town: Town, subgraph: Subgraph
) -> None:
    ada, bob = await town.customer(name="Ada"), await town.customer(name="Bob")
    provider = await town.provider(name="Campsite")
    document = """
    query ($id: ID!, $type: String!, $one: _Any!) {
      a: _entities(representations: [{__typename: $type, id: $id}]) {
        ... on Customer { id } ... on Provider { id }
      }
      b: _entities(representations: [$one, {__typename: "Customer", id: $id}]) { ... on Customer { name } }
    }
    """
    for type_, prefix, id, name in (
        ("Customer", "cus", ada, "Ada"),
        ("Customer", "cus", bob, "Bob"),
        ("Provider", "prv", provider, "Campsite"),
    ):
        text = f"{prefix}_{id.hex}"
        answer = await subgraph.ask(document, id=text, type=type_, one=of("Customer", "cus", bob))
        assert answer["data"]["a"] == [{"id": text}]
        assert answer["data"]["b"] == [{"name": "Bob"}, {"name": name} if type_ == "Customer" else None]
        assert len(answer.get("errors", [])) == (type_ == "Provider")
