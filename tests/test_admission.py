"""A flood of documents never seen before is answered in part, and does not keep those that were seen from theirs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest
from graphql import get_introspection_query

from serai.errors import CompileBusy
from serai.graph.compiling import Compiling
from serai.graph.execute import Engine
from serai.viewers import ANONYMOUS, SYSTEM

from .conftest import OpenPlatform

SEEN = "{ customers(first: 3) { nodes { id name } } }"
FLOOD = 400


def never_seen(number: int) -> str:
    fields = " ".join(f"f{number}x{one}: name" for one in range(20))
    return f"{{ customers(first: 3) {{ nodes {{ id {fields} transactions(first: 2) {{ totalCount }} }} }} }}"


async def test_a_flood_of_new_documents_is_refused_in_part_while_seen_ones_are_all_answered(
    open_here: OpenPlatform,
) -> None:
    platform = await open_here()
    engine = platform.engine
    await engine.execute(SEEN, None, None, SYSTEM)
    outcomes: Counter[str] = Counter()

    async def ask(document: str, kind: str) -> None:
        try:
            result = await engine.execute(document, None, None, SYSTEM)
        except CompileBusy:
            outcomes[f"{kind} refused"] += 1
        else:
            assert result.errors == 0, result.body
            outcomes[kind] += 1

    async with platform.pool.acquire():  # somebody is being answered all the time
        await asyncio.gather(
            *(ask(never_seen(number), "new") for number in range(FLOOD)),
            *(ask(SEEN, "seen") for _ in range(100)),
        )
    assert outcomes["seen"] == 100
    assert outcomes["seen refused"] == 0
    assert outcomes["new"] + outcomes["new refused"] == FLOOD
    assert outcomes["new"] >= 1
    assert outcomes["new refused"] == engine.reading.compiling.refused >= FLOOD // 2
    # Two steps for each document that was let in, and two for the one before.
    assert engine.reading.compiling.done == 2 * outcomes["new"] + 2

    refused = engine.reading.compiling.refused
    await asyncio.gather(*(ask(never_seen(number), "again") for number in range(3)))
    assert (outcomes["again"], engine.reading.compiling.refused) == (3, refused), (
        "nobody else is there: they are compiled"
    )


async def test_one_new_document_asked_for_by_many_at_once_is_compiled_once(open_here: OpenPlatform) -> None:
    engine = (await open_here()).engine
    await asyncio.gather(*(engine.execute(SEEN, None, None, SYSTEM) for _ in range(8)))
    assert len(engine.reading.documents) == 1


async def test_the_whole_introspection_is_worked_out_once(open_here: OpenPlatform) -> None:
    """It takes a second, and whoever may ask nothing else may ask for it."""
    engine = (await open_here()).engine
    document = get_introspection_query()
    first = await engine.execute(document, None, None, ANONYMOUS)
    done = engine.reading.compiling.done
    assert done == 3, "read, planned, answered"
    again = await engine.execute(document, None, None, ANONYMOUS)
    prepared = engine.prepared(document, None, None, ANONYMOUS)
    assert prepared is not None
    assert first == again == await prepared()
    assert json.loads(first.body)["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    assert engine.reading.compiling.done == done


TYPE = 'query ($name: String!) { __type(name: $name) { name } a: __type(name: "Offer") { kind } }'


async def test_introspection_depends_on_its_variables_and_waits_its_turn(open_here: OpenPlatform) -> None:
    engine = (await open_here()).engine

    async def named(name: str) -> str:
        answer = json.loads((await engine.execute(TYPE, {"name": name}, None, ANONYMOUS)).body)
        assert answer["data"]["a"] == {"kind": "INTERFACE"}
        return str(answer["data"]["__type"]["name"])

    assert [await named(one) for one in ("Customer", "Demand", "Customer")] == [
        "Customer",
        "Demand",
        "Customer",
    ]
    engine.reading.compiling = Compiling(lambda: True, burst_s=0, patience_s=-1)
    assert await named("Demand") == "Demand"
    for ask in (engine.execute(TYPE, {"name": "Tag"}, None, ANONYMOUS), _prepared(engine, {"name": "Tag"})):
        with pytest.raises(CompileBusy):
            await ask


async def _prepared(engine: Engine, variables: dict[str, str]) -> object:
    prepared = engine.prepared(TYPE, variables, None, ANONYMOUS)
    assert prepared is not None
    return await prepared()


TYPE_OF = '__type(name: "Customer") { fields { name type { name } } }'
TYPES = " ".join(f"t{number}: {TYPE_OF}" for number in range(50))
TIMES = " ".join(f"a{number}: description" for number in range(800))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (f"{{ __schema {{ types {{ {TIMES} }} }} }}", "the introspection has more than "),
        (
            "{ a: __schema { queryType { name } } b: __schema { queryType { name } } }",
            "asks for __schema 2 times",
        ),
        (
            "{ " + " ".join(f"c{number}: customers {{ totalCount }}" for number in range(101)) + " }",
            "the operation has 101 root fields, of at most 100",
        ),
    ],
)
async def test_an_operation_cannot_ask_for_much_by_asking_often(
    open_here: OpenPlatform, document: str, message: str
) -> None:
    engine = (await open_here()).engine
    answer = json.loads((await engine.execute(document, None, None, ANONYMOUS)).body)
    (error,) = answer["errors"]
    assert message in error["message"]
    assert (error["extensions"]["code"], bool(error["extensions"]["hint"])) == ("BAD_USER_INPUT", True)
    several = json.loads((await engine.execute(f"{{ {TYPES} }}", None, None, ANONYMOUS)).body)
    assert "errors" not in several
    assert len(several["data"]) == 50
