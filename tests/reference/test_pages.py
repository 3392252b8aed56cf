"""Pages, walked from both ends in random orders, are the whole list: nothing twice, nothing left out."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

import pytest

from .drafts import Draft, written
from .house import OPERATOR, House
from .nouns import LISTS
from .trials import Trials

WALKS = 30
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def list_of(house: House, viewer: str, name: str, arguments: str) -> dict[str, Any]:
    answer = await house.ask(
        house.engine, f"{{ {name}({arguments}) {{ nodes {{ id }} {PAGE} }} }}", {}, house.viewers[viewer]
    )
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"][name]
    return found


async def walked(house: House, viewer: str, name: str, order: str, *, size: int, forward: bool) -> list[str]:
    """The ids of all pages, put together."""
    count, cursor, onward, mark = (
        ("first", "after", "hasNextPage", "endCursor")
        if forward
        else ("last", "before", "hasPreviousPage", "startCursor")
    )
    ids: list[str] = []
    at, is_start = "", True
    while True:
        page = await list_of(house, viewer, name, f"{count}: {size}, orderBy: {order}{at}")
        info, found = page["pageInfo"], [one["id"] for one in page["nodes"]]
        assert info["hasPreviousPage" if forward else "hasNextPage"] is not is_start
        ids = [*ids, *found] if forward else [*found, *ids]
        if not info[onward]:
            return ids
        assert len(found) == size
        at, is_start = f', {cursor}: "{info[mark]}"', False


async def test_pages_put_together_are_the_list(house: House) -> None:
    seed = SystemRandom().randrange(1_000_000)
    trials = Trials(house, seed, house.viewers)
    draw = trials.generator.random
    for _ in range(WALKS):
        viewer = draw.choice(sorted(house.viewers))
        name, noun = draw.choice(sorted(LISTS.items()))
        view = house.reference.view(house.viewers[viewer])
        order = written(Draft(draw, house.reference.schema, view, house.reference.marks).order(noun))
        ids = await walked(house, viewer, name, order, size=100, forward=True)
        if not ids:
            continue
        for forward in (True, False):
            size = draw.choice((1, 3, 4) if len(ids) <= 100 else (13, 40))
            found = await walked(house, viewer, name, order, size=size, forward=forward)
            assert found == ids, f"seed {seed}: {name}(orderBy: {order}) as {viewer}"


@pytest.mark.parametrize("ends", ["first: 2", "last: 2", "first: 50", "last: 50", "first: 0"])
async def test_a_page_between_two_cursors_knows_of_both_sides(house: House, ends: str) -> None:
    cursors = [
        (await list_of(house, OPERATOR, "scenarios", f"first: {size}"))["pageInfo"]["endCursor"]
        for size in (1, 5)
    ]
    between = f'after: "{cursors[0]}", before: "{cursors[1]}"'
    page = await list_of(house, OPERATOR, "scenarios", f"{ends}, {between}")
    assert len(page["nodes"]) == min(3, int(ends.split()[1]))
    assert page["pageInfo"]["hasNextPage"]
    assert page["pageInfo"]["hasPreviousPage"]


async def test_two_words_for_one_order_have_the_same_cursors(house: House) -> None:
    first = await list_of(house, OPERATOR, "demands", "first: 2, orderBy: [{note: ASC}]")
    cursor = first["pageInfo"]["endCursor"]
    onward = await list_of(
        house, OPERATOR, "demands", f'first: 100, after: "{cursor}", orderBy: [{{note: ASC_NULLS_LAST}}]'
    )
    assert len(onward["nodes"]) == 28
    refused = await house.ask(
        house.engine,
        f'{{ demands(after: "{cursor}", orderBy: [{{note: ASC_NULLS_FIRST}}]) {{ totalCount nodes {{ id }} }} }}',
        {},
        house.viewers[OPERATOR],
    )
    assert refused["errors"][0]["extensions"]["code"] == "BAD_CURSOR"
