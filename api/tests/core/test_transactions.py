"""Placing transactions and taking them through their life, through the graph; and what they do to demands."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from serai.core.plugin import plugin as core
from serai.viewers import Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
FOUND = (
    "transaction { id number status nextStates total { amount currency } lineCount quantity "
    "lines { nodes { position title quantity amount { amount } offerKind snapshot } } }"
)
STATE = "transaction { status }"


def customer_of(id: UUID) -> Viewer:
    return Viewer(kind="customer", customer_id=id)


def provider_of(id: UUID) -> Viewer:
    return Viewer(kind="provider", provider_id=id)


async def move(graph: Any, verb: str, viewer: Viewer, id: UUID | str, **more: Any) -> list[str]:
    """Codes of the user errors of one transition."""
    text = id if isinstance(id, str) else f"trx_{id.hex}"
    payload = await graph.change(f"transaction{verb}", STATE, viewer, {"id": text} | more)
    return [one["code"] for one in payload["userErrors"]]


async def test_a_customer_buys_what_is_on_offer_at_its_price(graph: Any, rows: Any) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    one, two = await rows.service(provider, minor=1_250), await rows.service(provider, minor=333)
    payload = await graph.change(
        "transactionPlace",
        FOUND,
        customer_of(customer),
        {
            "provider": f"prv_{provider.hex}",
            "lines": [{"offer": f"ofr_{one.hex}", "quantity": 2}, {"offer": f"ofr_{two.hex}"}],
        },
    )
    assert payload["userErrors"] == []
    transaction = payload["transaction"]
    assert transaction["status"] == "PLACED"
    assert transaction["nextStates"] == ["CONFIRMED", "CANCELLED"]
    assert transaction["total"] == {"amount": "28.33", "currency": "EUR"}
    assert (transaction["lineCount"], transaction["quantity"]) == (2, 3)
    lines = transaction["lines"]["nodes"]
    assert [(line["position"], line["quantity"], line["amount"]["amount"]) for line in lines] == [
        (1, 2, "25.00"),
        (2, 1, "3.33"),
    ]
    assert lines[0]["snapshot"]["unitPrice"] == {"amount": "12.50", "currency": "EUR"}
    assert lines[0]["snapshot"]["unit"] == "HOUR"
    assert await rows.value("select actor->>'customerId' from core_outbox") == str(customer)


async def test_what_a_customer_cannot_buy(graph: Any, rows: Any) -> None:
    customer, provider, other = await rows.customer(), await rows.provider(), await rows.provider()
    offer, foreign = await rows.service(provider), await rows.service(other)
    draft, yen = await rows.service(provider, status="DRAFT"), await rows.service(provider, currency="JPY")
    closed = await rows.provider(status="SUSPENDED")
    of = lambda id: {"offer": f"ofr_{id.hex}"}  # noqa: E731 (a table reads better)
    cheap = {"unitPrice": {"amount": "0.01", "currency": "EUR"}}
    for lines, seller, found in (
        ([], provider, ("LINES_INVALID", ["lines"])),
        ([of(foreign)], provider, ("NOT_FOUND", ["lines", "0", "offer"])),
        ([of(draft)], provider, ("NOT_FOUND", ["lines", "0", "offer"])),
        ([of(offer) | cheap], provider, ("LINES_INVALID", ["lines", "0"])),
        ([{"title": "Gold"} | cheap], provider, ("LINES_INVALID", ["lines", "0"])),
        ([of(offer), of(yen)], provider, ("CURRENCY_MIXED", ["lines"])),
        ([of(offer)], closed, ("NOT_FOUND", ["provider"])),
    ):
        payload = await graph.change(
            "transactionPlace",
            FOUND,
            customer_of(customer),
            {"provider": f"prv_{seller.hex}", "lines": lines},
        )
        assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [found]
    assert await rows.value("select count(*) from core_transaction") == 0


async def test_nobody_buys_for_another_customer_but_staff(graph: Any, rows: Any) -> None:
    buyer, other, provider = await rows.customer(), await rows.customer(), await rows.provider()
    input = {
        "provider": f"prv_{provider.hex}",
        "customer": f"cus_{other.hex}",
        "lines": [{"title": "Gold", "unitPrice": {"amount": "5", "currency": "KWD"}}],
    }
    payload = await graph.change("transactionPlace", FOUND, customer_of(buyer), input)
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [("NOT_FOUND", ["customer"])]
    payload = await graph.change("transactionPlace", FOUND, STAFF, input)
    assert payload["transaction"]["total"] == {"amount": "5.000", "currency": "KWD"}
    del input["customer"]
    payload = await graph.change("transactionPlace", FOUND, STAFF, input)
    assert [one["code"] for one in payload["userErrors"]] == ["CUSTOMER_MISSING"]


async def test_a_demand_is_awarded_opened_again_and_fulfilled_with_its_transaction(
    graph: Any, rows: Any
) -> None:
    customer, scenario = await rows.customer(), await rows.scenario()
    provider = await rows.provider(serves=scenario)
    demand = await rows.demand(customer, scenario)
    offer = await rows.service(provider)

    async def place() -> Any:
        return await graph.change(
            "transactionPlace",
            "transaction { id scenario { id } } demand { status awardedProvider { id } }",
            customer_of(customer),
            {
                "provider": f"prv_{provider.hex}",
                "demand": f"dem_{demand.hex}",
                "lines": [{"offer": f"ofr_{offer.hex}"}],
            },
        )

    async def status() -> Any:
        return await rows.value("select status from core_demand where id = $1", demand)

    first = await place()
    assert first["demand"] == {"status": "AWARDED", "awardedProvider": {"id": f"prv_{provider.hex}"}}
    assert first["transaction"]["scenario"] == {"id": f"scn_{scenario.hex}"}
    second = await place()
    assert [(one["code"], one["field"]) for one in second["userErrors"]] == [("ILLEGAL_STATE", ["demand"])]
    assert await move(graph, "Cancel", provider_of(provider), first["transaction"]["id"], reason="ill") == []
    assert await status() == "OPEN"
    third = await place()
    assert await move(graph, "Confirm", provider_of(provider), third["transaction"]["id"]) == []
    assert await move(graph, "Fulfil", provider_of(provider), third["transaction"]["id"]) == []
    assert await status() == "FULFILLED"
    assert [
        row["event"] for row in await rows.connection.fetch("select event from core_outbox order by seq")
    ] == [
        "demand.awarded", "transaction.placed", "demand.reopened", "transaction.cancelled", "demand.awarded",
        "transaction.placed", "transaction.confirmed", "demand.fulfilled", "transaction.fulfilled",
    ]  # fmt: skip


async def test_anothers_demand_cannot_be_answered(graph: Any, rows: Any) -> None:
    scenario = await rows.scenario()
    provider = await rows.provider(serves=scenario)
    demand, offer = await rows.demand(await rows.customer(), scenario), await rows.service(provider)
    payload = await graph.change(
        "transactionPlace",
        FOUND,
        customer_of(await rows.customer()),
        {
            "provider": f"prv_{provider.hex}",
            "demand": f"dem_{demand.hex}",
            "lines": [{"offer": f"ofr_{offer.hex}"}],
        },
    )
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [("NOT_FOUND", ["demand"])]


STATES = ("PLACED", "CONFIRMED", "FULFILLED", "CANCELLED")
LEGAL = {
    ("PLACED", "Confirm"): "CONFIRMED",
    ("PLACED", "Cancel"): "CANCELLED",
    ("CONFIRMED", "Fulfil"): "FULFILLED",
    ("CONFIRMED", "Cancel"): "CANCELLED",
}


async def test_every_transition_is_legal_or_refused(graph: Any, rows: Any) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    for state in STATES:
        for verb in ("Confirm", "Fulfil", "Cancel"):
            id = await rows.transaction(customer, provider, status=state)
            codes = await move(graph, verb, STAFF, id)
            after = LEGAL.get((state, verb))
            assert codes == ([] if after else ["ILLEGAL_STATE"]), (state, verb)
            assert await rows.value("select status from core_transaction where id = $1", id) == (
                after or state
            )


async def test_who_may_move_a_transaction(graph: Any, rows: Any) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    stranger, rival = await rows.customer(), await rows.provider()
    id = await rows.transaction(customer, provider)
    assert await move(graph, "Cancel", customer_of(stranger), id) == ["NOT_FOUND"]
    assert await move(graph, "Confirm", provider_of(rival), id) == ["NOT_FOUND"]
    for verb in ("Confirm", "Fulfil"):
        answer = await graph.answer(
            f'mutation {{ transaction{verb}(input: {{id: "trx_{id.hex}"}}) {{ userErrors {{ code }} }} }}',
            customer_of(customer),
        )
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
    reader = Viewer(kind="provider", provider_id=rival, permissions=frozenset({"transactions:read"}))
    answer = await graph.answer(
        f'mutation {{ transactionConfirm(input: {{id: "trx_{id.hex}"}}) {{ userErrors {{ code }} }} }}',
        reader,
    )
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
    assert await move(graph, "Confirm", provider_of(provider), id) == []
    assert await move(graph, "Cancel", customer_of(customer), id) == []


async def test_a_provider_sees_name_and_contact_of_the_customer_while_it_is_live(
    graph: Any, rows: Any
) -> None:
    customer, provider = await rows.customer(name="Zoë", phone="+999 1"), await rows.provider()
    id = await rows.transaction(customer, provider)
    document = (
        f'{{ transaction(id: "trx_{id.hex}") {{ customer {{ name email phone kind sourceChannel locale attributes '
        "createdAt version } } }"
    )
    seen = (await graph.ask(document, provider_of(provider)))["transaction"]["customer"]
    assert seen == {
        "name": "Zoë", "email": seen["email"], "phone": "+999 1", "kind": None, "sourceChannel": None, "locale": None,
        "attributes": None, "createdAt": None, "version": None,
    }  # fmt: skip
    assert seen["email"] is not None
    for verb in ("Confirm", "Fulfil"):
        assert (await graph.ask(document, provider_of(provider)))["transaction"]["customer"] is not None
        await move(graph, verb, STAFF, id)
    assert (await graph.ask(document, provider_of(provider)))["transaction"]["customer"] is None


@pytest.mark.parametrize("round", range(3))
async def test_of_64_conflicting_transitions_one_wins(graph: Any, rows: Any, round: int) -> None:
    customer, provider = await rows.customer(), await rows.provider()
    scenario = await rows.scenario()
    demand = await rows.demand(customer, scenario, status="AWARDED", awarded_provider_id=provider)
    id = await rows.transaction(customer, provider, demand_id=demand, scenario_id=scenario)
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    before = await rows.value(deadlocks)
    verbs = ["Cancel" if number % 2 else "Confirm" for number in range(64)]
    outcomes = await asyncio.gather(*(move(graph, verb, STAFF, id) for verb in verbs))
    won = [verb for verb, codes in zip(verbs, outcomes, strict=True) if not codes]
    # a confirmed transaction can still be cancelled, a cancelled one is at its end
    assert won in (["Cancel"], ["Confirm", "Cancel"], ["Cancel", "Confirm"])
    assert all(codes in ([], ["ILLEGAL_STATE"]) for codes in outcomes)
    assert await rows.value("select status from core_transaction") == "CANCELLED"
    assert await rows.value("select status from core_demand") == "OPEN"
    assert await rows.value("select version from core_transaction") == 1 + len(won)
    assert await rows.value("select count(*) from core_outbox where event like 'transaction.%'") == len(won)
    assert await rows.value(deadlocks) == before
