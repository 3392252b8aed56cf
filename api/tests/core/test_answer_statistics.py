"""Statistics of answers: exact, of personal questions only how often they were answered, for who sees all demands."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from serai.viewers import Viewer

ANALYST = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset({"forms:read", "demands:read"}))
READER = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset({"forms:read"}))
FOUND = """
answerStatistics {
  question kind answered skipped yes no precision
  choices { value count }
  numbers { minimum maximum mean median }
  dates { earliest latest }
}
"""
CHOICES = [{"value": value, "label": value, "labels": []} for value in ("soup", "rice", "fish")]
QUESTIONS = [
    {"key": "guests", "label": "?", "kind": "NUMBER"},
    {"key": "food", "label": "?", "kind": "CHOICE", "choices": CHOICES},
    {"key": "extras", "label": "?", "kind": "MANY", "choices": CHOICES},
    {"key": "dog", "label": "?", "kind": "YES_NO"},
    {"key": "day", "label": "?", "kind": "DATE"},
    {"key": "income", "label": "?", "kind": "NUMBER", "personal": True},
    {"key": "where", "label": "?", "kind": "PLACE"},
]


async def version_of(rows: Any, form: UUID) -> UUID:
    id: UUID = await rows.value("select current_version_id from core_form where id = $1", form)
    return id


async def answer(rows: Any, version: UUID, plain: dict[str, Any], **personal: Any) -> None:
    scenario = await rows.value("select id from core_scenario limit 1")
    await rows.demand(
        await rows.customer(),
        scenario,
        form_version_id=version,
        answers=json.dumps(plain),
        personal_answers=json.dumps(personal),
    )


async def test_every_question_is_counted_exactly(graph: Any, rows: Any) -> None:
    await rows.scenario()
    version = await version_of(rows, await rows.form(QUESTIONS))
    other = await version_of(rows, await rows.form(QUESTIONS[:1]))
    await answer(
        rows, version, {"guests": 1, "food": "rice", "extras": ["soup", "fish"], "dog": True}, income=9
    )
    await answer(rows, version, {"guests": 2.5, "food": "rice", "extras": [], "day": "2026-05-01"})
    await answer(
        rows, version, {"guests": 4, "day": "2026-01-31", "dog": False, "where": {"cityCode": "DEBER"}}
    )
    # what is not of the kind the question asks for counts as an answer, and not as a number, a choice or a day
    await answer(rows, version, {"guests": "many", "food": "beef", "day": "soon", "dog": None})
    found = await graph.ask(f'{{ formVersion(id: "fmv_{version.hex}") {{ {FOUND} }} }}', ANALYST)
    nothing = {"yes": None, "no": None, "choices": None, "numbers": None, "dates": None, "precision": "EXACT"}
    assert found["formVersion"]["answerStatistics"] == [
        nothing
        | {"question": "guests", "kind": "NUMBER", "answered": 4, "skipped": 0,
           "numbers": {"minimum": 1.0, "maximum": 4.0, "mean": 2.5, "median": 2.5}},
        nothing
        | {"question": "food", "kind": "CHOICE", "answered": 3, "skipped": 1,
           "choices": [{"value": "soup", "count": 0}, {"value": "rice", "count": 2}, {"value": "fish", "count": 0}]},
        nothing
        | {"question": "extras", "kind": "MANY", "answered": 2, "skipped": 2,
           "choices": [{"value": "soup", "count": 1}, {"value": "rice", "count": 0}, {"value": "fish", "count": 1}]},
        nothing | {"question": "dog", "kind": "YES_NO", "answered": 2, "skipped": 2, "yes": 1, "no": 1},
        nothing
        | {"question": "day", "kind": "DATE", "answered": 3, "skipped": 1,
           "dates": {"earliest": "2026-01-31", "latest": "2026-05-01"}},
        nothing | {"question": "income", "kind": "NUMBER", "answered": 1, "skipped": 3},
        nothing | {"question": "where", "kind": "PLACE", "answered": 1, "skipped": 3},
    ]  # fmt: skip
    empty = await graph.ask(f'{{ formVersion(id: "fmv_{other.hex}") {{ {FOUND} }} }}', ANALYST)
    assert empty["formVersion"]["answerStatistics"] == [
        nothing | {"question": "guests", "kind": "NUMBER", "answered": 0, "skipped": 0}
    ]


async def test_who_may_not_see_all_demands_gets_no_statistics(graph: Any, rows: Any) -> None:
    await rows.scenario(questions=QUESTIONS)
    version = await rows.value("select current_version_id from core_form")
    await answer(rows, version, {"guests": 1})
    customer = Viewer(kind="customer", customer_id=await rows.value("select id from core_customer"))
    for viewer in (READER, customer):
        found = await graph.ask(f'{{ formVersion(id: "fmv_{version.hex}") {{ number {FOUND} }} }}', viewer)
        assert found["formVersion"] == {"number": 1, "answerStatistics": None}


async def test_statistics_of_many_versions_are_one_more_statement(
    graph: Any, rows: Any, request: pytest.FixtureRequest
) -> None:
    for _ in range(5):
        await rows.form(QUESTIONS)
    observers, sent = graph.platform.pool.observers, []

    def count(sql: str, _: object) -> None:
        sent.append(sql)

    observers.append(count)
    request.addfinalizer(lambda: observers.remove(count))
    found = await graph.ask(f"{{ forms {{ nodes {{ versions {{ nodes {{ {FOUND} }} }} }} }} }}", ANALYST)
    await asyncio.sleep(0)
    assert [len(form["versions"]["nodes"][0]["answerStatistics"]) for form in found["forms"]["nodes"]] == [
        7
    ] * 5
    assert len(sent) == 2


async def test_more_versions_than_a_page_of_them_are_refused(graph: Any, rows: Any) -> None:
    for _ in range(21):
        await rows.form(QUESTIONS[:1])
    answer = await graph.answer(f"{{ formVersions(first: 30) {{ nodes {{ {FOUND} }} }} }}", ANALYST)
    assert "20 at most" in answer["errors"][0]["message"]
    found = await graph.ask(f"{{ formVersions(first: 20) {{ nodes {{ {FOUND} }} }} }}", ANALYST)
    assert all(len(one["answerStatistics"]) == 1 for one in found["formVersions"]["nodes"])


async def test_the_json_schema_is_in_the_graph(graph: Any, rows: Any) -> None:
    labels = [{"locale": "de", "text": "Wie viele?"}]
    form = await rows.form([{"key": "guests", "label": "How many?", "kind": "NUMBER", "labels": labels}])
    version = await version_of(rows, form)
    document = (
        f'{{ formVersion(id: "fmv_{version.hex}") {{ jsonSchema german: jsonSchema(locale: "de-CH") }} }}'
    )
    found = (await graph.ask(document, READER))["formVersion"]
    assert found["jsonSchema"]["properties"]["guests"]["title"] == "How many?"
    assert found["german"]["properties"]["guests"]["title"] == "Wie viele?"
    assert found["german"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
