"""The feed: what is written is told once it is stamped, in one order, to those it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import orjson

from serai.app import Platform
from serai.core.demands.models import Demand
from serai.viewers import SYSTEM, Viewer

from .conftest import OpenPlatform
from .town import Town

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset({"events:read"}))
NAMES = "pageInfo { endCursor hasNextPage } nodes { position type aggregateId aggregateVersion payload }"


async def ask(platform: Platform, document: str, viewer: Viewer = STAFF, **variables: Any) -> Any:
    result = await platform.engine.execute(document, variables, None, viewer)
    return orjson.loads(result.body)


async def extend(platform: Platform, demand: UUID, *ends: str) -> None:
    """One change that emits an event for each end."""

    async def body(ctx: Any) -> Mapping[str, Any]:
        row = await ctx.change.get(Demand, demand)
        await ctx.change.save(row)
        for end in ends:
            await ctx.change.emit("demand.extended", row, {"windowEnd": end})
        return {}

    await platform.change(body)


async def test_events_are_told_when_they_are_stamped_and_in_the_order_they_were_emitted_in(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    demand = await town.demand(await town.customer(), await town.scenario())
    await extend(platform, demand, "a", "b")
    await extend(platform, demand, "c")
    asked = f"{{ events {{ {NAMES} }} }}"
    for viewer in (STAFF, SYSTEM):
        assert (await ask(platform, asked, viewer))["data"]["events"]["nodes"] == []
    assert await platform.stamp() == 3
    assert await platform.stamp() == 0
    assert (await ask(platform, asked))["data"]["events"]["nodes"] == [
        {
            "position": position,
            "type": "demand.extended",
            "aggregateId": f"dem_{demand.hex}",
            "aggregateVersion": version,
            "payload": {"windowEnd": end},
        }
        for position, version, end in (("1", 2, "a"), ("2", 2, "b"), ("3", 3, "c"))
    ]


async def test_who_reads_goes_on_after_the_cursor_it_kept_and_a_wrong_one_is_told(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    customer, scenario = await town.customer(), await town.scenario()
    demands = [await town.demand(customer, scenario) for _ in range(2)]
    for number, demand in enumerate((*demands, *demands)):
        await extend(platform, demand, str(number))
    await platform.stamp()
    page = f"query($after: String) {{ events(first: 3, after: $after) {{ {NAMES} }} }}"
    first = (await ask(platform, page))["data"]["events"]
    assert [one["position"] for one in first["nodes"]] == ["1", "2", "3"]
    kept = first["pageInfo"]["endCursor"]
    second = (await ask(platform, page, after=kept))["data"]["events"]
    assert [one["position"] for one in second["nodes"]] == ["4"]
    assert (await ask(platform, page, after=second["pageInfo"]["endCursor"]))["data"]["events"]["nodes"] == []
    of_one = f'{{ events(aggregate: "dem_{demands[1].hex}", types: ["demand.extended"]) {{ {NAMES} }} }}'
    assert [one["position"] for one in (await ask(platform, of_one))["data"]["events"]["nodes"]] == ["2", "4"]
    others = f'{{ events(types: ["demand.opened"]) {{ {NAMES} }} }}'
    assert (await ask(platform, others))["data"]["events"]["nodes"] == []
    for document in (
        f'{{ events(types: ["demand.opened", "demand.opend"]) {{ {NAMES} }} }}',
        f"query($types: [String!]) {{ events(types: $types) {{ {NAMES} }} }}",
    ):
        [error] = (await ask(platform, document, types=["demand.opend"]))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "there is no type of event 'demand.opend'" in error["message"]
        assert "did you mean 'demand.opened'?" in str(error)
    [error] = (await ask(platform, page, after="seventeen"))["errors"]
    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert "pass a cursor that this list gave out" in str(error)


async def test_a_customer_reads_what_is_told_to_it_and_not_who_did_it(
    open_here: OpenPlatform, town: Town
) -> None:
    platform = await open_here()
    ada, bob, scenario = await town.customer(), await town.customer(), await town.scenario()
    await extend(platform, await town.demand(ada, scenario), "of ada")
    await extend(platform, await town.demand(bob, scenario), "of bob")
    await platform.stamp()
    viewer = Viewer(kind="customer", customer_id=ada, principal_id=uuid4())
    answer = await ask(platform, "{ events { totalCount nodes { payload actor } } }", viewer)
    assert answer["data"]["events"] == {
        "totalCount": 1,
        "nodes": [{"payload": {"windowEnd": "of ada"}, "actor": None}],
    }


async def test_types_of_events_are_described(open_here: OpenPlatform) -> None:
    platform = await open_here()
    types = "{ eventTypes { name version description toldTo payload { name description } } }"
    answer = {one["name"]: one for one in (await ask(platform, types))["data"]["eventTypes"]}
    assert answer["demand.awarded"] == {
        "name": "demand.awarded",
        "version": 1,
        "description": "A demand was awarded to a provider.",
        "toldTo": ["CUSTOMER"],
        "payload": [{"name": "providerId", "description": "to whom"}],
    }
    assert answer["booking.placed"]["toldTo"] == ["CUSTOMER"]


async def test_a_running_stamper_takes_up_what_it_is_woken_for_and_what_nobody_woke_it_for(
    open_here: OpenPlatform, town: Town
) -> None:
    running, silent = await open_here(), await open_here()
    demand = await town.demand(await town.customer(), await town.scenario())
    running.stamper.start()
    for platform in (running, silent):
        await extend(platform, demand, "x")
    count = "{ events { totalCount } }"
    async with asyncio.timeout(20):
        while (await ask(running, count))["data"]["events"]["totalCount"] < 2:  # noqa: ASYNC110 - it is told over the graph only
            await asyncio.sleep(0.01)
    await running.stamper.stop()
