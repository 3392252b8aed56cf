"""Applying and reviewing, through the graph."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from serai.core.plugin import plugin as core
from serai.viewers import Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
FOUND = "provider { id name status nextStates place { cityCode timeZone point { latitude } } }"


async def test_a_person_applies_sees_its_application_and_owns_it(graph: Any, rows: Any) -> None:
    principal = await rows.add(
        "core_principal",
        login="li@example.org",
        display_name="李伟",
        kind="PERSON",
        granted="[]",
        is_active=True,
    )
    viewer = Viewer(kind="customer", customer_id=await rows.customer(), principal_id=principal)
    scenario = await rows.scenario()
    payload = await graph.change(
        "providerApply",
        FOUND,
        viewer,
        {
            "name": "西湖露营地",
            "place": {
                "cityCode": "CNHGH", "timeZone": "Asia/Shanghai", "point": {"latitude": 30.2, "longitude": 120.1}
            },
            "payoutAccount": "XX12",
            "scenarios": [f"scn_{scenario.hex}"],
        },
    )  # fmt: skip
    assert payload["userErrors"] == []
    assert payload["provider"] | {"id": ""} == {
        "id": "", "name": "西湖露营地", "status": "APPLIED",
        "nextStates": ["IN_REVIEW", "APPROVED", "REJECTED", "LEFT"],
        "place": {"cityCode": "CNHGH", "timeZone": "Asia/Shanghai", "point": {"latitude": 30.2}},
    }  # fmt: skip
    assert await rows.value("select principal_id from core_provider_member where role = 'OWNER'") == principal
    assert await rows.value("select count(*) from core_scenario_provider") == 1


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"point": {"latitude": 91, "longitude": 0}}, ["place", "point"]),
        ({"cityCode": "Berlin"}, ["place", "cityCode"]),
        ({"timeZone": "Berlin"}, ["place", "timeZone"]),
    ],
)
async def test_a_place_is_on_the_earth(graph: Any, place: dict[str, Any], field: list[str]) -> None:
    payload = await graph.change("providerApply", FOUND, STAFF, {"name": "x", "place": place})
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [("INVALID", field)]


async def test_one_applies_for_published_scenarios_only(graph: Any, rows: Any) -> None:
    draft = await rows.scenario(status="DRAFT")
    payload = await graph.change(
        "providerApply", FOUND, STAFF, {"name": "x", "scenarios": [f"scn_{draft.hex}"]}
    )
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
        ("NOT_FOUND", ["scenarios", "0"])
    ]


async def test_a_review_goes_the_legal_way_only(graph: Any, rows: Any) -> None:
    id = await rows.provider(status="APPLIED")
    seen = []
    for status in ("SUSPENDED", "APPROVED", "APPLIED", "SUSPENDED", "APPROVED", "LEFT", "APPROVED"):
        payload = await graph.change(
            "providerReview", FOUND, STAFF, {"id": f"prv_{id.hex}", "status": status}
        )
        seen.append([(one["code"], one["message"]) for one in payload["userErrors"]])
    assert seen == [
        [
            (
                "ILLEGAL_STATE",
                "The provider is APPLIED and cannot become SUSPENDED: "
                "it can go to IN_REVIEW, APPROVED, REJECTED, LEFT.",
            )
        ],
        [],
        [
            (
                "ILLEGAL_STATE",
                "The provider is APPROVED and cannot become APPLIED: it can go to SUSPENDED, LEFT.",
            )
        ],
        [],
        [],
        [],
        [("ILLEGAL_STATE", "The provider is LEFT and cannot become APPROVED: no state follows that one.")],
    ]
    assert await rows.value("select version from core_provider where id = $1", id) == 5
    assert await rows.value("select count(*) from core_outbox where event = 'provider.reviewed'") == 4
