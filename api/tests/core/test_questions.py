"""Forms: what can be asked, and which answers answer it."""

from __future__ import annotations

from typing import Any

import pytest

from serai.core.scenarios.form import QuestionKind
from serai.core.scenarios.mutations import QuestionInput
from serai.core.scenarios.questions import split, stored
from serai_sdk import UserErrors


def asked(**more: Any) -> QuestionInput:
    return QuestionInput(**{"key": "q", "label": "Q?", "kind": QuestionKind.TEXT} | more)


def errors(kind: QuestionKind, answer: Any, **more: Any) -> list[tuple[str, Any]]:
    form = stored([asked(kind=kind, **more)])
    try:
        split(form, {} if answer is None else {"q": answer})
    except UserErrors as error:
        return [(one.code, one.field) for one in error.errors]
    return []


TEXT, NUMBER, CHOICE, MANY, DATE, YES_NO = QuestionKind


@pytest.mark.parametrize(
    ("kind", "answer", "more"),
    [
        (TEXT, "露营", {"minimum": 2, "maximum": 2}),
        (NUMBER, 0, {"minimum": 0}),
        (NUMBER, 2.5, {"minimum": 2.5, "maximum": 2.5}),
        (CHOICE, "a", {"choices": ["a", "b"]}),
        (MANY, [], {"choices": ["a", "b"]}),
        (MANY, ["b", "a"], {"choices": ["a", "b"], "minimum": 2}),
        (DATE, "2028-02-29", {}),
        (YES_NO, False, {"required": True}),
        (TEXT, None, {}),
    ],
)
def test_answers_that_answer(kind: QuestionKind, answer: Any, more: dict[str, Any]) -> None:
    assert errors(kind, answer, **more) == []


@pytest.mark.parametrize(
    ("kind", "answer", "more"),
    [
        (TEXT, "露", {"minimum": 2}),
        (TEXT, "abc", {"maximum": 2}),
        (TEXT, "  ", {}),
        (TEXT, 5, {}),
        (NUMBER, "5", {}),
        (NUMBER, True, {}),
        (NUMBER, -1, {"minimum": 0}),
        (NUMBER, 1e300, {}),
        (NUMBER, float("inf"), {}),
        (CHOICE, "c", {"choices": ["a", "b"]}),
        (CHOICE, ["a"], {"choices": ["a", "b"]}),
        (MANY, ["a", "a"], {"choices": ["a", "b"]}),
        (MANY, "a", {"choices": ["a", "b"]}),
        (MANY, [["a"]], {"choices": ["a", "b"]}),
        (MANY, ["a"], {"choices": ["a", "b"], "minimum": 2}),
        (DATE, "2027-02-29", {}),
        (DATE, "20270201", {}),
        (YES_NO, "yes", {}),
    ],
)
def test_answers_that_do_not(kind: QuestionKind, answer: Any, more: dict[str, Any]) -> None:
    assert errors(kind, answer, **more) == [("ANSWER_INVALID", ("answers", "q"))]


def test_every_wrong_answer_is_told_at_once_without_repeating_it() -> None:
    form = stored([asked(key="a", required=True), asked(key="b", kind=NUMBER), asked(key="c")])
    with pytest.raises(UserErrors) as raised:
        split(form, {"b": "my secret", "d": 1})
    assert [(one.code, one.field) for one in raised.value.errors] == [
        ("ANSWER_MISSING", ("answers", "a")),
        ("ANSWER_INVALID", ("answers", "b")),
        ("ANSWER_UNKNOWN", ("answers", "d")),
    ]
    assert "secret" not in str(raised.value)


def test_personal_answers_are_kept_apart_and_nulls_nowhere() -> None:
    form = stored([asked(key="a"), asked(key="b", personal=True), asked(key="c")])
    assert split(form, {"a": "x", "b": "y", "c": None}) == ({"a": "x"}, {"b": "y"})


@pytest.mark.parametrize(
    ("question", "part"),
    [
        (asked(key="Guests"), "key"),
        (asked(label=" "), "label"),
        (asked(kind=CHOICE), "choices"),
        (asked(kind=MANY, choices=["a", "a"]), "choices"),
        (asked(choices=["a"]), "choices"),
        (asked(minimum=2, maximum=1), "minimum"),
        (asked(kind=DATE, minimum=1), "minimum"),
    ],
)
def test_questions_that_cannot_be_asked(question: QuestionInput, part: str) -> None:
    with pytest.raises(UserErrors) as raised:
        stored([question])
    assert [(one.code, one.field) for one in raised.value.errors] == [
        ("FORM_INVALID", ("questions", "0", part))
    ]


def test_two_questions_of_one_key_are_one_too_many() -> None:
    with pytest.raises(UserErrors):
        stored([asked(), asked()])
