"""Answers held against questions: which answer, how they are stored, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from serai.core.forms.answers import Checked, check
from serai.core.forms.questions import Question, read
from serai_sdk import UserError, UserErrors

from .conftest import PLAIN


def asked(**more: Any) -> dict[str, Any]:
    return PLAIN | {"key": "q", "label": "Q?", "kind": "TEXT"} | more


def choices(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": value.title(), "labels": []} for value in values]


def when(question: str, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(("equals", "oneOf", "atLeast", "answered")) | {"question": question} | more


def form(*questions: dict[str, Any]) -> list[Question]:
    return read(questions)


def faults(questions: list[Question], answers: Any, **more: Any) -> list[tuple[str, Any]]:
    with pytest.raises(UserErrors) as raised:
        check(questions, answers, **more)
    return [(one.code, one.field) for one in raised.value.errors]


AB = choices("a", "b", "c")


@pytest.mark.parametrize(
    ("question", "answer", "stored"),
    [
        (asked(minimum=2, maximum=2), " 露营\n", "露营"),
        (asked(kind="NUMBER", minimum=0), 0, 0),
        (asked(kind="NUMBER", minimum=2.5, maximum=2.5), 2.5, 2.5),
        (asked(kind="CHOICE", choices=AB), "a", "a"),
        (asked(kind="MANY", choices=AB), [], []),
        (asked(kind="MANY", choices=AB, minimum=2), ["c", "a"], ["a", "c"]),
        (asked(kind="DATE", earliest="2028-02-29", latest="2028-02-29"), "2028-02-29", "2028-02-29"),
        (asked(kind="RANGE", range="NUMBER", minimum=1), {"from": 1, "to": 1.5}, {"from": 1, "to": 1.5}),
        (asked(kind="RANGE", range="DATE", latest="2026-07-05"), {"to": "2026-07-05", "from": "2026-07-01"},
         {"from": "2026-07-01", "to": "2026-07-05"}),
        (asked(kind="PLACE"), {"cityCode": "deber", "address": " Allee 1 ", "point": None},
         {"cityCode": "DEBER", "address": "Allee 1"}),
        (asked(kind="PLACE"), {"point": {"latitude": 52.5, "longitude": 13}, "timeZone": "Europe/Berlin"},
         {"point": {"latitude": 52.5, "longitude": 13}, "timeZone": "Europe/Berlin"}),
        (asked(kind="MONEY"), {"amount": "1200", "currency": "JPY"}, {"amount": "1200", "currency": "JPY"}),
        (asked(kind="MONEY"), {"amount": 12, "currency": "EUR"}, {"amount": "12.00", "currency": "EUR"}),
        (asked(kind="MONEY", least={"amount": "9.99", "currency": "EUR"}), {"amount": "9.99", "currency": "EUR"},
         {"amount": "9.99", "currency": "EUR"}),
        (asked(kind="PHONE"), " +49 30 901820 ", "+4930901820"),
        (asked(kind="EMAIL"), " Zoë@example.org ", "Zoë@example.org"),
        (asked(kind="YES_NO", required=True), False, False),
        (asked(kind="CONSENT", textVersion="1"), False, False),
        (asked(kind="CONSENT", textVersion="1", required=True), True, True),
    ],
)  # fmt: skip
def test_what_answers_is_stored_in_one_way(question: dict[str, Any], answer: Any, stored: Any) -> None:
    assert check(form(question), {"q": answer}) == Checked(plain={"q": stored})


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (asked(minimum=2), "露 "),
        (asked(maximum=2), "abc"),
        (asked(), "  "),
        (asked(), 5),
        (asked(), "x" * 10_001),
        (asked(kind="NUMBER"), "5"),
        (asked(kind="NUMBER"), True),
        (asked(kind="NUMBER", minimum=0), -1),
        (asked(kind="NUMBER", maximum=6), 6.5),
        (asked(kind="NUMBER"), 1e300),
        (asked(kind="NUMBER"), float("inf")),
        (asked(kind="CHOICE", choices=AB), "A"),
        (asked(kind="CHOICE", choices=AB), ["a"]),
        (asked(kind="MANY", choices=AB), ["a", "a"]),
        (asked(kind="MANY", choices=AB), "a"),
        (asked(kind="MANY", choices=AB), [["a"]]),
        (asked(kind="MANY", choices=AB, minimum=2), ["a"]),
        (asked(kind="MANY", choices=AB, maximum=1), ["a", "b"]),
        (asked(kind="DATE"), "2027-02-29"),
        (asked(kind="DATE"), "20270201"),
        (asked(kind="DATE"), "٢٠٢٧-٠٢-٠١"),
        (asked(kind="DATE", earliest="2026-01-01"), "2025-12-31"),
        (asked(kind="DATE", latest="2026-01-01"), "2026-01-02"),
        (asked(kind="RANGE", range="NUMBER"), {"from": 2, "to": 1}),
        (asked(kind="RANGE", range="NUMBER"), {"from": 2}),
        (asked(kind="RANGE", range="NUMBER", maximum=5), {"from": 2, "to": 6}),
        (asked(kind="RANGE", range="DATE"), {"from": "2026-07-05", "to": "2026-07-01"}),
        (asked(kind="RANGE", range="DATE"), ["2026-07-01", "2026-07-05"]),
        (asked(kind="PLACE"), "Berlin"),
        (asked(kind="PLACE"), {}),
        (asked(kind="PLACE"), {"timeZone": "Europe/Berlin"}),
        (asked(kind="PLACE"), {"cityCode": "Berlin"}),
        (asked(kind="PLACE"), {"address": "x", "planet": "Mars"}),
        (asked(kind="PLACE"), {"point": {"latitude": 91, "longitude": 0}}),
        (asked(kind="PLACE"), {"address": "x", "timeZone": "Mars/Olympus"}),
        (asked(kind="MONEY"), 12),
        (asked(kind="MONEY"), {"amount": "1.005", "currency": "EUR"}),
        (asked(kind="MONEY"), {"amount": "1.5", "currency": "JPY"}),
        (asked(kind="MONEY"), {"amount": "-1", "currency": "EUR"}),
        (asked(kind="MONEY"), {"amount": 1.5, "currency": "EUR"}),
        (asked(kind="MONEY"), {"amount": "1", "currency": "XXX"}),
        (asked(kind="MONEY", least={"amount": "10", "currency": "EUR"}), {"amount": "9.99", "currency": "EUR"}),
        (asked(kind="MONEY", most={"amount": "10", "currency": "EUR"}), {"amount": "10.01", "currency": "EUR"}),
        (asked(kind="MONEY", most={"amount": "10", "currency": "EUR"}), {"amount": "1", "currency": "CHF"}),
        (asked(kind="PHONE"), "030 901820"),
        (asked(kind="PHONE"), "+49 30"),
        (asked(kind="PHONE"), "call me"),
        (asked(kind="EMAIL"), "zoë at example.org"),
        (asked(kind="YES_NO"), "yes"),
        (asked(kind="CONSENT", textVersion="1", required=True), False),
    ],
)  # fmt: skip
def test_what_does_not_answer_is_refused_without_being_repeated(
    question: dict[str, Any], answer: Any
) -> None:
    with pytest.raises(UserErrors) as raised:
        check(form(question), {"q": answer})
    [error] = raised.value.errors
    assert (error.code, error.field) == ("ANSWER_INVALID", ("answers", "q"))
    assert isinstance(answer, dict | list) or len(str(answer)) < 3 or str(answer) not in error.message


def test_a_number_without_a_country_code_is_one_of_the_country_told() -> None:
    questions = form(asked(kind="PHONE", personal=True))
    assert check(questions, {"q": "044 668 18 00"}, country="CH").personal == {"q": "+41446681800"}
    assert check(questions, {"q": "138 1234 5678"}, country="CN").personal == {"q": "+8613812345678"}


def test_every_wrong_answer_is_told_at_once_without_repeating_it() -> None:
    questions = form(asked(key="a", required=True), asked(key="b", kind="NUMBER"), asked(key="c"))
    with pytest.raises(UserErrors) as raised:
        check(questions, {"b": "my secret", "d": 1}, path=("input", "answers"))
    assert [(one.code, one.field) for one in raised.value.errors] == [
        ("ANSWER_MISSING", ("input", "answers", "a")),
        ("ANSWER_INVALID", ("input", "answers", "b")),
        ("ANSWER_UNKNOWN", ("input", "answers", "d")),
    ]
    assert "secret" not in str(raised.value)


def test_answers_are_an_object_or_nothing() -> None:
    with pytest.raises(UserError) as raised:
        check(form(asked()), [1])
    assert (raised.value.code, raised.value.field) == ("ANSWER_INVALID", ("answers",))
    assert check(form(asked()), None) == Checked()


def test_personal_answers_are_kept_apart_and_nulls_nowhere() -> None:
    questions = form(asked(key="a"), asked(key="b", personal=True), asked(key="c"))
    assert check(questions, {"a": "x", "b": "y", "c": None}) == Checked(plain={"a": "x"}, personal={"b": "y"})


DOG = asked(key="dog", kind="YES_NO")
BREED = asked(key="breed", required=True, showIf={"all": [when("dog", equals=True)], "any": None})
COAT = asked(key="coat", required=True, showIf={"all": [when("breed", answered=True)], "any": None})


def test_a_question_that_is_not_asked_need_not_and_may_not_be_answered() -> None:
    questions = form(DOG, BREED, COAT)
    assert check(questions, {}).plain == {}
    assert check(questions, {"dog": False}).plain == {"dog": False}
    assert faults(questions, {"dog": False, "breed": "Poodle"}) == [("ANSWER_HIDDEN", ("answers", "breed"))]
    assert faults(questions, {"dog": True}) == [("ANSWER_MISSING", ("answers", "breed"))]
    assert faults(questions, {"dog": True, "breed": "Poodle"}) == [("ANSWER_MISSING", ("answers", "coat"))]
    assert check(questions, {"dog": True, "breed": "Poodle", "coat": "wet"}).plain["coat"] == "wet"


def test_what_depends_on_a_wrong_answer_is_neither_missing_nor_hidden_only_its_form_counts() -> None:
    questions = form(DOG, BREED, COAT)
    assert faults(questions, {"dog": "maybe"}) == [("ANSWER_INVALID", ("answers", "dog"))]
    assert faults(questions, {"dog": "maybe", "breed": 5, "coat": "wet"}) == [
        ("ANSWER_INVALID", ("answers", "dog")),
        ("ANSWER_INVALID", ("answers", "breed")),
    ]


@pytest.mark.parametrize(
    ("conditions", "is_asked"),
    [
        ({"all": [when("n", atLeast=3)], "any": None}, True),
        ({"all": [when("n", atLeast=4)], "any": None}, False),
        ({"all": [when("n", equals=3.0)], "any": None}, True),
        ({"all": [when("n", oneOf=[1, 2])], "any": None}, False),
        ({"all": [when("many", equals="b")], "any": None}, True),
        ({"all": [when("many", oneOf=["c", "b"])], "any": None}, True),
        ({"all": [when("many", oneOf=["c"])], "any": None}, False),
        ({"all": [when("text", answered=True)], "any": None}, False),
        ({"all": [when("text", answered=False)], "any": None}, True),
        ({"all": [when("text", equals="x")], "any": None}, False),
        ({"all": [when("n", equals=3), when("yes", equals=False)], "any": None}, False),
        ({"all": None, "any": [when("n", equals=9), when("yes", equals=True)]}, True),
        ({"all": [when("n", equals=3)], "any": [when("n", equals=9), when("yes", equals=False)]}, False),
    ],
)
def test_conditions(conditions: dict[str, Any], is_asked: bool) -> None:
    questions = form(
        asked(key="n", kind="NUMBER"),
        asked(key="many", kind="MANY", choices=AB),
        asked(key="yes", kind="YES_NO"),
        asked(key="text"),
        asked(key="last", showIf=conditions),
    )
    answers = {"n": 3, "many": ["a", "b"], "yes": True, "last": "here"}
    if is_asked:
        assert check(questions, answers).plain["last"] == "here"
    else:
        assert faults(questions, answers) == [("ANSWER_HIDDEN", ("answers", "last"))]
