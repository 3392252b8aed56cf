"""Ways round the rights that are no cells: refusals, cursors, kinds of offer, whose an open demand is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from serai.graph.execute import Engine
from serai.viewers import ANONYMOUS, Viewer
from serai_sdk import permission
from serai_sdk.access import AllOf

from .expectations import NOUNS, Eye
from .matrix import Matrix
from .world import Row, id_of

ABSENT = "0" * 31 + "1"


async def ask(engine: Engine, viewer: Viewer, document: str, **variables: Any) -> dict[str, Any]:
    """The whole answer."""
    answer: dict[str, Any] = json.loads((await engine.execute(document, variables, None, viewer)).body)
    return answer


ASKED = f'{{id: {{eq: "dem_{id_of("bob_proposed").hex}"}}}}'
PARTY = f'{{id: {{eq: "prv_{id_of("party").hex}"}}}}'


@pytest.mark.parametrize(
    "question",
    [
        f"proposals(where: {{provider: {PARTY}}})",
        f'proposals(where: {{and: [{{demand: {ASKED}}}, {{not: {{provider: {{name: {{contains: "rival"}}}}}}}}]}})',
        f"demands(where: {{and: [{ASKED}, {{proposals: {{some: {{provider: {PARTY}}}}}}}]}})",
        f"demands(where: {{and: [{ASKED}, {{not: {{proposals: {{none: {{provider: {PARTY}}}}}}}}}]}})",
        f"demands(where: {{and: [{ASKED}, {{history: {{some: {{kind: {{eq: AWARDED}}}}}}}}]}})",
        f"demands(where: {{and: [{ASKED}, {{history: {{some: {{proposal: {{provider: {PARTY}}}}}}}}}]}})",
        f'demands(where: {{and: [{ASKED}, {{history: {{some: {{text: {{contains: "Sentence 4"}}}}}}}}]}})',
        f"providers(where: {{and: [{PARTY}, {{proposals: {{some: {{}}}}}}]}})",
        f"providers(where: {{and: [{PARTY}, {{proposals: {{some: {{messages: {{some: {{}}}}}}}}}}]}})",
        f"scenarios(where: {{demands: {{some: {{proposals: {{some: {{provider: {PARTY}}}}}}}}}}})",
        f"demands(where: {{and: [{ASKED}, {{proposals: {{aggregate: {{count: {{gte: 2}}}}}}}}]}})",
        f"providers(where: {{and: [{PARTY}, {{proposals: {{aggregate: {{count: {{gt: 0}}}}}}}}]}})",
        f"providers(where: {{and: [{PARTY}, {{proposals: {{aggregate: {{max: {{terms: {{ne: null}}}}}}}}}}]}})",
    ],
)
async def test_a_rival_learns_nothing_of_another_proposal(matrix: Matrix, question: str) -> None:
    """Both see the demand they answered; whether and what the other has proposed, no question tells."""
    viewer = matrix.viewers["member of the rival"]
    answer = await ask(matrix.engine(), viewer, f"{{ r: {question} {{ totalCount nodes {{ id }} }} }}")
    assert answer == {"data": {"r": {"totalCount": 0, "nodes": []}}}


OPEN = "{status: {in: [OPEN, PROPOSED]}}"
DORA = f'{{id: {{eq: "cus_{id_of("dora").hex}"}}}}'


@pytest.mark.parametrize(
    "question",
    [
        f"customers(where: {{demands: {{some: {OPEN}}}}})",
        f"customers(where: {{not: {{demands: {{none: {OPEN}}}}}}})",
        "customers(where: {not: {demands: {every: {status: {eq: AWARDED}}}}})",
        f"demands(where: {{and: [{OPEN}, {{customer: {DORA}}}]}})",
        f'demands(where: {{and: [{OPEN}, {{customer: {{name: {{contains: ""}}}}}}]}})',
        f"demands(where: {{and: [{OPEN}, {{customer: {{transactions: {{some: {{}}}}}}}}]}})",
        f'demands(where: {{and: [{OPEN}, {{contact: {{email: {{contains: "dora"}}}}}}]}})',
        f"scenarios(where: {{demands: {{some: {{and: [{OPEN}, {{customer: {DORA}}}]}}}}}})",
        f"transactions(where: {{customer: {{demands: {{some: {OPEN}}}}}}})",
        f"transactions(where: {{demand: {{and: [{OPEN}, {{customer: {{}}}}]}}}})",
        f"bookings(where: {{customer: {{demands: {{some: {OPEN}}}}}}})",
        f"bookings(where: {{transaction: {{demand: {{and: [{OPEN}, {{customer: {{}}}}]}}}}}})",
        f"providers(where: {{transactions: {{some: {{customer: {{demands: {{some: {OPEN}}}}}}}}}}})",
    ],
)
async def test_a_provider_cannot_tell_whose_an_open_demand_is(matrix: Matrix, question: str) -> None:
    """It knows the customer, and it sees the demand: that the one is the other's, no question tells."""
    viewer = matrix.viewers["member of the party"]
    answer = await ask(matrix.engine(), viewer, f"{{ r: {question} {{ totalCount nodes {{ id }} }} }}")
    assert answer == {"data": {"r": {"totalCount": 0, "nodes": []}}}


