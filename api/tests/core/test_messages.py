"""Messages of a proposal: who writes, who reads, while what lasts, and how many."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest_asyncio

from serai.core.messages import service
from serai.viewers import Viewer

from .test_proposals import Market, codes
from .test_proposals import market as market  # the fixture

TOLD = "message { text side member { name } staff { name } } proposal { messageCount }"
DESK = Viewer(kind="staff", permissions=frozenset({"proposals:read", "proposals:write"}))


@pytest_asyncio.fixture(loop_scope="session")
async def proposal(market: Market) -> str:
    return await market.proposed(market.seller)


async def post(market: Market, viewer: Viewer, proposal: str, text: str = "Is breakfast included?") -> Any:
    return await market.graph.change(
        "proposalMessagePost", TOLD, viewer, {"proposal": proposal, "text": text}
    )


async def thread(market: Market, viewer: Viewer, proposal: str) -> Any:
    document = (
        f'{{ proposal(id: "{proposal}") {{ messageCount messages(first: 50) {{ nodes {{ text side }} }} }} }}'
    )
    found = (await market.graph.ask(document, viewer))["proposal"]
    return found and [(one["side"], one["text"]) for one in found["messages"]["nodes"]]


async def test_both_sides_and_staff_write_and_nobody_else_reads(market: Market, proposal: str) -> None:
    asked = await post(market, market.buyer, proposal, "  Is breakfast included?  ")
    assert asked == {
        "message": {"text": "Is breakfast included?", "side": "CUSTOMER", "member": None, "staff": None},
        "proposal": {"messageCount": 1},
        "userErrors": [],
    }
    await post(market, market.seller, proposal, "It is.")
    await post(market, DESK, proposal, "We are here to help.")
    told = [
        ("CUSTOMER", "Is breakfast included?"),
        ("PROVIDER", "It is."),
        ("STAFF", "We are here to help."),
    ]
    for viewer in (market.buyer, market.seller, DESK):
        assert await thread(market, viewer, proposal) == told
    assert await thread(market, market.other, proposal) is None
    stranger = Viewer(kind="customer", customer_id=await market.rows.customer())
    for viewer in (market.other, stranger):
        assert codes(await post(market, viewer, proposal)) == [("NOT_FOUND", ["proposal"])]
    assert codes(await post(market, DESK, f"ppl_{uuid4().hex}")) == [("NOT_FOUND", ["proposal"])]
    assert await market.rows.value("select count(*) from core_proposal_message") == 3


async def test_events_say_that_something_was_written_not_what(market: Market, proposal: str) -> None:
    await post(market, market.buyer, proposal, "My number is +49 30 901820.")
    told = await market.rows.value("select payload::text from core_outbox where event = 'proposal.messaged'")
    assert json.loads(told) == {
        "proposalId": str(await market.rows.value("select id from core_proposal")),
        "demandId": str(market.demand),
        "providerId": str(market.here),
        "side": "CUSTOMER",
    }
    outbox = "select count(*) from core_outbox where core_outbox::text like '%901820%'"
    assert await market.rows.value(outbox) == 0


async def test_who_writes_as_member_or_staff_is_told_to_who_may_know(market: Market, proposal: str) -> None:
    principal = await market.rows.add(
        "core_principal", login="mona", display_name="Mona", kind="PERSON", granted="[]", is_active=True
    )
    await market.rows.add(
        "core_provider_member", provider_id=market.here, principal_id=principal, name="Mona", role="OWNER"
    )
    role = await market.rows.value("select id from core_role where name = 'support'")
    desk = await market.rows.add("core_staff", name="Sam", role_id=role, is_active=True)
    mona = Viewer(kind="provider", provider_id=market.here, principal_id=principal)
    sam = Viewer(kind="staff", staff_id=desk, permissions=DESK.permissions | {"providers:read"})
    assert (await post(market, mona, proposal))["message"]["member"] == {"name": "Mona"}
    assert (await post(market, sam, proposal))["message"]["staff"] is None
    document = f'{{ proposal(id: "{proposal}") {{ messages {{ nodes {{ member {{ name }} staff {{ name }} }} }} }} }}'
    nobody = {"member": None, "staff": None}
    found = (await market.graph.ask(document, market.buyer))["proposal"]["messages"]["nodes"]
    assert found == [nobody, nobody]
    found = (await market.graph.ask(document, sam))["proposal"]["messages"]["nodes"]
    assert found == [{"member": {"name": "Mona"}, "staff": None}, nobody]


async def test_after_the_award_only_with_the_winner(market: Market, proposal: str) -> None:
    lost = await market.proposed(market.other, "99.00")
    assert codes(await post(market, market.buyer, lost)) == []
    await market.award(market.buyer, proposal)
    assert codes(await post(market, market.buyer, proposal)) == []
    assert codes(await post(market, market.seller, proposal)) == []
    for viewer in (market.buyer, market.other, DESK):
        assert codes(await post(market, viewer, lost)) == [("ILLEGAL_STATE", ["proposal"])]
    assert await thread(market, market.other, lost) == [("CUSTOMER", "Is breakfast included?")]


async def test_a_cancelled_demand_is_talked_about_no_more(market: Market, proposal: str) -> None:
    demand = f"dem_{market.demand.hex}"
    await market.graph.change("demandCancel", "demand { id }", market.buyer, {"id": demand})
    for viewer in (market.buyer, market.seller):
        refused = await post(market, viewer, proposal)
        assert codes(refused) == [("ILLEGAL_STATE", ["proposal"])]
    assert refused["userErrors"][0]["message"].startswith(
        "The proposal is CLOSED: messages are exchanged while"
    )


async def test_messages_are_bounded(market: Market, proposal: str) -> None:
    assert codes(await post(market, market.buyer, proposal, "   ")) == [("INVALID", ["text"])]
    too_long = await post(market, market.buyer, proposal, "x" * 4_001)
    assert codes(too_long) == [("INVALID_INPUT", ["text"])]
    assert codes(await post(market, market.buyer, proposal, "x" * 4_000)) == []
    for _ in range(service.MOST_AT_ONCE - 1):
        assert codes(await post(market, market.buyer, proposal)) == []
    assert codes(await post(market, market.buyer, proposal)) == [("TOO_MANY", ["proposal"])]
    assert codes(await post(market, market.seller, proposal)) == []
    await market.rows.connection.execute(
        """
        insert into core_proposal_message (id, created_at, updated_at, version, proposal_id, side, text)
        select gen_random_uuid(), now() - interval '1 day', now(), 1, id, 'STAFF', 'x'
        from core_proposal, generate_series(1, $1)
        """,
        service.MOST,
    )
    refused = await post(market, market.seller, proposal)
    assert codes(refused) == [("TOO_MANY", ["proposal"])]
    assert str(service.MOST) in refused["userErrors"][0]["message"]
