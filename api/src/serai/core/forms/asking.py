"""Whether questions can be asked: what is wrong with them, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from serai_sdk import UserError, UserErrors

from .conditions import conditions
from .kinds import GREATEST_NUMBER, LONGEST_TEXT, day
from .languages import canonical
from .questions import AnswerCondition, LocalText, Question, QuestionKind, RangeOf

KEY: Final = re.compile(r"[a-z][A-Za-z0-9_]{0,39}")
MOST_QUESTIONS: Final = 100
MOST_CHOICES: Final = 200
MOST_LANGUAGES: Final = 30
MOST_CONDITIONS: Final = 10

CHOOSING: Final = (QuestionKind.CHOICE, QuestionKind.MANY)
COUNTED: Final = (QuestionKind.TEXT, QuestionKind.MANY)
PARTS: Final[Mapping[str, tuple[QuestionKind, ...]]] = {
    "choices": CHOOSING,
    "minimum": (*COUNTED, QuestionKind.NUMBER, QuestionKind.RANGE),
    "maximum": (*COUNTED, QuestionKind.NUMBER, QuestionKind.RANGE),
    "earliest": (QuestionKind.DATE, QuestionKind.RANGE),
    "latest": (QuestionKind.DATE, QuestionKind.RANGE),
    "least": (QuestionKind.MONEY,),
    "most": (QuestionKind.MONEY,),
    "range": (QuestionKind.RANGE,),
    "text_version": (QuestionKind.CONSENT,),
}
"""Which kinds each part of a question is for, by its Python name."""

COMPARED: Final = (*CHOOSING, QuestionKind.TEXT, QuestionKind.NUMBER, QuestionKind.DATE)
"""Kinds whose answers conditions compare; of the others they ask whether there is one, of YES_NO and CONSENT which."""

Fault: TypeAlias = tuple[tuple[str, ...], str]
"""Where in a question something is wrong, and what."""


def asked(questions: Sequence[Question]) -> list[Question]:
    """The questions with their language tags as BCP 47 has them; ``UserErrors`` code ``FORM_INVALID`` with all that
    is wrong if they cannot be asked."""
    if len(questions) > MOST_QUESTIONS:
        raise UserError("FORM_INVALID", f"A form has at most {MOST_QUESTIONS} questions.", field="questions")
    errors: list[UserError] = []
    earlier: dict[str, Question] = {}
    for index, one in enumerate(questions):
        errors.extend(
            UserError("FORM_INVALID", message, field=("questions", str(index), *part))
            for part, message in faults(one, earlier)
        )
        earlier.setdefault(one.key, one)
    if errors:
        raise UserErrors(errors)
    return [_canonical(one) for one in questions]


def faults(one: Question, earlier: Mapping[str, Question]) -> Iterator[Fault]:
    """What is wrong with a question that comes after others."""
    if not KEY.fullmatch(one.key):
        yield ("key",), "A key is a letter in lower case and up to 39 letters, digits and underscores."
    elif one.key in earlier:
        yield ("key",), "Another question has the same key."
    if not one.label:
        yield ("label",), "A question needs a label."
    yield from _languages(("labels",), one.labels)
    yield from _languages(("helps",), one.helps)
    yield from _parts(one)
    yield from _choices(one)
    yield from _bounds(one)
    yield from _conditions(one, earlier)


def _languages(at: tuple[str, ...], texts: Sequence[LocalText]) -> Iterator[Fault]:
    if len(texts) > MOST_LANGUAGES:
        yield at, f"A text is in at most {MOST_LANGUAGES} languages."
    tags: set[str] = set()
    for index, one in enumerate(texts):
        tag = canonical(one.locale)
        if tag is None:
            yield (*at, str(index), "locale"), "A language is a BCP 47 tag such as de-CH or zh-Hans."
        elif tag in tags:
            yield (*at, str(index), "locale"), "This language is there already."
        else:
            tags.add(tag)
        if not 0 < len(one.text) <= 1000:
            yield (*at, str(index), "text"), "A text has 1 to 1000 characters."


def _parts(one: Question) -> Iterator[Fault]:
    """Parts that are for other kinds, and parts that are needed."""
    for name, kinds in PARTS.items():
        if getattr(one, name) is not None and one.kind not in kinds:
            yield (_graph(name),), f"Only {' and '.join(kinds)} questions have this."
    if one.kind is QuestionKind.RANGE:
        if one.range is None:
            yield ("range",), "Say whether the range is one of numbers or of dates."
        wrong = ("minimum", "maximum") if one.range is RangeOf.DATE else ("earliest", "latest")
        for name in wrong:
            if one.range is not None and getattr(one, name) is not None:
                yield (name,), "A range of numbers has minimum and maximum, one of dates earliest and latest."
    if one.kind is QuestionKind.CONSENT and one.text_version is None:
        yield ("textVersion",), "Say which version of the text this agrees to, such as 2026-03."


def _choices(one: Question) -> Iterator[Fault]:
    if one.kind in CHOOSING and not one.choices:
        yield ("choices",), "CHOICE and MANY need choices."
    if len(one.choices or ()) > MOST_CHOICES:
        yield ("choices",), f"A question has at most {MOST_CHOICES} choices."
    values: set[str] = set()
    for index, choice in enumerate(one.choices or ()):
        at = ("choices", str(index))
        if not choice.value or choice.value != choice.value.strip():
            yield (*at, "value"), "A value is a text without space around it."
        elif choice.value in values:
            yield (*at, "value"), "Another choice has the same value."
        values.add(choice.value)
        yield from _languages((*at, "labels"), choice.labels)


def _bounds(one: Question) -> Iterator[Fault]:
    for name in ("minimum", "maximum"):
        bound = getattr(one, name)
        if bound is None:
            continue
        if abs(bound) > GREATEST_NUMBER:
            yield (name,), "A bound has at most 15 digits."
        elif one.kind in COUNTED and (bound < 0 or bound != int(bound)):
            yield (name,), "How many characters or choices there are is a whole number."
    if one.kind is QuestionKind.TEXT and (one.minimum or 0) > LONGEST_TEXT:
        yield ("minimum",), f"A text has at most {LONGEST_TEXT} characters."
    if one.kind is QuestionKind.MANY and (one.minimum or 0) > len(one.choices or ()):
        yield ("minimum",), "There are not that many choices."
    for low, high, message in (
        ("minimum", "maximum", "The minimum is greater than the maximum."),
        ("earliest", "latest", "The earliest date is after the latest."),
    ):
        least, most = getattr(one, low), getattr(one, high)
        if least is not None and most is not None and least > most:
            yield (low,), message
    for name in ("least", "most"):
        amount = getattr(one, name)
        if amount is not None and amount.minor < 0:
            yield (name, "amount"), "Amounts are not negative."
    if one.least is not None and one.most is not None:
        if one.least.currency != one.most.currency:
            yield ("most", "currency"), "Both amounts are in one currency."
        elif one.least.minor > one.most.minor:
            yield ("least",), "The least amount is greater than the most."


def _conditions(one: Question, earlier: Mapping[str, Question]) -> Iterator[Fault]:
    if one.show_if is None:
        return
    if not conditions(one):
        yield ("showIf",), "Give at least one condition, or leave showIf out."
    if len(conditions(one)) > MOST_CONDITIONS:
        yield ("showIf",), f"A question has at most {MOST_CONDITIONS} conditions."
    for name, listed in (("all", one.show_if.all), ("any", one.show_if.any)):
        for index, condition in enumerate(listed or ()):
            for part, message in _condition(one, condition, earlier.get(condition.question)):
                yield ("showIf", name, str(index), *part), message


def _condition(one: Question, condition: AnswerCondition, about: Question | None) -> Iterator[Fault]:
    if about is None:
        yield ("question",), "There is no question of this key before this one."
        return
    if about.personal and not one.personal:
        yield ("question",), "Whether this is answered would tell a personal answer: mark it personal, too."
    given = [
        name for name in ("equals", "one_of", "at_least", "answered") if getattr(condition, name) is not None
    ]
    if len(given) != 1:
        yield (), "Give exactly one of equals, oneOf, atLeast and answered."
    elif given == ["at_least"] and about.kind is not QuestionKind.NUMBER:
        yield ("atLeast",), "Only answers to NUMBER questions can be at least something."
    elif given == ["one_of"]:
        values = condition.one_of or []
        if not values or not all(_is_answer(value, about) for value in values):
            yield ("oneOf",), _expected(about)
    elif given == ["equals"] and not _is_answer(condition.equals, about):
        yield ("equals",), _expected(about)


def _is_answer(value: Any, about: Question) -> bool:
    match about.kind:
        case QuestionKind.CHOICE | QuestionKind.MANY:
            return value in [choice.value for choice in about.choices or ()]
        case QuestionKind.TEXT:
            return isinstance(value, str) and value == value.strip() != ""
        case QuestionKind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case QuestionKind.DATE:
            return day(value) is not None
        case QuestionKind.YES_NO | QuestionKind.CONSENT:
            return isinstance(value, bool)
    return False


def _expected(about: Question) -> str:
    match about.kind:
        case QuestionKind.CHOICE | QuestionKind.MANY:
            return "This is a choice of that question, by its value."
        case QuestionKind.YES_NO | QuestionKind.CONSENT:
            return "This is true or false."
        case kind if kind in COMPARED:
            return f"This is what answers a {kind.value} question, without space around it."
    return "Of an answer of that kind only whether there is one can be asked: use answered."


def _canonical(one: Question) -> Question:
    return replace(
        one,
        labels=_tagged(one.labels),
        helps=_tagged(one.helps),
        choices=None
        if one.choices is None
        else [replace(choice, labels=_tagged(choice.labels)) for choice in one.choices],
    )


def _tagged(texts: Sequence[LocalText]) -> list[LocalText]:
    return [LocalText(locale=canonical(one.locale) or one.locale, text=one.text) for one in texts]


def _graph(name: str) -> str:
    return {"text_version": "textVersion"}.get(name, name)
