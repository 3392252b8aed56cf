"""The window of a demand: whoever reads sees that it has ended; it is extended, opened anew, and swept up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from serai.core.demands.sweeping import Swept, sweep
from serai.core.plugin import plugin as core
from serai.viewers import Viewer

from .test_proposals import Market, codes

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
DAY = timedelta(days=1)
TOLD = "demand { status nextStates windowStart windowEnd cancelReason version }"


@pytest_asyncio.fixture(loop_scope="session")
async def market(graph: Any, rows: Any) -> AsyncIterator[Market]:
    """A demand whose window ends in two days, with a provider that proposed until tomorrow."""
    customer, scenario = await rows.customer(), await rows.scenario()
    here, rival = await rows.provider(serves=scenario), await rows.provider(serves=scenario)
    demand = await rows.demand(customer, scenario, window_end=datetime.now(UTC) + 2 * DAY)
    made = Market(
        rows=rows, graph=graph, customer=customer, scenario=scenario, demand=demand, here=here, rival=rival,
        buyer=Viewer(kind="customer", customer_id=customer), seller=Viewer(kind="provider", provider_id=here),
        other=Viewer(kind="provider", provider_id=rival),
    )  # fmt: skip
    await made.proposed(made.seller, validUntil=(datetime.now(UTC) + DAY).isoformat())
    yield made


def ahead(days: int) -> str:
    return (datetime.now(UTC) + days * DAY).isoformat()


async def do(market: Market, name: str, viewer: Viewer, **given: Any) -> Any:
    return await market.graph.change(name, TOLD, viewer, {"id": f"dem_{market.demand.hex}", **given})


async def read(market: Market, viewer: Viewer) -> Any:
    document = f"""{{
      demand(id: "dem_{market.demand.hex}") {{ status nextStates }}
      demands(where: {{status: {{in: [OPEN, PROPOSED]}}}}) {{ totalCount }}
      lapsed: demands(where: {{status: {{eq: LAPSED}}}}) {{ totalCount }}
    }}"""
    return await market.graph.ask(document, viewer)


async def test_a_read_after_the_window_sees_that_it_has_ended(market: Market, move_clock: Any) -> None:
    assert await read(market, market.seller) == {
        "demand": {"status": "PROPOSED", "nextStates": ["AWARDED", "CANCELLED", "LAPSED"]},
        "demands": {"totalCount": 1},
        "lapsed": {"totalCount": 0},
    }
    await move_clock(market.graph.platform, 3 * DAY)
    assert await read(market, market.buyer) == {
        "demand": {"status": "LAPSED", "nextStates": ["OPEN"]},
        "demands": {"totalCount": 0},
        "lapsed": {"totalCount": 1},
    }
    assert await read(market, market.seller) == {
        "demand": None,
        "demands": {"totalCount": 0},
        "lapsed": {"totalCount": 0},
    }
    assert await market.rows.value("select status from core_demand") == "PROPOSED"


async def test_nothing_can_be_done_with_what_has_lapsed_but_opening_it_again(
    market: Market, move_clock: Any
) -> None:
    proposal = f"ppl_{(await market.rows.value('select id from core_proposal')).hex}"
    await move_clock(market.graph.platform, 3 * DAY)
    offer = await market.rows.service(market.here)
    sale = {
        "demand": f"dem_{market.demand.hex}",
        "provider": f"prv_{market.here.hex}",
        "lines": [{"offer": f"ofr_{offer.hex}"}],
    }
    refusals = [
        await do(market, "demandCancel", market.buyer),
        await do(market, "demandExtend", market.buyer, windowEnd=ahead(9)),
        await market.award(market.buyer, proposal),
        await market.propose(STAFF, provider=f"prv_{market.rival.hex}"),
        await market.graph.change("transactionPlace", "transaction { id }", market.buyer, sale),
        await market.graph.change("proposalUpdate", "proposal { id }", market.seller, {"id": proposal}),
        await market.graph.change("proposalWithdraw", "proposal { id }", market.seller, {"id": proposal}),
    ]
    assert [one["userErrors"][0]["code"] for one in refusals] == ["ILLEGAL_STATE"] * 7
    assert codes(await market.propose(market.other)) == [("NOT_FOUND", ["demand"])]
    assert await market.rows.value("select count(*) from core_transaction") == 0


async def test_an_extended_demand_goes_on(market: Market, move_clock: Any) -> None:
    end = ahead(9)
    payload = await do(market, "demandExtend", market.buyer, windowEnd=end, expectedVersion=2)
    assert payload["userErrors"] == []
    assert payload["demand"]["status"] == "PROPOSED"
    assert datetime.fromisoformat(payload["demand"]["windowEnd"]) == datetime.fromisoformat(end)
    await move_clock(market.graph.platform, 3 * DAY)
    assert (await read(market, market.other))["demand"]["status"] == "PROPOSED"
    assert (await market.story(market.buyer))[-1] == (
        f"The window was extended until {datetime.fromisoformat(end):%Y-%m-%d %H:%M} UTC",
        "CUSTOMER",
    )
    assert (await market.events())[-1] == "demand.extended"


async def test_what_is_no_extension(market: Market) -> None:
    stranger = Viewer(kind="customer", customer_id=await market.rows.customer())
    for viewer, given, found in (
        (market.buyer, {"windowEnd": ahead(1)}, [("WINDOW_INVALID", ["windowEnd"])]),
        (market.buyer, {"windowEnd": ahead(9), "expectedVersion": 7}, [("CONFLICT", ["expectedVersion"])]),
        (stranger, {"windowEnd": ahead(9)}, [("NOT_FOUND", ["id"])]),
    ):
        assert codes(await do(market, "demandExtend", viewer, **given)) == found
    await market.rows.connection.execute("update core_demand set window_end = null")
    assert codes(await do(market, "demandExtend", STAFF, windowEnd=ahead(9))) == [
        ("WINDOW_INVALID", ["windowEnd"])
    ]


async def test_a_lapsed_demand_is_opened_anew_and_its_lapse_is_written_down_first(
    market: Market, move_clock: Any
) -> None:
    here = await market.rows.value("select name from core_provider where id = $1", market.here)
    await move_clock(market.graph.platform, 3 * DAY)
    end = ahead(30)
    payload = await do(market, "demandReopen", market.buyer, windowEnd=end)
    assert payload["userErrors"] == []
    assert (payload["demand"]["status"], payload["demand"]["version"]) == ("OPEN", 3)
    assert await market.states() == [("EXPIRED", None)]
    assert (await market.events())[2:] == ["proposal.expired", "demand.lapsed", "demand.reopened"]
    assert await market.story(market.buyer) == [
        (f"{here} proposed 120.00 EUR", "PROVIDER"),
        (f"The proposal of {here} expired", None),
        ("The window passed without an award", None),
        (
            f"The demand was opened again until {datetime.fromisoformat(end):%Y-%m-%d %H:%M} UTC",
            "CUSTOMER",
        ),
    ]
    lapsed = await market.rows.value("select at from core_demand_event where kind = 'LAPSED'")
    assert abs(lapsed - (datetime.now(UTC) + 2 * DAY)) < timedelta(minutes=10)
    await market.proposed(market.seller, validUntil=ahead(20))


async def test_a_cancelled_demand_is_opened_anew_with_a_new_window_only(market: Market) -> None:
    assert codes(await do(market, "demandReopen", market.buyer, windowEnd=ahead(9))) == [
        ("ILLEGAL_STATE", ["id"])
    ]
    await do(market, "demandCancel", market.buyer, reason="changed plans")
    for given in ({"windowEnd": ahead(-1)}, {"windowStart": ahead(9), "windowEnd": ahead(8)}):
        assert codes(await do(market, "demandReopen", market.buyer, **given)) == [
            ("WINDOW_INVALID", ["windowEnd"])
        ]
    payload = await do(market, "demandReopen", STAFF, windowStart=ahead(4), windowEnd=ahead(9))
    assert (payload["demand"]["status"], payload["demand"]["cancelReason"]) == ("OPEN", None)
    await do(market, "demandCancel", market.buyer)
    await market.rows.connection.execute("update core_scenario set status = 'ARCHIVED'")
    assert codes(await do(market, "demandReopen", STAFF, windowEnd=ahead(9))) == [("SCENARIO_CLOSED", ["id"])]


async def test_a_sale_undone_after_the_window_leaves_the_demand_lapsed(
    market: Market, move_clock: Any
) -> None:
    proposal = f"ppl_{(await market.rows.value('select id from core_proposal')).hex}"
    await market.award(market.buyer, proposal)
    transaction = await market.rows.value("select id from core_transaction")
    await move_clock(market.graph.platform, 3 * DAY)
    assert (await read(market, market.buyer))["demand"]["status"] == "AWARDED"
    cancelled = await market.graph.change(
        "transactionCancel",
        "transaction { demand { status } }",
        market.seller,
        {"id": f"trx_{transaction.hex}"},
    )
    # its provider does not see it any more
    assert cancelled["transaction"] == {"demand": None}
    assert await market.rows.value("select status from core_demand") == "LAPSED"
    assert (await market.events())[-3:] == ["demand.reopened", "demand.lapsed", "transaction.cancelled"]


async def lapsing(market: Market, count: int) -> list[UUID]:
    end = datetime.now(UTC) - timedelta(hours=1)
    return [await market.rows.demand(market.customer, market.scenario, window_end=end) for _ in range(count)]


async def test_a_sweep_writes_down_what_has_ended_once(market: Market, move_clock: Any) -> None:
    await lapsing(market, 250)
    open_ended = await market.rows.demand(market.customer, market.scenario)
    await move_clock(market.graph.platform, DAY + timedelta(hours=1))
    platform = market.graph.platform
    assert await sweep(platform.change, limit=1_000) == Swept(lapsed=250, expired=1, is_complete=True)
    counted = "select count(*) from core_demand where status = 'LAPSED' and version = 2"
    assert await market.rows.value(counted) == 250
    assert await market.states() == [("EXPIRED", None)]
    told = "select count(*) from core_demand_event e join core_demand d on d.id = e.demand_id and e.at = d.window_end"
    assert await market.rows.value(told) == 250
    assert (await market.events()).count("demand.lapsed") == 250
    assert await market.rows.value("select status from core_demand where id = $1", open_ended) == "OPEN"
    assert await sweep(platform.change, limit=1_000) == Swept(lapsed=0, expired=0, is_complete=True)
    assert (await market.events()).count("demand.lapsed") == 250


async def test_a_sweep_is_bounded_and_leaves_what_others_are_changing(market: Market) -> None:
    first, *_ = await lapsing(market, 5)
    platform = market.graph.platform
    other = await asyncpg.connect(platform.dsn)
    async with other.transaction():
        await other.execute("select from core_demand where id = $1 for no key update", first)
        assert await sweep(platform.change, limit=3) == Swept(lapsed=3, expired=0, is_complete=False)
        assert await sweep(platform.change, limit=3) == Swept(lapsed=1, expired=0, is_complete=True)
    await other.close()
    assert await sweep(platform.change, limit=3) == Swept(lapsed=1, expired=0, is_complete=True)


@pytest.mark.parametrize("name", ["demandExtend", "demandReopen"])
async def test_providers_have_no_say_in_windows(market: Market, name: str) -> None:
    document = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ demand {{ id }} }} }}"
    wanted = {"id": f"dem_{market.demand.hex}", "windowEnd": ahead(9)}
    answer = await market.graph.answer(document, market.seller, input=wanted)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
