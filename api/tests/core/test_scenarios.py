"""Drafting, publishing and archiving scenarios, through the graph."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from serai.core.plugin import plugin as core
from serai.viewers import ANONYMOUS, Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
FOUND = "scenario { id slug status nextStates version questions { key label kind required choices minimum personal } }"
QUESTION = {"key": "guests", "label": "How many?", "kind": "NUMBER", "required": True, "minimum": 1}


async def test_a_scenario_is_a_draft_until_it_is_published(graph: Any) -> None:
    created = await graph.change(
        "scenarioCreate", FOUND, STAFF, {"name": "Camping", "slug": "camping", "questions": [QUESTION]}
    )
    scenario = created["scenario"]
    assert (scenario["status"], scenario["version"]) == ("DRAFT", 1)
    assert scenario["questions"] == [QUESTION | {"minimum": 1.0, "choices": None, "personal": False}]
    public = "{ scenarios { nodes { slug } } }"
    assert (await graph.ask(public, ANONYMOUS))["scenarios"]["nodes"] == []
    updated = await graph.change(
        "scenarioUpdate", FOUND, STAFF, {"id": scenario["id"], "status": "PUBLISHED", "expectedVersion": 1}
    )
    assert updated["userErrors"] == []
    assert updated["scenario"]["nextStates"] == ["DRAFT", "ARCHIVED"]
    assert (await graph.ask(public, ANONYMOUS))["scenarios"]["nodes"] == [{"slug": "camping"}]


async def test_what_cannot_be_drafted(graph: Any, rows: Any) -> None:
    await graph.change("scenarioCreate", FOUND, STAFF, {"name": "a", "slug": "taken"})
    wrong = QUESTION | {"key": "Guests"}
    for given, found in (
        ({"slug": "taken"}, [("SLUG_TAKEN", ["slug"])]),
        ({"slug": "No Slug"}, [("INVALID", ["slug"])]),
        ({"questions": [QUESTION, wrong]}, [("FORM_INVALID", ["questions", "1", "key"])]),
        ({"questions": [QUESTION, QUESTION]}, [("FORM_INVALID", ["questions", "1", "key"])]),
    ):
        payload = await graph.change("scenarioCreate", FOUND, STAFF, {"name": "b", "slug": "free"} | given)
        assert [(one["code"], one["field"]) for one in payload["userErrors"]] == found
    assert await rows.value("select count(*) from core_scenario") == 1


async def test_an_archived_scenario_is_not_published_at_once(graph: Any, rows: Any) -> None:
    id = await rows.scenario(status="ARCHIVED")
    payload = await graph.change(
        "scenarioUpdate", FOUND, STAFF, {"id": f"scn_{id.hex}", "status": "PUBLISHED"}
    )
    assert [one["code"] for one in payload["userErrors"]] == ["ILLEGAL_STATE"]
