"""Making, revising and archiving forms, through the graph; and that a version never changes."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from serai.core.plugin import plugin as core
from serai.viewers import ANONYMOUS, Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))
READER = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset({"forms:read"}))
FOUND = (
    "form { id key title status nextStates version versionCount "
    "currentVersion { id number questions { key label kind required choices { value label } minimum } } "
    "versions { nodes { number questions { key } } } }"
)
GUESTS = {"key": "guests", "label": " How many? ", "kind": "NUMBER", "required": True, "minimum": 1}
FOOD = {
    "key": "food",
    "label": "What?",
    "kind": "CHOICE",
    "choices": [
        {"value": "soup"},
        {"value": "rice", "label": "Reis", "labels": [{"locale": "ZH-hans", "text": "饭"}]},
    ],
}


async def made(graph: Any, *questions: dict[str, Any], key: str = "camping") -> dict[str, Any]:
    payload = await graph.change(
        "formCreate", FOUND, STAFF, {"key": key, "title": "Camping", "questions": list(questions)}
    )
    assert payload["userErrors"] == []
    form: dict[str, Any] = payload["form"]
    return form


async def test_a_form_is_made_with_its_first_version(graph: Any, rows: Any) -> None:
    form = await made(graph, GUESTS, FOOD)
    assert {name: form[name] for name in ("key", "title", "status", "nextStates", "version", "versionCount")} == {
        "key": "camping", "title": "Camping", "status": "ACTIVE", "nextStates": ["ARCHIVED"], "version": 1,
        "versionCount": 1,
    }  # fmt: skip
    assert form["currentVersion"]["number"] == 1
    assert form["currentVersion"]["questions"] == [
        {"key": "guests", "label": "How many?", "kind": "NUMBER", "required": True, "choices": None, "minimum": 1.0},
        {"key": "food", "label": "What?", "kind": "CHOICE", "required": False, "minimum": None,
         "choices": [{"value": "soup", "label": "soup"}, {"value": "rice", "label": "Reis"}]},
    ]  # fmt: skip
    stored = json.loads(await rows.value("select questions::text from core_form_version"))
    assert stored[1]["choices"][1]["labels"] == [{"locale": "zh-Hans", "text": "饭"}]
    assert (
        await rows.value("select event || payload::text from core_outbox") == 'form.created{"key": "camping"}'
    )


async def test_a_revision_is_current_from_then_on_and_what_was_asked_before_stays(
    graph: Any, rows: Any
) -> None:
    form = await made(graph, GUESTS)
    selection = f"{FOUND} formVersion {{ id number }}"
    revised = await graph.change(
        "formRevise", selection, STAFF, {"id": form["id"], "expectedVersion": 1, "questions": [GUESTS, FOOD]}
    )
    assert revised["userErrors"] == []
    assert revised["formVersion"] == {"id": revised["form"]["currentVersion"]["id"], "number": 2}
    assert revised["form"]["versions"]["nodes"] == [
        {"number": 2, "questions": [{"key": "guests"}, {"key": "food"}]},
        {"number": 1, "questions": [{"key": "guests"}]},
    ]
    assert (revised["form"]["title"], revised["form"]["version"]) == ("Camping", 2)
    late = await graph.change(
        "formRevise", selection, STAFF, {"id": form["id"], "expectedVersion": 1, "questions": []}
    )
    assert [one["code"] for one in late["userErrors"]] == ["CONFLICT"]
    assert await rows.value("select count(*) from core_form_version") == 2


async def test_revisions_at_once_get_a_number_each(graph: Any, rows: Any) -> None:
    form = await made(graph, GUESTS)
    payloads = await asyncio.gather(
        *(
            graph.change(
                "formRevise", FOUND, STAFF, {"id": form["id"], "questions": [GUESTS | {"key": f"q{n}"}]}
            )
            for n in range(8)
        )
    )
    assert [one["userErrors"] for one in payloads] == [[]] * 8
    numbers = await rows.value("select array_agg(number order by number) from core_form_version")
    assert numbers == list(range(1, 10))
    current = "select v.number from core_form f join core_form_version v on v.id = f.current_version_id"
    assert await rows.value(current) == 9


async def test_an_archived_form_is_not_revised_until_it_is_restored(graph: Any, rows: Any) -> None:
    form = await made(graph, GUESTS)
    for name, given, codes in (
        ("formRestore", {}, ["ILLEGAL_STATE"]),
        ("formArchive", {"expectedVersion": 7}, ["CONFLICT"]),
        ("formArchive", {}, []),
        ("formArchive", {}, ["ILLEGAL_STATE"]),
        ("formRevise", {"questions": []}, ["ILLEGAL_STATE"]),
        ("formRestore", {}, []),
        ("formRevise", {"questions": []}, []),
    ):
        payload = await graph.change(name, FOUND, STAFF, {"id": form["id"]} | given)
        assert [one["code"] for one in payload["userErrors"]] == codes, name
    events = await rows.value("select array_agg(event order by seq) from core_outbox")
    assert events == ["form.created", "form.archived", "form.restored", "form.revised"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"key": "taken"}, [("KEY_TAKEN", ["key"])]),
        ({"key": "No Key"}, [("INVALID", ["key"])]),
        ({"title": " "}, [("INVALID", ["title"])]),
        ({"questions": [GUESTS | {"key": "Guests"}, GUESTS, GUESTS]},
         [("FORM_INVALID", ["questions", "0", "key"]), ("FORM_INVALID", ["questions", "2", "key"])]),
    ],
)  # fmt: skip
async def test_what_cannot_be_made(graph: Any, rows: Any, given: dict[str, Any], found: list[Any]) -> None:
    await made(graph, key="taken")
    payload = await graph.change(
        "formCreate", FOUND, STAFF, {"key": "free", "title": "b", "questions": [GUESTS]} | given
    )
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == found
    assert await rows.value("select count(*) from core_form") == 1


@pytest.mark.parametrize("viewer", [ANONYMOUS, READER])
async def test_who_may_only_read_forms_changes_none(graph: Any, rows: Any, viewer: Viewer) -> None:
    form = f"frm_{(await rows.form([GUESTS])).hex}"
    for name, given in (
        ("formCreate", {"key": "k", "title": "t", "questions": []}),
        ("formRevise", {"id": form, "questions": []}),
        ("formArchive", {"id": form}),
    ):
        type_ = name[0].upper() + name[1:] + "Input"
        answer = await graph.answer(
            f"mutation($input: {type_}!) {{ {name}(input: $input) {{ form {{ id }} }} }}", viewer, input=given
        )
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await rows.value("select count(*) from core_form_version") == 1


async def test_the_database_keeps_versions_as_they_are_and_current_ones_the_forms_own(rows: Any) -> None:
    form, other = await rows.form([GUESTS]), await rows.form([FOOD])
    version = await rows.value("select current_version_id from core_form where id = $1", form)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="never changes"):
        await rows.connection.execute("update core_form_version set questions = '[]' where id = $1", version)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="core_form_current_version"):
        await rows.connection.execute(
            "update core_form set current_version_id = $1 where id = $2", version, other
        )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await rows.connection.execute("delete from core_form_version where id = $1", version)


async def test_an_own_demand_shows_what_it_answered_whatever_became_of_the_scenario(
    graph: Any, rows: Any
) -> None:
    scenario = await rows.scenario(questions=[GUESTS])
    customer = await rows.customer()
    version = await rows.value("select id from core_form_version")
    demand = await rows.demand(customer, scenario, form_version_id=version)
    await rows.connection.execute("update core_scenario set status = 'ARCHIVED', form_id = null")
    document = (
        f'{{ demand(id: "dem_{demand.hex}") {{ formVersion {{ number form {{ id }} questions {{ key }} }} }} '
        f'formVersion(id: "fmv_{version.hex}") {{ number }} forms {{ totalCount }} }}'
    )
    found = await graph.ask(document, Viewer(kind="customer", customer_id=customer))
    assert found["demand"]["formVersion"] == {"number": 1, "form": None, "questions": [{"key": "guests"}]}
    assert (found["formVersion"], found["forms"]["totalCount"]) == ({"number": 1}, 0)
    stranger = Viewer(kind="customer", customer_id=await rows.customer())
    assert (await graph.ask(document, stranger))["formVersion"] is None
