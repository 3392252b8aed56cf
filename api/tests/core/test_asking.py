"""Questions: which can be asked, and what is said of those that cannot."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from serai.core.forms.asking import asked
from serai.core.forms.inputs import QuestionChoiceInput, QuestionInput, question
from serai.core.forms.languages import canonical, text_in
from serai.core.forms.questions import (
    AnswerCondition,
    LocalText,
    Question,
    QuestionKind,
    RangeOf,
    ShowIf,
    read,
    written,
)
from serai_sdk import Money, UserError, UserErrors

TEXT, NUMBER, CHOICE, MANY, DATE, RANGE, PLACE, MONEY, PHONE, EMAIL, YES_NO, CONSENT = QuestionKind


def of(kind: QuestionKind = TEXT, **more: Any) -> Question:
    return question(QuestionInput(**{"key": "q", "label": "Q?", "kind": kind} | more))


def choices(*values: str) -> list[QuestionChoiceInput]:
    return [QuestionChoiceInput(value=value) for value in values]


def when(key: str, **more: Any) -> ShowIf:
    parts = dict.fromkeys(("equals", "one_of", "at_least", "answered"))
    return ShowIf(all=[AnswerCondition(question=key, **parts | more)], any=None)


def text(locale: str, said: str = "x") -> LocalText:
    return LocalText(locale=locale, text=said)


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


FIRST = (
    of(NUMBER, key="n"),
    of(CHOICE, key="c", choices=choices("a", "b")),
    of(YES_NO, key="y"),
    of(DATE, key="d"),
    of(PLACE, key="p"),
    of(TEXT, key="t"),
    of(CHOICE, key="secret", choices=choices("a"), personal=True),
)


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (of(key="Guests"), ("key",)),
        (of(key="n"), ("key",)),
        (of(label=" "), ("label",)),
        (of(labels=[text("deutsch-")]), ("labels", "0", "locale")),
        (of(labels=[text("de"), text("DE")]), ("labels", "1", "locale")),
        (of(labels=[text("de", " ")]), ("labels", "0", "text")),
        (of(helps=[text("x")]), ("helps", "0", "locale")),
        (of(CHOICE), ("choices",)),
        (of(CHOICE, choices=choices("a", "a")), ("choices", "1", "value")),
        (of(MANY, choices=choices(" a")), ("choices", "0", "value")),
        (of(MANY, choices=[QuestionChoiceInput(value="a", labels=[text("?")])]),
         ("choices", "0", "labels", "0", "locale")),
        (of(choices=choices("a")), ("choices",)),
        (of(minimum=2, maximum=1), ("minimum",)),
        (of(minimum=1.5), ("minimum",)),
        (of(maximum=-1), ("maximum",)),
        (of(NUMBER, minimum=1e17), ("minimum",)),
        (of(MANY, choices=choices("a"), minimum=2), ("minimum",)),
        (of(DATE, minimum=1), ("minimum",)),
        (of(NUMBER, earliest=date(2026, 1, 1)), ("earliest",)),
        (of(DATE, earliest=date(2026, 1, 2), latest=date(2026, 1, 1)), ("earliest",)),
        (of(RANGE), ("range",)),
        (of(RANGE, range=RangeOf.DATE, minimum=1), ("minimum",)),
        (of(RANGE, range=RangeOf.NUMBER, latest=date(2026, 1, 1)), ("latest",)),
        (of(NUMBER, range=RangeOf.NUMBER), ("range",)),
        (of(NUMBER, least=euros(1)), ("least",)),
        (of(MONEY, least=euros(2), most=euros(1)), ("least",)),
        (of(MONEY, least=euros(2), most=Money(3, "CHF")), ("most", "currency")),
        (of(MONEY, least=euros(-2)), ("least", "amount")),
        (of(CONSENT), ("textVersion",)),
        (of(YES_NO, text_version="1"), ("textVersion",)),
        (of(show_if=ShowIf(all=[], any=None)), ("showIf",)),
        (of(show_if=when("later", answered=True)), ("showIf", "all", "0", "question")),
        (of(show_if=when("q", answered=True)), ("showIf", "all", "0", "question")),
        (of(show_if=when("secret", equals="a")), ("showIf", "all", "0", "question")),
        (of(show_if=when("n")), ("showIf", "all", "0")),
        (of(show_if=when("n", equals=1, answered=True)), ("showIf", "all", "0")),
        (of(show_if=when("n", equals="1")), ("showIf", "all", "0", "equals")),
        (of(show_if=when("n", equals=True)), ("showIf", "all", "0", "equals")),
        (of(show_if=when("c", equals="z")), ("showIf", "all", "0", "equals")),
        (of(show_if=when("c", one_of=["a", "z"])), ("showIf", "all", "0", "oneOf")),
        (of(show_if=when("c", one_of=[])), ("showIf", "all", "0", "oneOf")),
        (of(show_if=when("c", at_least=1)), ("showIf", "all", "0", "atLeast")),
        (of(show_if=when("y", equals="yes")), ("showIf", "all", "0", "equals")),
        (of(show_if=when("d", equals="2026-02-30")), ("showIf", "all", "0", "equals")),
        (of(show_if=when("p", equals={"cityCode": "DEBER"})), ("showIf", "all", "0", "equals")),
        (of(show_if=when("t", equals=" x")), ("showIf", "all", "0", "equals")),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(one: Question, field: tuple[str, ...]) -> None:
    with pytest.raises(UserErrors) as raised:
        asked([*FIRST, one])
    assert [(error.code, error.field) for error in raised.value.errors] == [
        ("FORM_INVALID", ("questions", str(len(FIRST)), *field))
    ]


@pytest.mark.parametrize(
    "one",
    [
        of(show_if=when("n", at_least=2)),
        of(show_if=when("c", one_of=["a", "b"])),
        of(show_if=when("y", equals=False)),
        of(show_if=when("d", equals="2026-02-28")),
        of(show_if=when("p", answered=False)),
        of(show_if=when("secret", equals="a"), personal=True),
        of(RANGE, range=RangeOf.DATE, earliest=date(2026, 1, 1), latest=date(2026, 1, 1)),
        of(MONEY, least=euros(0), most=euros(0)),
        of(CONSENT, text_version="2026-03"),
        of(PHONE, personal=True),
        of(EMAIL),
    ],
)
def test_what_is_asked_is_read_as_it_was_written(one: Question) -> None:
    questions = asked([*FIRST, one])
    assert read(written(questions)) == questions == [*FIRST, one]


def test_a_form_has_a_limit() -> None:
    with pytest.raises(UserError, match="at most 100"):
        asked([of(key=f"q{number}") for number in range(101)])


def test_tags_are_kept_as_bcp_47_writes_them() -> None:
    assert [canonical(tag) for tag in ("DE-ch", "zh-hans-cn", "sl-rozaj-biske", "es-419")] == [
        "de-CH",
        "zh-Hans-CN",
        "sl-rozaj-biske",
        "es-419",
    ]
    assert [canonical(tag) for tag in ("", "d", "de_CH", "de-", "english!", "zh-Hans-CN-CN")] == [None] * 6
    [one] = asked([of(labels=[text("ZH-hant")])])
    assert one.labels == [text("zh-Hant")]


@pytest.mark.parametrize(
    ("locale", "found"),
    [
        ("de", "German"),
        ("de-AT", "German"),
        ("DE-ch", "Swiss"),
        ("zh-CN", "simplified"),
        ("zh-Hant-TW", "traditional"),
        ("fr", "default"),
        ("no tag", "default"),
        (None, "default"),
    ],
)
def test_a_text_is_found_in_the_language_or_in_one_near_it(locale: str | None, found: str) -> None:
    texts = [
        text("de", "German"),
        text("de-CH", "Swiss"),
        text("zh-Hans", "simplified"),
        text("zh-Hant", "traditional"),
    ]
    assert text_in(locale, "default", texts) == found
