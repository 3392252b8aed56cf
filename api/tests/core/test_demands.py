"""Opening and cancelling demands, through the graph."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from serai.core.plugin import plugin as core
from serai.viewers import Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
FOUND = (
    "demand { id status nextStates answers personalAnswers budget { amount currency } place { cityCode } "
    "contact { name address } customer { id } windowEnd }"
)
FORM = [
    {"key": "guests", "label": "How many?", "kind": "NUMBER", "required": True, "minimum": 1, "maximum": 6},
    {"key": "plate", "label": "Plate?", "kind": "TEXT", "personal": True},
]


async def test_a_customer_opens_a_demand(graph: Any, rows: Any) -> None:
    customer, scenario = await rows.customer(), await rows.scenario(questions=FORM)
    viewer = Viewer(kind="customer", customer_id=customer)
    payload = await graph.change(
        "demandOpen",
        FOUND,
        viewer,
        {
            "scenario": f"scn_{scenario.hex}",
            "answers": {"guests": 4, "plate": "B-XY 1"},
            "budget": {"amount": "12000", "currency": "JPY"},
            "windowStart": "2099-05-01T10:00:00Z",
            "windowEnd": "2099-05-03T10:00:00+02:00",
            "place": {"cityCode": "deber"},
            "contact": {"name": "Zoë", "address": "Lindenstraße 1"},
        },
    )
    assert payload["userErrors"] == []
    assert payload["demand"] | {"id": ""} == {
        "id": "",
        "status": "OPEN",
        "nextStates": ["PROPOSED", "AWARDED", "CANCELLED", "LAPSED"],
        "answers": {"guests": 4},
        "personalAnswers": {"plate": "B-XY 1"},
        "budget": {"amount": "12000", "currency": "JPY"},
        "place": {"cityCode": "DEBER"},
        "contact": {"name": "Zoë", "address": "Lindenstraße 1"},
        "customer": {"id": f"cus_{customer.hex}"},
        "windowEnd": "2099-05-03T08:00:00.000000Z",
    }
    assert await rows.value("select form_version_id from core_demand") == await rows.value(
        "select current_version_id from core_form"
    )
    assert json.loads(await rows.value("select payload::text from core_outbox")) == {
        "scenarioId": str(scenario)
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"answers": {}}, [("ANSWER_MISSING", ["answers", "guests"])]),
        ({"answers": {"guests": 9, "x": 1}}, [("ANSWER_INVALID", ["answers", "guests"]),
                                              ("ANSWER_UNKNOWN", ["answers", "x"])]),
        ({"answers": [1]}, [("ANSWER_INVALID", ["answers"])]),
        ({"windowStart": "2099-01-02T00:00:00Z", "windowEnd": "2099-01-01T00:00:00Z"},
         [("WINDOW_INVALID", ["windowEnd"])]),
        ({"windowEnd": "2000-01-01T00:00:00Z"}, [("WINDOW_INVALID", ["windowEnd"])]),
        ({"budget": {"amount": "-1", "currency": "EUR"}}, [("INVALID", ["budget", "amount"])]),
        ({"customer": f"cus_{uuid4().hex}"}, [("NOT_FOUND", ["customer"])]),
        ({"scenario": f"scn_{uuid4().hex}"}, [("NOT_FOUND", ["scenario"])]),
    ],
)  # fmt: skip
async def test_what_cannot_be_opened(graph: Any, rows: Any, given: dict[str, Any], found: list[Any]) -> None:
    scenario = await rows.scenario(questions=FORM)
    viewer = Viewer(kind="customer", customer_id=await rows.customer())
    payload = await graph.change(
        "demandOpen", FOUND, viewer, {"scenario": f"scn_{scenario.hex}", "answers": {"guests": 1}} | given
    )
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == found
    assert await rows.value("select count(*) from core_demand") == 0


async def test_a_draft_is_hidden_from_customers_and_closed_to_staff(graph: Any, rows: Any) -> None:
    customer, scenario = await rows.customer(), await rows.scenario(status="DRAFT")
    for viewer, code in (
        (Viewer(kind="customer", customer_id=customer), "NOT_FOUND"),
        (STAFF, "SCENARIO_CLOSED"),
    ):
        payload = await graph.change(
            "demandOpen",
            FOUND,
            viewer,
            {"scenario": f"scn_{scenario.hex}", "customer": f"cus_{customer.hex}"},
        )
        assert [one["code"] for one in payload["userErrors"]] == [code]


async def test_a_demand_is_cancelled_by_its_customer_once(graph: Any, rows: Any) -> None:
    customer = await rows.customer()
    demand = await rows.demand(customer, await rows.scenario())
    viewer = Viewer(kind="customer", customer_id=customer)
    stranger = Viewer(kind="customer", customer_id=await rows.customer())
    for asker, codes in ((stranger, ["NOT_FOUND"]), (viewer, []), (viewer, ["ILLEGAL_STATE"])):
        payload = await graph.change(
            "demandCancel", FOUND, asker, {"id": f"dem_{demand.hex}", "reason": "zu teuer"}
        )
        assert [one["code"] for one in payload["userErrors"]] == codes
    assert await rows.value("select cancel_reason from core_demand") == "zu teuer"


async def test_what_a_provider_that_serves_the_scenario_sees(graph: Any, rows: Any) -> None:
    scenario = await rows.scenario()
    demand = await rows.demand(await rows.customer(), scenario)
    selection = "answers note personalAnswers contact { name } customer { id }"
    document = f'{{ demand(id: "dem_{demand.hex}") {{ {selection} }} }}'
    serving, idle = await rows.provider(serves=scenario), await rows.provider()
    suspended = await rows.provider(serves=scenario, status="SUSPENDED")
    for provider in (idle, suspended):
        assert (await graph.ask(document, Viewer(kind="provider", provider_id=provider)))["demand"] is None
    viewer = Viewer(kind="provider", provider_id=serving)
    assert (await graph.ask(document, viewer))["demand"] == {
        "answers": {"guests": 2}, "note": "Bitte klingeln.", "personalAnswers": None, "contact": None, "customer": None
    }  # fmt: skip
    await rows.connection.execute(
        "update core_demand set status = 'AWARDED', awarded_provider_id = $1 where id = $2", idle, demand
    )
    assert (await graph.ask(document, viewer))["demand"] is None
    awarded = (await graph.ask(document, Viewer(kind="provider", provider_id=idle)))["demand"]
    assert (awarded["personalAnswers"], awarded["contact"]) == ({"plate": "B-XY 1"}, {"name": "Zoë"})


async def test_answers_to_a_version_that_is_not_asked_any_more_are_refused(graph: Any, rows: Any) -> None:
    scenario = await rows.scenario(questions=FORM)
    viewer = Viewer(kind="customer", customer_id=await rows.customer())
    form, before = await rows.connection.fetchrow("select id, current_version_id from core_form")
    revised = await graph.change(
        "formRevise", "formVersion { id }", STAFF, {"id": f"frm_{form.hex}", "questions": FORM[:1]}
    )
    for version, codes in (
        (f"fmv_{before.hex}", [("FORM_CHANGED", ["formVersion"])]),
        (revised["formVersion"]["id"], []),
    ):
        payload = await graph.change(
            "demandOpen",
            "demand { formVersion { id number } }",
            viewer,
            {"scenario": f"scn_{scenario.hex}", "formVersion": version, "answers": {"guests": 1}},
        )
        assert [(one["code"], one["field"]) for one in payload["userErrors"]] == codes
    assert payload["demand"]["formVersion"] == {"id": revised["formVersion"]["id"], "number": 2}
    assert await rows.value("select count(*) from core_demand") == 1


async def test_a_scenario_that_asks_nothing_takes_no_answers(graph: Any, rows: Any) -> None:
    scenario = await rows.scenario()
    viewer = Viewer(kind="customer", customer_id=await rows.customer())
    for answers, codes in (({"guests": 1}, ["ANSWER_UNKNOWN"]), ({}, []), (None, [])):
        payload = await graph.change(
            "demandOpen",
            "demand { formVersion { id } }",
            viewer,
            {"scenario": f"scn_{scenario.hex}", "answers": answers},
        )
        assert [one["code"] for one in payload["userErrors"]] == codes
    assert payload["demand"] == {"formVersion": None}


@pytest.mark.parametrize(
    ("place", "locale", "stored"),
    [
        ({"cityCode": "CHZRH"}, "de-DE", "+41446681800"),
        (None, "de-CH", "+41446681800"),
        ({"address": "somewhere"}, "de-CH", "+41446681800"),
        (None, "de", None),
    ],
)
async def test_a_number_is_dialled_where_the_demand_is_else_where_the_customer_is(
    graph: Any, rows: Any, place: Any, locale: str, stored: str | None
) -> None:
    scenario = await rows.scenario(
        questions=[{"key": "phone", "label": "?", "kind": "PHONE", "personal": True}]
    )
    viewer = Viewer(kind="customer", customer_id=await rows.customer(locale=locale))
    payload = await graph.change(
        "demandOpen",
        "demand { personalAnswers }",
        viewer,
        {"scenario": f"scn_{scenario.hex}", "answers": {"phone": "044 668 18 00"}, "place": place},
    )
    if stored is None:
        [error] = payload["userErrors"]
        assert (error["code"], error["field"]) == ("ANSWER_INVALID", ["answers", "phone"])
        assert "begins with +" in error["message"]
    else:
        assert payload["demand"] == {"personalAnswers": {"phone": stored}}