async def test_sums_tell_a_provider_nothing_of_whose_an_open_demand_is(matrix: Matrix) -> None:
    """Keys are null, and nobody is counted."""
    viewer = matrix.viewers["member of the party"]
    document = f"""{{
      demands(where: {OPEN}) {{
        totalCount
        aggregate {{ count countDistinct {{ customer }} }}
        groups(by: [{{customer: {{id: true}}}}, {{contact: {{email: true}}}}]) {{
          nodes {{ keys {{ customer {{ id }} contact {{ email }} }} aggregate {{ count }} }}
        }}
      }}
    }}"""
    demands = (await ask(matrix.engine(), viewer, document))["data"]["demands"]
    assert demands["totalCount"] > 1
    assert demands["aggregate"] == {"count": demands["totalCount"], "countDistinct": {"customer": 0}}
    assert demands["groups"]["nodes"] == [
        {
            "keys": {"customer": {"id": None}, "contact": {"email": None}},
            "aggregate": {"count": demands["totalCount"]},
        }
    ]


async def test_a_known_customer_shows_no_open_demand(matrix: Matrix) -> None:
    viewer = matrix.viewers["member of the party"]
    document = f"""{{
      customer(id: "cus_{id_of("dora").hex}") {{
        name demandCount
        demands(first: 10) {{ totalCount nodes {{ id }} edges {{ cursor }} }}
        open: demands(where: {OPEN}) {{ totalCount pageInfo {{ startCursor hasNextPage }} }}
      }}
      demand(id: "dem_{id_of("dora_open").hex}") {{ customer {{ id }} contact {{ name }} personalAnswers status }}
    }}"""
    data = (await ask(matrix.engine(), viewer, document))["data"]
    awarded = f"dem_{id_of('dora_awarded').hex}"
    assert data["customer"]["name"] == "Customer dora"
    assert data["customer"]["demandCount"] == data["customer"]["demands"]["totalCount"] == 1
    assert [one["id"] for one in data["customer"]["demands"]["nodes"]] == [awarded]
    assert data["customer"]["open"] == {
        "totalCount": 0,
        "pageInfo": {"startCursor": None, "hasNextPage": False},
    }
    assert data["demand"] == {"customer": None, "contact": None, "personalAnswers": None, "status": "OPEN"}


