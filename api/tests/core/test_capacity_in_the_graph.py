"""Capacity in the graph: what is left for a range, what is held when, who sees it, and who takes it off sale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from serai.viewers import Viewer
from serai_sdk.capacity import Claim, Measure

from .conftest import Asker, Rows

MONDAY = date(2027, 3, 1)
DAY = timedelta(days=1)
STAFF = Viewer(kind="staff", permissions=frozenset(("capacity:read", "capacity:write")))
LEFT = "left(startsOn: $from, endsOn: $until)"


@pytest_asyncio.fixture(loop_scope="session")
async def held(graph: Asker, rows: Rows) -> dict[str, UUID]:
    """A cabin of one provider for two nights, with three of another's ten seats and two of nobody's goods."""
    made = {"provider": await rows.provider(), "rival": await rows.provider()}
    made |= {name: uuid4() for name in ("cabin", "seats", "goods", "hold")}

    async def body(ctx: Any) -> dict[str, Any]:
        capacity = ctx.capacity
        await capacity.open(made["cabin"], kind="test.cabin", measure=Measure.DATE, provider=made["provider"])
        await capacity.open(
            made["seats"], kind="test.seats", measure=Measure.DATE, capacity=10, provider=made["rival"]
        )
        await capacity.open(made["goods"], kind="test.goods", measure=Measure.TOTAL, capacity=5)
        stay = MONDAY, MONDAY + 2 * DAY
        await capacity.hold(
            [Claim(made["cabin"], *stay), Claim(made["seats"], *stay, 3), Claim(made["goods"], quantity=2)],
            id=made["hold"],
            reference="trip 7",
        )
        return {}

    assert not (await graph.platform.change(body)).user_errors
    return made


def of(provider: UUID) -> Viewer:
    return Viewer(kind="provider", provider_id=provider)


async def left(graph: Asker, viewer: Viewer, first: int, last: int) -> dict[str, int | None]:
    data = await graph.ask(
        f"query ($from: Date, $until: Date) {{ capacityResources {{ nodes {{ kind {LEFT} }} }} }}",
        viewer,
        **{"from": str(MONDAY + first * DAY), "until": str(MONDAY + last * DAY)},
    )
    return {one["kind"]: one["left"] for one in data["capacityResources"]["nodes"]}


async def test_what_is_left_is_told_of_all_resources_for_a_range(graph: Asker, held: dict[str, UUID]) -> None:
    assert await left(graph, STAFF, 1, 4) == {"test.cabin": 0, "test.seats": 7, "test.goods": 3}
    assert await left(graph, STAFF, 2, 4) == {"test.cabin": 1, "test.seats": 10, "test.goods": 3}
    assert await left(graph, of(held["rival"]), 1, 4) == {"test.seats": 7}
    data = await graph.ask("{ capacityResources { nodes { kind left } } }", STAFF)
    assert {one["kind"]: one["left"] for one in data["capacityResources"]["nodes"]} == {
        "test.cabin": None,
        "test.seats": None,
        "test.goods": 3,
    }


async def test_of_a_hold_providers_see_what_is_theirs(graph: Asker, held: dict[str, UUID]) -> None:
    document = (
        "{ capacityHolds { nodes { state reference claims { totalCount nodes "
        "{ startsAt endsAt quantity isLive resource { kind } } } } } }"
    )
    data = await graph.ask(document, of(held["provider"]))
    [seen] = data["capacityHolds"]["nodes"]
    assert (seen["state"], seen["reference"], seen["claims"]["totalCount"]) == ("CONFIRMED", None, 1)
    assert seen["claims"]["nodes"] == [
        {
            "startsAt": "2027-03-01T00:00:00.000000Z",
            "endsAt": "2027-03-03T00:00:00.000000Z",
            "quantity": 1,
            "isLive": True,
            "resource": {"kind": "test.cabin"},
        }
    ]
    [all_of_it] = (await graph.ask(document, STAFF))["capacityHolds"]["nodes"]
    assert (all_of_it["reference"], all_of_it["claims"]["totalCount"]) == ("trip 7", 3)
    nobody = Viewer(kind="customer", customer_id=uuid4())
    assert (await graph.ask(document, nobody))["capacityHolds"]["nodes"] == []


async def change(graph: Asker, name: str, payload: str, viewer: Viewer, **given: Any) -> Any:
    return await graph.change(name, payload, viewer, given)


async def test_a_provider_takes_its_own_off_sale_and_nobody_elses(
    graph: Asker, held: dict[str, UUID]
) -> None:
    cabin = f"cap_{held['cabin'].hex}"
    wanted = {"resource": cabin, "startsOn": "2027-03-03", "endsOn": "2027-03-05", "reason": "paint"}
    payload = "blackout { id reason }"
    refused = await change(graph, "capacityBlackout", payload, of(held["rival"]), **wanted)
    assert (refused["blackout"], refused["userErrors"][0]["code"]) == (None, "NOT_FOUND")
    done = await change(graph, "capacityBlackout", payload, of(held["provider"]), **wanted)
    assert done["blackout"]["reason"] == "paint"
    assert (await left(graph, STAFF, 2, 4))["test.cabin"] == 0
    assert (await left(graph, STAFF, 4, 6))["test.cabin"] == 1
    ended = await change(
        graph,
        "capacityReopen",
        "resource { kind }",
        of(held["provider"]),
        blackout=done["blackout"]["id"],
    )
    assert ended["resource"] == {"kind": "test.cabin"}
    assert (await left(graph, STAFF, 2, 4))["test.cabin"] == 1


async def test_seats_of_some_dates_and_no_fewer_than_are_held(graph: Asker, held: dict[str, UUID]) -> None:
    pool = {"resource": f"cap_{held['seats'].hex}", "startsOn": "2027-03-02", "endsOn": "2027-03-04"}

    async def seats(capacity: int | None, **more: Any) -> list[str]:
        answer = await change(
            graph, "capacitySeats", "resource { id }", STAFF, **pool | {"capacity": capacity} | more
        )
        return [one["code"] for one in answer["userErrors"]]

    assert await seats(2) == ["CAPACITY_IN_USE"]
    assert await seats(4) == []
    assert (await left(graph, STAFF, 0, 1))["test.seats"] == 7
    assert (await left(graph, STAFF, 0, 2))["test.seats"] == 1
    assert await seats(None) == []
    assert (await left(graph, STAFF, 0, 2))["test.seats"] == 7
    assert await seats(4, startsOn=None) == ["CAPACITY_RANGE_INVALID"]
    assert await seats(4, resource=f"cap_{held['cabin'].hex}") == ["UNIT"]


async def test_a_pool_is_given_another_size_but_never_less_than_is_held(
    graph: Asker, held: dict[str, UUID]
) -> None:
    async def resize(capacity: int, viewer: Viewer = STAFF, what: str = "seats") -> Any:
        wanted = {"resource": f"cap_{held[what].hex}", "capacity": capacity}
        return await change(graph, "capacityResize", "resource { capacity }", viewer, **wanted)

    refused = await resize(2)
    assert [one["code"] for one in refused["userErrors"]] == ["CAPACITY_IN_USE"]
    assert refused["userErrors"][0]["message"] == "3 are held already."
    assert await left(graph, STAFF, 1, 4) == {"test.cabin": 0, "test.seats": 7, "test.goods": 3}
    assert (await resize(3, of(held["rival"])))["resource"] == {"capacity": 3}
    assert (await left(graph, STAFF, 1, 4))["test.seats"] == 0
    assert (await resize(12))["resource"] == {"capacity": 12}
    assert (await left(graph, STAFF, 1, 4))["test.seats"] == 9
    assert [one["code"] for one in (await resize(9, of(held["provider"])))["userErrors"]] == ["NOT_FOUND"]
    assert [one["code"] for one in (await resize(2, what="cabin"))["userErrors"]] == ["UNIT"]
    assert [one["code"] for one in (await resize(1, what="goods"))["userErrors"]] == ["CAPACITY_IN_USE"]
    assert (await resize(2, what="goods"))["resource"] == {"capacity": 2}
