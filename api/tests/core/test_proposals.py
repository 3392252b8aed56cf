"""From demand to award: proposals submitted, changed, withdrawn, and one of them winning, through the graph."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from serai.core.plugin import plugin as core
from serai.viewers import Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
TOLD = (
    "id status nextStates price { amount currency } terms version closedReason withdrawReason "
    "transaction { id } provider { id } demand { status }"
)
AWARDED = (
    "demand { status awardedProvider { id } proposalCount } proposal { status version } "
    "transaction { status channel total { amount currency } lines { nodes { title quantity offer { id } snapshot } } }"
)


@dataclass(slots=True)
class Market:
    """A customer with an open demand, and two providers that serve its scenario."""

    rows: Any
    graph: Any
    customer: UUID
    scenario: UUID
    demand: UUID
    here: UUID
    rival: UUID
    buyer: Viewer
    seller: Viewer
    other: Viewer

    async def propose(self, viewer: Viewer, euros: str = "120.00", **more: Any) -> Any:
        """Submit a proposal that holds for a week; returns the payload."""
        given = {
            "demand": f"dem_{self.demand.hex}",
            "price": {"amount": euros, "currency": "EUR"},
            "terms": "Two nights, breakfast included.",
            "validUntil": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        }
        return await self.graph.change("proposalSubmit", f"proposal {{ {TOLD} }}", viewer, {**given, **more})

    async def proposed(self, viewer: Viewer, euros: str = "120.00", **more: Any) -> str:
        """The id of a proposal just submitted."""
        payload = await self.propose(viewer, euros, **more)
        assert payload["userErrors"] == []
        id: str = payload["proposal"]["id"]
        return id

    async def award(self, viewer: Viewer, proposal: str, **more: Any) -> Any:
        return await self.graph.change("demandAward", AWARDED, viewer, {"proposal": proposal} | more)

    async def states(self) -> list[tuple[str, str | None]]:
        """State and reason of all proposals, in the order they were submitted."""
        statement = "select status, closed_reason from core_proposal order by created_at"
        return [tuple(row) for row in await self.rows.connection.fetch(statement)]

    async def story(self, viewer: Viewer) -> list[tuple[str, str | None]]:
        document = (
            f'{{ demand(id: "dem_{self.demand.hex}") {{ history(first: 50) {{ nodes {{ text side }} }} }} }}'
        )
        found = (await self.graph.ask(document, viewer))["demand"]["history"]["nodes"]
        return [(one["text"], one["side"]) for one in found]

    async def events(self) -> list[str]:
        rows = await self.rows.connection.fetch("select event from core_outbox order by seq")
        return [row["event"] for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def market(graph: Any, rows: Any) -> AsyncIterator[Market]:
    customer, scenario = await rows.customer(), await rows.scenario()
    here = await rows.provider(serves=scenario)
    rival = await rows.provider(serves=scenario)
    yield Market(
        rows=rows,
        graph=graph,
        customer=customer,
        scenario=scenario,
        demand=await rows.demand(customer, scenario),
        here=here,
        rival=rival,
        buyer=Viewer(kind="customer", customer_id=customer),
        seller=Viewer(kind="provider", provider_id=here),
        other=Viewer(kind="provider", provider_id=rival),
    )


def codes(payload: Any) -> list[Any]:
    return [(one["code"], one["field"]) for one in payload["userErrors"]]


async def test_the_first_proposal_makes_a_demand_proposed(market: Market) -> None:
    payload = await market.propose(market.seller)
    assert payload["userErrors"] == []
    assert payload["proposal"] | {"id": ""} == {
        "id": "",
        "status": "SUBMITTED",
        "nextStates": ["AWARDED", "WITHDRAWN", "CLOSED", "EXPIRED"],
        "price": {"amount": "120.00", "currency": "EUR"},
        "terms": "Two nights, breakfast included.",
        "version": 1,
        "closedReason": None,
        "withdrawReason": None,
        "transaction": None,
        "provider": {"id": f"prv_{market.here.hex}"},
        "demand": {"status": "PROPOSED"},
    }
    await market.proposed(market.other, "99.00")
    assert await market.events() == ["proposal.submitted", "demand.proposed", "proposal.submitted"]
    told = await market.rows.value("select payload::text from core_outbox order by seq limit 1")
    assert json.loads(told) == {
        "demandId": str(market.demand),
        "providerId": str(market.here),
        "priceMinor": 12_000,
        "currency": "EUR",
    }
    assert await market.rows.value("select version from core_demand") == 2


async def test_a_provider_proposes_once_and_changes_what_it_proposed(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    assert codes(await market.propose(market.seller)) == [("ALREADY_PROPOSED", ["demand"])]
    changed = await market.graph.change(
        "proposalUpdate",
        f"proposal {{ {TOLD} }}",
        market.seller,
        {
            "id": proposal,
            "price": {"amount": "110.00", "currency": "EUR"},
            "terms": "One night.",
            "expectedVersion": 1,
        },
    )
    assert changed["userErrors"] == []
    assert (changed["proposal"]["price"]["amount"], changed["proposal"]["version"]) == ("110.00", 2)
    again = await market.graph.change(
        "proposalUpdate", "proposal { id }", market.seller, {"id": proposal, "expectedVersion": 1}
    )
    assert codes(again) == [("CONFLICT", ["expectedVersion"])]
    assert await market.states() == [("SUBMITTED", None)]


async def test_who_withdraws_may_propose_anew_and_the_demand_stays_proposed(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    wanted = {"id": proposal, "reason": "fully booked"}
    gone = await market.graph.change("proposalWithdraw", f"proposal {{ {TOLD} }}", market.seller, wanted)
    assert gone["proposal"] | {"id": ""} == gone["proposal"] | {
        "id": "",
        "status": "WITHDRAWN",
        "nextStates": [],
        "withdrawReason": "fully booked",
        "demand": {"status": "PROPOSED"},
    }
    assert codes(await market.graph.change("proposalWithdraw", "proposal { id }", market.seller, wanted)) == [
        ("ILLEGAL_STATE", ["id"])
    ]
    assert codes(
        await market.graph.change("proposalUpdate", "proposal { id }", market.seller, {"id": proposal})
    ) == [("ILLEGAL_STATE", ["id"])]
    await market.proposed(market.seller, "80.00")
    assert await market.states() == [("WITHDRAWN", None), ("SUBMITTED", None)]


async def test_an_award_closes_the_others_and_places_the_transaction(market: Market) -> None:
    offer = await market.rows.service(market.here)
    winner = await market.proposed(market.seller, "120.00", offer=f"ofr_{offer.hex}")
    await market.proposed(market.other, "99.00")
    payload = await market.award(market.buyer, winner, expectedVersion=1)
    assert payload["userErrors"] == []
    assert payload["demand"] == {
        "status": "AWARDED",
        "awardedProvider": {"id": f"prv_{market.here.hex}"},
        "proposalCount": 2,
    }
    assert payload["proposal"] == {"status": "AWARDED", "version": 2}
    [line] = payload["transaction"].pop("lines")["nodes"]
    assert payload["transaction"] == {
        "status": "PLACED",
        "channel": "award",
        "total": {"amount": "120.00", "currency": "EUR"},
    }
    title = await market.rows.value("select title from core_offer")
    assert (line["title"], line["quantity"], line["offer"]) == (title, 1, {"id": f"ofr_{offer.hex}"})
    assert line["snapshot"]["unitPrice"] == {"amount": "120.00", "currency": "EUR"}
    assert line["snapshot"]["kind"] == "core_service"
    assert await market.states() == [("AWARDED", None), ("CLOSED", "ANOTHER_AWARDED")]
    assert (await market.events())[-4:] == [
        "demand.awarded",
        "proposal.awarded",
        "proposal.closed",
        "transaction.placed",
    ]
    assert codes(await market.award(market.buyer, winner)) == [("ILLEGAL_STATE", ["proposal"])]
    assert await market.rows.value("select count(*) from core_transaction") == 1


async def test_a_price_that_was_changed_unread_is_not_accepted(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    dearer = {"id": proposal, "price": {"amount": "500.00", "currency": "EUR"}}
    await market.graph.change("proposalUpdate", "proposal { id }", market.seller, dearer)
    assert codes(await market.award(market.buyer, proposal, expectedVersion=1)) == [
        ("CONFLICT", ["expectedVersion"])
    ]
    assert await market.rows.value("select count(*) from core_transaction") == 0
    assert await market.states() == [("SUBMITTED", None)]


async def test_a_proposal_reads_expired_cannot_win_and_makes_room_for_another(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    await market.rows.connection.execute("update core_proposal set valid_until = now() - interval '1 s'")
    document = f'{{ proposal(id: "{proposal}") {{ status nextStates }} }}'
    assert await market.graph.ask(document, market.buyer) == {
        "proposal": {"status": "EXPIRED", "nextStates": []}
    }
    refused = await market.award(market.buyer, proposal)
    assert [(one["code"], one["message"]) for one in refused["userErrors"]] == [
        (
            "ILLEGAL_STATE",
            "The proposal is EXPIRED and cannot become AWARDED: no state follows that one.",
        )
    ]
    await market.proposed(market.seller, "90.00")
    assert await market.states() == [("EXPIRED", None), ("SUBMITTED", None)]
    assert "proposal.expired" in await market.events()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"price": {"amount": "-1.00", "currency": "EUR"}}, [("INVALID", ["price", "amount"])]),
        ({"price": {"amount": "1", "currency": "JPY"}}, [("CURRENCY_MISMATCH", ["price", "currency"])]),
        ({"price": {"amount": "90000000000000000000", "currency": "EUR"}}, [("INVALID_INPUT", ["price"])]),
        ({"terms": "  "}, [("INVALID", ["terms"])]),
        ({"validUntil": "2001-01-01T00:00:00Z"}, [("VALIDITY_INVALID", ["validUntil"])]),
        ({"validUntil": "2999-01-01T00:00:00Z"}, [("VALIDITY_INVALID", ["validUntil"])]),
        ({"offer": f"ofr_{uuid4().hex}"}, [("NOT_FOUND", ["offer"])]),
        ({"demand": f"dem_{uuid4().hex}"}, [("NOT_FOUND", ["demand"])]),
        ({"provider": f"prv_{uuid4().hex}"}, [("NOT_FOUND", ["provider"])]),
    ],
)  # fmt: skip
async def test_what_cannot_be_proposed(market: Market, given: dict[str, Any], found: list[Any]) -> None:
    await market.rows.connection.execute(
        "update core_demand set budget_minor = 1, budget_currency = 'EUR', window_end = now() + interval '30 days'"
    )
    assert codes(await market.propose(market.seller, **given)) == found
    assert await market.rows.value("select count(*) from core_proposal") == 0
    assert await market.rows.value("select status from core_demand") == "OPEN"


async def test_only_published_services_of_ones_own_can_be_proposed(market: Market) -> None:
    draft, foreign = (
        await market.rows.service(market.here, status="DRAFT"),
        await market.rows.service(market.rival),
    )
    stay = await market.rows.add(
        "core_offer", kind="booking_stay", provider_id=market.here, title="Hut", status="PUBLISHED"
    )
    for offer, code in ((draft, "OFFER_UNAVAILABLE"), (foreign, "NOT_FOUND"), (stay, "OFFER_UNAVAILABLE")):
        payload = await market.propose(market.seller, offer=f"ofr_{offer.hex}")
        assert codes(payload) == [(code, ["offer"])]
    assert "booking_stay" in payload["userErrors"][0]["message"]
    assert await market.rows.value("select count(*) from core_proposal") == 0


async def test_only_approved_providers_that_serve_the_scenario_propose(market: Market) -> None:
    idle = await market.rows.provider()
    suspended = await market.rows.provider(serves=market.scenario, status="SUSPENDED")
    for provider in (idle, suspended):
        viewer = Viewer(kind="provider", provider_id=provider)
        assert codes(await market.propose(viewer)) == [("NOT_FOUND", ["demand"])]
        named = await market.propose(STAFF, provider=f"prv_{provider.hex}")
        assert codes(named) == [("PROVIDER_UNAVAILABLE", ["provider"])]
    assert codes(await market.propose(STAFF)) == [("PROVIDER_MISSING", ["provider"])]
    assert codes(await market.propose(STAFF, provider=f"prv_{market.here.hex}")) == []
    refused = await market.graph.answer(
        "mutation($input: ProposalSubmitInput!) { proposalSubmit(input: $input) { proposal { id } } }",
        market.buyer,
        input={
            "demand": f"dem_{market.demand.hex}",
            "price": {"amount": "1", "currency": "EUR"},
            "terms": "x",
            "validUntil": "2999-01-01T00:00:00Z",
        },
    )
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_who_withdrew_is_not_told_what_became_of_the_demand(market: Market) -> None:
    withdrawn = await market.proposed(market.other, "99.00")
    await market.graph.change("proposalWithdraw", "proposal { id }", market.other, {"id": withdrawn})
    await market.award(market.buyer, await market.proposed(market.seller, "90.00"))
    for name, given in (("proposalUpdate", {"terms": "x"}), ("proposalWithdraw", {})):
        refused = await market.graph.change(name, "proposal { id }", market.other, {"id": withdrawn} | given)
        assert codes(refused) == [("ILLEGAL_STATE", ["id"])]
        assert "AWARDED" not in refused["userErrors"][0]["message"]


async def test_a_suspended_provider_may_withdraw_but_neither_change_nor_win(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    await market.rows.connection.execute("update core_provider set status = 'SUSPENDED'")
    assert codes(await market.award(market.buyer, proposal)) == [("PROVIDER_UNAVAILABLE", ["provider"])]
    for name, found in (
        ("proposalUpdate", [("PROVIDER_UNAVAILABLE", ["provider"])]),
        ("proposalWithdraw", []),
    ):
        payload = await market.graph.change(name, "proposal { id }", market.seller, {"id": proposal})
        assert codes(payload) == found
    assert await market.rows.value("select status from core_demand") == "PROPOSED"


async def test_a_demand_is_awarded_by_its_customer_or_staff(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    stranger = Viewer(kind="customer", customer_id=await market.rows.customer())
    assert codes(await market.award(stranger, proposal)) == [("NOT_FOUND", ["proposal"])]
    rival = await market.graph.change("proposalWithdraw", "proposal { id }", market.other, {"id": proposal})
    assert codes(rival) == [("NOT_FOUND", ["id"])]
    assert codes(await market.award(STAFF, proposal)) == []


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [
        ("demandCancel", "DEMAND_CANCELLED", "NOT_FOUND"),
        # its winner sees the demand, but that it is no longer open
        ("transactionPlace", "SOLD_OTHERWISE", "ILLEGAL_STATE"),
    ],
)
async def test_a_demand_that_ends_otherwise_closes_its_proposals(
    market: Market, name: str, reason: str, code: str
) -> None:
    await market.proposed(market.seller)
    await market.proposed(market.other)
    await market.rows.connection.execute(
        "update core_proposal set valid_until = now() - interval '1 s' where provider_id = $1", market.rival
    )
    offer = await market.rows.service(market.here)
    demand = f"dem_{market.demand.hex}"
    wanted: dict[str, Any] = {
        "demandCancel": {"id": demand},
        "transactionPlace": {
            "demand": demand,
            "provider": f"prv_{market.here.hex}",
            "lines": [{"offer": f"ofr_{offer.hex}"}],
        },
    }
    payload = await market.graph.change(name, "demand { status }", market.buyer, wanted[name])
    assert payload["userErrors"] == []
    assert await market.states() == [("CLOSED", reason), ("EXPIRED", None)]
    assert codes(await market.propose(market.seller)) == [(code, ["demand"])]


async def test_a_cancelled_transaction_opens_the_demand_and_providers_propose_anew(market: Market) -> None:
    proposal = await market.proposed(market.seller)
    await market.proposed(market.other)
    await market.award(market.buyer, proposal)
    transaction = await market.rows.value("select id from core_transaction")
    cancelled = await market.graph.change(
        "transactionCancel",
        "transaction { demand { status awardedProvider { id } } }",
        market.seller,
        {"id": f"trx_{transaction.hex}"},
    )
    assert cancelled["transaction"] == {"demand": {"status": "OPEN", "awardedProvider": None}}
    assert await market.states() == [("CLOSED", "TRANSACTION_CANCELLED"), ("CLOSED", "ANOTHER_AWARDED")]
    again = await market.proposed(market.seller, "100.00")
    assert codes(await market.award(market.buyer, again)) == []
    assert (await market.states())[-1] == ("AWARDED", None)


async def test_history_reads_like_a_story_to_those_who_may_read_it(market: Market) -> None:
    named = "select name from core_provider where id = $1"
    here, rival = (
        await market.rows.value(named, market.here),
        await market.rows.value(named, market.rival),
    )
    proposal = await market.proposed(market.seller)
    other = await market.proposed(market.other, "99.00")
    cheaper = {"id": other, "price": {"amount": "95.00", "currency": "EUR"}}
    await market.graph.change("proposalUpdate", "proposal { id }", market.other, cheaper)
    assert await market.story(market.seller) == [(f"{here} proposed 120.00 EUR", "PROVIDER")]
    await market.graph.change("proposalWithdraw", "proposal { id }", market.other, {"id": other})
    await market.award(market.buyer, proposal)
    transaction = await market.rows.value("select id from core_transaction")
    await market.graph.change(
        "transactionCancel", "transaction { id }", market.seller, {"id": f"trx_{transaction.hex}"}
    )
    await market.graph.change("demandCancel", "demand { id }", STAFF, {"id": f"dem_{market.demand.hex}"})
    assert await market.story(market.buyer) == [
        (f"{here} proposed 120.00 EUR", "PROVIDER"),
        (f"{rival} proposed 99.00 EUR", "PROVIDER"),
        (f"{rival} changed its proposal to 95.00 EUR", "PROVIDER"),
        (f"{rival} withdrew its proposal", "PROVIDER"),
        (f"Awarded to {here} for 120.00 EUR", "CUSTOMER"),
        ("The transaction was cancelled: the demand is open again", "PROVIDER"),
        ("The demand was cancelled", "STAFF"),
    ]
