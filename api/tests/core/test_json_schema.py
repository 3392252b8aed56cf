"""A form as JSON Schema: it says the same as our own check, as far as JSON Schema can say it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from serai.core.forms.answers import check
from serai.core.forms.asking import asked
from serai.core.forms.conditions import is_asked
from serai.core.forms.json_schema import json_schema
from serai.core.forms.questions import Question, read
from serai_sdk import UserError, UserErrors

from .conftest import PLAIN

CHOICES = [{"value": value, "label": value.upper(), "labels": []} for value in ("a", "b", "c")]
EURO = {"amount": "10.50", "currency": "EUR"}
KINDS: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "TEXT": ([{}, {"minimum": 2, "maximum": 4}], ["露营", "abcde", "", "x", " ", 5, True]),
    "NUMBER": (
        [{}, {"minimum": 1, "maximum": 2.5}],
        [0, 1, 1.0, 2.5, 3, -1e16, 10**15, True, "2"],
    ),
    "CHOICE": ([{"choices": CHOICES}], ["a", "d", ["a"], 1]),
    "MANY": (
        [{"choices": CHOICES}, {"choices": CHOICES, "minimum": 1, "maximum": 2}],
        [[], ["a"], ["b", "a"], ["a", "a"], ["a", "b", "c"], ["z"], "a", [["a"]]],
    ),
    "DATE": ([{}], ["2026-02-28", "2026-02-30", "20260228", "2026-02-28T00:00:00Z", 5]),
    "RANGE": (
        [{"range": "NUMBER", "minimum": 1}, {"range": "DATE"}],
        [
            {"from": 1, "to": 2},
            {"from": 0, "to": 2},
            {"from": "2026-01-01", "to": "2026-01-02"},
            {"from": "2026-01-01", "to": "2026-13-02"},
            {"from": 1},
            {"from": 1, "to": 2, "step": 1},
            [1, 2],
        ],
    ),
    "PLACE": (
        [{}],
        [
            {"cityCode": "deber"},
            {"cityCode": "Berlin"},
            {"address": "Allee 1", "timeZone": "Europe/Berlin"},
            {"address": " "},
            {"timeZone": "Europe/Berlin"},
            {"point": {"latitude": 52, "longitude": 13.4}},
            {"point": {"latitude": 152, "longitude": 13.4}},
            {"point": {"latitude": 52}},
            {},
            "Berlin",
        ],
    ),
    "MONEY": (
        [{}, {"least": {"amount": "0", "currency": "EUR"}}, {"most": {"amount": "99", "currency": "JPY"}}],
        [
            {"amount": "12.50", "currency": "EUR"},
            {"amount": "12.500", "currency": "EUR"},
            {"amount": 12, "currency": "JPY"},
            {"amount": "12.0", "currency": "JPY"},
            {"amount": -1, "currency": "EUR"},
            {"amount": "1e3", "currency": "EUR"},
            {"amount": "1.", "currency": "EUR"},
            {"amount": True, "currency": "EUR"},
            {"amount": "1", "currency": "XXX"},
            {"amount": "1", "currency": "eur"},
            {"amount": "1"},
            12,
        ],
    ),
    "PHONE": ([{}], ["+41446681800", "", 41446681800]),
    "EMAIL": ([{}], ["a@example.org", " a@example.org ", "a@example", "a b@example.org", "", 5]),
    "YES_NO": ([{}], [True, False, "true", 1]),
    "CONSENT": ([{"textVersion": "1"}], [True, False, "yes"]),
}
"""By kind: parts its questions may have, and answers of all sorts."""


@st.composite
def forms(draw: st.DrawFn) -> list[Question]:
    stored: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        one = PLAIN | {"key": f"q{number}", "label": "Q?", "kind": kind, "required": draw(st.booleans())}
        one |= draw(st.sampled_from(KINDS[kind][0]))
        if stored and draw(st.booleans()):
            one["showIf"] = {
                "all": draw(st.lists(conditions(stored), max_size=2)) or None,
                "any": draw(st.lists(conditions(stored), min_size=1, max_size=2)),
            }
        stored.append(one)
    return asked(read(stored))


@st.composite
def conditions(draw: st.DrawFn, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    about = draw(st.sampled_from(earlier))
    values: dict[str, list[Any]] = {
        "TEXT": ["露营", "abcde"], "NUMBER": [1, 2.5, 0], "CHOICE": ["a", "b"], "MANY": ["a", "c"],
        "DATE": ["2026-02-28"], "YES_NO": [True, False], "CONSENT": [True, False],
    }  # fmt: skip
    ways = [{"answered": draw(st.booleans())}]
    known = values.get(about["kind"])
    if known is not None:
        ways.append({"equals": draw(st.sampled_from(known))})
        if about["kind"] not in ("YES_NO", "CONSENT"):
            ways.append({"oneOf": draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))})
    if about["kind"] == "NUMBER":
        ways.append({"atLeast": draw(st.sampled_from([0.5, 2]))})
    return (
        dict.fromkeys(("equals", "oneOf", "atLeast", "answered"))
        | {"question": about["key"]}
        | draw(st.sampled_from(ways))
    )


def plainly(one: Question) -> Question:
    """The question without its condition."""
    return replace(one, show_if=None)


@st.composite
def forms_and_answers(draw: st.DrawFn) -> tuple[list[Question], dict[str, Any]]:
    questions = draw(forms())
    answers: dict[str, Any] = {}
    # who is careful gives answers that are right as far as the question's bounds go
    is_careful = draw(st.booleans())
    for one in questions:
        given = KINDS[one.kind.value][1]
        if is_careful:
            if is_asked(one, answers) and (one.required or draw(st.booleans())):
                answers[one.key] = draw(
                    st.sampled_from([it for it in given if is_taken([plainly(one)], {one.key: it})])
                )
        elif draw(st.integers(0, 3)):
            answers[one.key] = draw(st.sampled_from(given))
    if not is_careful and draw(st.integers(0, 9)) == 0:
        answers["unknown"] = 1
    return questions, answers


def is_taken(questions: list[Question], answers: Any) -> bool:
    try:
        check(questions, answers)
    except (UserError, UserErrors):
        return False
    return True


def validator(questions: list[Question], **more: Any) -> Draft202012Validator:
    schema = json_schema(questions, **more)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@settings(max_examples=600, deadline=None)
@given(forms_and_answers())
def test_both_say_the_same(drawn: tuple[list[Question], dict[str, Any]]) -> None:
    questions, answers = drawn
    assert validator(questions).is_valid(answers) == is_taken(questions, answers)


def one(**more: Any) -> list[Question]:
    return read([PLAIN | {"key": "q", "label": "Q?", "kind": "TEXT"} | more])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"minimum": 3}, " a "),
        ({"kind": "DATE", "earliest": "2026-01-01"}, "2025-12-31"),
        ({"kind": "DATE", "latest": "2026-01-01"}, "2026-01-02"),
        ({"kind": "RANGE", "range": "NUMBER"}, {"from": 2, "to": 1}),
        ({"kind": "PLACE"}, {"address": "x", "timeZone": "Mars/Olympus"}),
        ({"kind": "MONEY", "least": EURO}, {"amount": "10.49", "currency": "EUR"}),
        ({"kind": "MONEY"}, {"amount": "1.5", "currency": "JPY"}),
        ({"kind": "PHONE"}, "no number"),
    ],
)
def test_what_json_schema_cannot_say_is_checked_nevertheless(question: dict[str, Any], answer: Any) -> None:
    questions = one(**question)
    assert validator(questions).is_valid({"q": answer})
    assert not is_taken(questions, {"q": answer})


@pytest.mark.parametrize(
    ("question", "answer"), [({}, None), ({"maximum": 2}, " ab "), ({"kind": "NUMBER"}, None)]
)
def test_what_is_taken_besides(question: dict[str, Any], answer: Any) -> None:
    questions = one(**question)
    assert is_taken(questions, {"q": answer})
    assert not validator(questions).is_valid({"q": answer})


def test_titles_are_in_the_language_asked_for() -> None:
    said = [{"locale": "de", "text": "Wie viele?"}, {"locale": "zh-Hans", "text": "几位？"}]
    choice = {"value": "few", "label": "A few", "labels": [{"locale": "de", "text": "Einige"}]}
    questions = one(
        label="How many?", labels=said, kind="CHOICE", choices=[choice], help="Count", personal=True
    )
    assert {
        locale: (found["title"], found["oneOf"][0]["title"])
        for locale in (None, "de-AT", "zh-CN", "fr")
        for found in [json_schema(questions, locale=locale)["properties"]["q"]]
    } == {
        None: ("How many?", "A few"),
        "de-AT": ("Wie viele?", "Einige"),
        "zh-CN": ("几位？", "A few"),
        "fr": ("How many?", "A few"),
    }
    found = json_schema(questions)["properties"]["q"]
    assert (found["description"], found["x-kind"], found["x-personal"]) == ("Count", "CHOICE", True)


def test_a_condition_is_an_if_with_what_follows() -> None:
    questions = read(
        [
            PLAIN | {"key": "dog", "label": "Dog?", "kind": "YES_NO"},
            PLAIN
            | {"key": "breed", "label": "Breed?", "kind": "TEXT", "required": True}
            | {
                "showIf": {
                    "all": [
                        {"question": "dog", "equals": True, "oneOf": None, "atLeast": None, "answered": None}
                    ],
                    "any": None,
                }
            },
        ]
    )
    schema = json_schema(questions)
    assert schema["required"] == []
    assert schema["allOf"] == [
        {
            "if": {"allOf": [{"required": ["dog"], "properties": {"dog": {"const": True}}}]},
            "then": {"required": ["breed"]},
            "else": {"properties": {"breed": False}},
        }
    ]
