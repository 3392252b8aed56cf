"""Drafting, publishing and archiving scenarios, through the graph."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from serai.core.plugin import plugin as core
from serai.viewers import ANONYMOUS, Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
FOUND = "scenario { id slug status nextStates version form { id key } }"
QUESTION = {"key": "guests", "label": "How many?", "kind": "NUMBER", "required": True, "minimum": 1}


async def test_a_scenario_is_a_draft_until_it_is_published(graph: Any, rows: Any) -> None:
    form = f"frm_{(await rows.form([QUESTION])).hex}"
    created = await graph.change(
        "scenarioCreate", FOUND, STAFF, {"name": "Camping", "slug": "camping", "form": form}
    )
    scenario = created["scenario"]
    assert (scenario["status"], scenario["version"]) == ("DRAFT", 1)
    assert scenario["form"]["id"] == form
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
    archived = await rows.form([QUESTION], status="ARCHIVED")
    for given, found in (
        ({"slug": "taken"}, [("SLUG_TAKEN", ["slug"])]),
        ({"slug": "No Slug"}, [("INVALID", ["slug"])]),
        ({"form": f"frm_{uuid4().hex}"}, [("NOT_FOUND", ["form"])]),
        ({"form": f"frm_{archived.hex}"}, [("FORM_ARCHIVED", ["form"])]),
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


async def test_a_scenario_takes_another_form_or_none_and_keeps_one_that_was_archived(
    graph: Any, rows: Any
) -> None:
    scenario = await rows.scenario(questions=[QUESTION])
    other = await rows.form([QUESTION | {"key": "people"}])
    for given, found in (
        ({"form": f"frm_{other.hex}"}, f"frm_{other.hex}"),
        ({"name": "Another name"}, f"frm_{other.hex}"),
        ({"form": None}, None),
    ):
        payload = await graph.change("scenarioUpdate", FOUND, STAFF, {"id": f"scn_{scenario.hex}"} | given)
        assert payload["userErrors"] == []
        form = payload["scenario"]["form"]
        assert (form and form["id"]) == found
    kept = await rows.scenario(questions=[QUESTION])
    await rows.connection.execute("update core_form set status = 'ARCHIVED'")
    form = await rows.value("select form_id from core_scenario where id = $1", kept)
    payload = await graph.change(
        "scenarioUpdate", FOUND, STAFF, {"id": f"scn_{kept.hex}", "form": f"frm_{form.hex}", "name": "Kept"}
    )
    assert payload["userErrors"] == []
