"""The ledger in the graph: balances now and then, statements, sums by asset, and who sees what of a transfer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from serai.viewers import ANONYMOUS, SYSTEM, Viewer
from serai_sdk.ledger import Owner, Posting

from .conftest import Asker, Rows

BALANCE = "balance { posted reserved expected available }"


@pytest_asyncio.fixture(loop_scope="session")
async def moved(graph: Asker, rows: Rows) -> dict[str, UUID]:
    """Ann is given 100.00 EUR and 9 points, pays 30.50 to a provider, and promises Bob 20.00."""
    ann, bob, provider = (
        await rows.customer(name="Ann"),
        await rows.customer(name="Bob"),
        await rows.provider(),
    )
    made: dict[str, UUID] = {"ann": ann, "bob": bob, "provider": provider}

    async def body(ctx: Any) -> dict[str, Any]:
        ledger = ctx.ledger
        euro = await ledger.account(Owner("PLATFORM"), "world", "EUR")
        points = await ledger.account(Owner("PLATFORM"), "world", "POINTS")
        made["wallet"] = await ledger.account(Owner("CUSTOMER", ann), "wallet", "EUR")
        made["points"] = await ledger.account(Owner("CUSTOMER", ann), "reward", "POINTS")
        made["bobs"] = await ledger.account(Owner("CUSTOMER", bob), "wallet", "EUR")
        made["payable"] = await ledger.account(Owner("PROVIDER", provider), "payable", "EUR")
        await ledger.transfer([Posting(euro, made["wallet"], 10_000)], id=uuid4(), reference="paid in")
        await ledger.transfer([Posting(points, made["points"], 9)], id=uuid4())
        return {}

    async def pay(ctx: Any) -> dict[str, Any]:
        ledger = ctx.ledger
        made["paid"] = await ledger.transfer(
            [Posting(made["wallet"], made["payable"], 3_050)], id=uuid4(), reference="order 7"
        )
        await ledger.transfer([Posting(made["wallet"], made["bobs"], 2_000)], id=uuid4(), is_pending=True)
        return {}

    for do in (body, pay):
        assert not (await graph.platform.change(do)).user_errors
    return made


def customer(id: UUID) -> Viewer:
    return Viewer(kind="customer", customer_id=id)


async def test_balances_are_told_in_units_of_the_asset_now_and_then(
    graph: Asker, moved: dict[str, UUID]
) -> None:
    data = await graph.ask(
        f"{{ ledgerAccounts {{ nodes {{ kind asset {BALANCE} }} }} }}", customer(moved["ann"])
    )
    assert sorted(data["ledgerAccounts"]["nodes"], key=lambda one: one["asset"]) == [
        {
            "kind": "wallet",
            "asset": "EUR",
            "balance": {"posted": "69.50", "reserved": "20.00", "expected": "0.00", "available": "49.50"},
        },
        {
            "kind": "reward",
            "asset": "POINTS",
            "balance": {"posted": "9", "reserved": "0", "expected": "0", "available": "9"},
        },
    ]
    statement = await graph.ask(
        "query ($id: ID!) { ledgerAccount(id: $id) { entries { nodes { at amount } } } }",
        customer(moved["ann"]),
        id=f"acc_{moved['wallet'].hex}",
    )
    entries = statement["ledgerAccount"]["entries"]["nodes"]
    assert [one["amount"] for one in entries] == ["100.00", "-30.50", "-20.00"]
    asked = "query ($id: ID!, $at: DateTime) { ledgerAccount(id: $id) { balance(at: $at) { available } } }"
    then = await graph.ask(asked, SYSTEM, id=f"acc_{moved['wallet'].hex}", at=entries[0]["at"])
    assert then["ledgerAccount"]["balance"]["available"] == "100.00"


async def test_what_moved_is_summed_by_asset_and_instant(graph: Asker, moved: dict[str, UUID]) -> None:
    data = await graph.ask(
        "query ($id: ID!) { ledgerEntries(where: {account: {id: {eq: $id}}, isPending: {eq: false}}) "
        "{ groups(by: [{asset: true}]) { nodes { keys { asset } aggregate { count sum { amount } } } } } }",
        SYSTEM,
        id=f"acc_{moved['wallet'].hex}",
    )
    assert data["ledgerEntries"]["groups"]["nodes"] == [
        {"keys": {"asset": "EUR"}, "aggregate": {"count": 2, "sum": {"amount": "69.50"}}}
    ]


async def test_of_a_transfer_everybody_sees_the_own_side(graph: Asker, moved: dict[str, UUID]) -> None:
    document = (
        "query ($id: ID!) { ledgerTransfer(id: $id) "
        "{ phase reference entries { totalCount nodes { amount account { kind } } } } }"
    )

    async def seen(viewer: Viewer) -> Any:
        return (await graph.ask(document, viewer, id=f"tfr_{moved['paid'].hex}"))["ledgerTransfer"]

    told = {"phase": "POSTED", "reference": "order 7"}
    out, into = (
        {"amount": "-30.50", "account": {"kind": "wallet"}},
        {"amount": "30.50", "account": {"kind": "payable"}},
    )
    assert await seen(customer(moved["ann"])) == {**told, "entries": {"totalCount": 1, "nodes": [out]}}
    provider = Viewer(kind="provider", provider_id=moved["provider"])
    assert await seen(provider) == {**told, "entries": {"totalCount": 1, "nodes": [into]}}
    auditor = Viewer(kind="staff", permissions=frozenset(("ledger:read",)))
    found = await seen(auditor)
    assert sorted(Decimal(one["amount"]) for one in found["entries"]["nodes"]) == [
        Decimal("-30.5"),
        Decimal("30.5"),
    ]
    assert await seen(customer(moved["bob"])) is None
    assert await seen(ANONYMOUS) is None


async def test_balances_of_many_are_told_beside_whose_they_are(graph: Asker, moved: dict[str, UUID]) -> None:
    data = await graph.ask(
        "{ customers { nodes { name ledgerAccounts { nodes { asset balance { available } } } } } }", SYSTEM
    )
    held = {
        one["name"]: {each["asset"]: each["balance"]["available"] for each in one["ledgerAccounts"]["nodes"]}
        for one in data["customers"]["nodes"]
    }
    assert held == {"Ann": {"EUR": "49.50", "POINTS": "9"}, "Bob": {"EUR": "0.00"}}