async def test_a_cursor_holds_nothing_of_what_is_hidden(matrix: Matrix) -> None:
    """A cursor is not secret: whoever gets it can read the keys of the order in it."""
    viewer = matrix.viewers["member of the party"]
    document = """query ($order: [DemandOrderBy!]) {
      demands(first: 100, where: {status: {in: [OPEN, PROPOSED]}}, orderBy: $order) {
        pageInfo { startCursor endCursor } edges { cursor }
      }
    }"""
    engine = matrix.engine()
    for order in (
        {"cancelReason": "ASC"},
        {"contact": {"email": "DESC"}},
        {"customer": {"name": "ASC"}},
        {"customer": {"id": "DESC_NULLS_FIRST"}},
        {"customer": {"inviter": {"name": "ASC"}}},
    ):
        page = (await ask(engine, viewer, document, order=[order]))["data"]["demands"]
        cursors = [*page["pageInfo"].values(), *(one["cursor"] for one in page["edges"])]
        assert len(cursors) == 6
        assert {json.loads(base64.b64decode(one))[1] for one in cursors} == {None}


async def test_a_default_order_by_a_guarded_field_tells_nothing_of_it(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity = matrix.platform.assembly.registry.entities["Demand"]
    monkeypatch.setattr(entity, "order", (("cancelReason", False),))
    document = "{ demands(first: 100) { edges { cursor node { id cancelReason } } } }"
    viewer = matrix.viewers["member of the rival"]
    edges = (await ask(matrix.engine(), viewer, document))["data"]["demands"]["edges"]
    held = [(json.loads(base64.b64decode(one["cursor"]))[1], one["node"]["cancelReason"]) for one in edges]
    assert [cursor for cursor, _ in held] == [reason for _, reason in held]
    assert {reason for _, reason in held} == {None, "Reason bob_awarded"}


async def test_a_hidden_row_of_an_absent_plugin_is_not_even_said_to_be_absent(matrix: Matrix) -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"
    engine = matrix.engine()
    hidden = await ask(engine, ANONYMOUS, document, id=f"ofr_{id_of('hidden_kind').hex}")
    public = await ask(engine, ANONYMOUS, document, id=f"ofr_{id_of('kind_of_nobody').hex}")
    assert hidden == {"data": {"node": None}}
    assert public["errors"][0]["extensions"]["code"] == "PLUGIN_ABSENT"


async def test_what_a_kind_of_offer_asks_besides_holds_by_every_path(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its rows are reached as offers, by people who have never heard of the kind."""
    registry = matrix.platform.assembly.registry
    stay, asked = registry.entities["Stay"], permission("booking:read")
    monkeypatch.setattr(stay, "own_rule", asked)
    monkeypatch.setattr(stay, "rule", AllOf((stay.rule, asked)))
    offers = NOUNS["Offer"].sees

    def sees(eye: Eye, row: Row) -> bool:
        return offers(eye, row) and (row["kind"] != "booking_stay" or eye.may("booking:read"))

    expected = {**NOUNS, **{name: replace(NOUNS[name], sees=sees) for name in ("Offer", "Stay")}}
    viewers = {name: one for name, one in matrix.viewers.items() if name in WHO_LOOKS_FOR_STAYS}
    stricter = await Matrix.open(matrix.platform, matrix.world, viewers, nouns=expected)
    concerned = {"Offer", "Stay", "Booking", "TransactionLine", "Provider", "Scenario"}
    cells = [
        cell
        for cell in stricter.cells
        if cell.noun in concerned and not cell.path.startswith("batched") and _is_about_offers(cell.document)
    ]
    found = [one async for one in stricter.differences(cells)]
    assert not found, "\n".join(map(str, found[:5]))


WHO_LOOKS_FOR_STAYS = {
    "anonymous",
    "customer ada",
    "member of the party",
    "member of the suspended",
    "staff with booking:read",
    "staff with offers:read",
    "app with everything",
}


def _is_about_offers(document: str) -> bool:
    return any(word in document for word in ("offer", "Offer", "stay", "Stay"))


async def test_who_may_not_see_a_row_is_refused_as_if_it_were_not_there(matrix: Matrix) -> None:
    """The same words for what is hidden and for what never was."""
    engine = matrix.platform.engine
    ada, rival = matrix.viewers["customer ada"], matrix.viewers["member of the rival"]
    for viewer, mutation, field, hidden, more in (
        (ada, "demandCancel", "id", "dem_bob_proposed", {}),
        (ada, "demandAward", "proposal", "ppl_rival_asks", {"expectedVersion": 99}),
        (rival, "proposalSubmit", "demand", "dem_bob_elsewhere", ANSWER),
        (rival, "proposalSubmit", "demand", "dem_ada_awarded", ANSWER),
        (
            rival,
            "proposalSubmit",
            "provider",
            "prv_party",
            {**ANSWER, "demand": f"dem_{id_of('ada_open').hex}"},
        ),
        (ada, "proposalMessagePost", "proposal", "ppl_party_asks", {"text": "Hello"}),
        (rival, "proposalMessagePost", "proposal", "ppl_party_asks", {"text": "Hello"}),
        (rival, "proposalUpdate", "id", "ppl_party_asks", {"expectedVersion": 99}),
        (rival, "proposalWithdraw", "id", "ppl_party_won", {"expectedVersion": 99}),
        (
            rival,
            "proposalSubmit",
            "offer",
            "ofr_service_draft",
            {**ANSWER, "demand": f"dem_{id_of('ada_open').hex}"},
        ),
        (ada, "demandOpen", "scenario", "scn_draft", {}),
        (ada, "demandOpen", "customer", "cus_bob", {"scenario": f"scn_{id_of('camping').hex}"}),
        (ada, "customerUpdate", "id", "cus_bob", {"name": "Mine"}),
        (ada, "transactionCancel", "id", "trx_bob_rival", {}),
        (ada, "transactionPlace", "provider", "prv_suspended", {"lines": []}),
        (
            ada,
            "transactionPlace",
            "demand",
            "dem_bob_proposed",
            {"provider": f"prv_{id_of('party').hex}", "lines": []},
        ),
        (
            ada,
            "transactionPlace",
            "scenario",
            "scn_draft",
            {"provider": f"prv_{id_of('party').hex}", "lines": []},
        ),
        (
            ada,
            "transactionPlace",
            "customer",
            "cus_bob",
            {"provider": f"prv_{id_of('party').hex}", "lines": []},
        ),
        (ada, "bookingPlace", "stay", "ofr_stay_draft", NIGHTS),
        (ada, "bookingPlace", "stay", "ofr_stay_of_suspended", {**NIGHTS, "guests": 99}),
        (ada, "bookingPlace", "customer", "cus_bob", {**NIGHTS, "stay": f"ofr_{id_of('stay').hex}"}),
        (ada, "bookingCancel", "id", "bkg_booking_rival", {"expectedVersion": 99}),
        (ada, "providerApply", "scenarios", "scn_draft", {"name": "Mine"}),
        (rival, "transactionConfirm", "id", "trx_ada_party", {"expectedVersion": 99}),
        (rival, "transactionFulfil", "id", "trx_bob_party_done", {}),
        (rival, "bookingCancel", "id", "bkg_booking_ada", {}),
    ):
        prefix, _, name = hidden.partition("_")
        told = [
            await _refusal(engine, viewer, mutation, {**more, field: [id] if field == "scenarios" else id})
            for id in (f"{prefix}_{id_of(name).hex}", f"{prefix}_{ABSENT}")
        ]
        assert told[0] == told[1], (mutation, field)
        assert told[0], (mutation, field)


ANSWER = {
    "price": {"amount": "1.00", "currency": "EUR"},
    "terms": "All in.",
    "validUntil": "2999-01-01T00:00:00Z",
}
NIGHTS = {"checkIn": "2030-07-01", "checkOut": "2030-07-03", "guests": 1}


async def _refusal(engine: Engine, viewer: Viewer, mutation: str, input: Mapping[str, Any]) -> Any:
    name = mutation[:1].upper() + mutation[1:]
    told = "userErrors { code message field }"
    document = f"mutation ($input: {name}Input!) {{ m: {mutation}(input: $input) {{ {told} }} }}"
    answer = await ask(engine, viewer, document, input=dict(input))
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["m"]["userErrors"]
