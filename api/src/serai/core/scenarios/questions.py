"""Forms: questions that can be asked, and answers that answer them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from serai_sdk import UserError, UserErrors

from .form import QuestionKind

KEY = re.compile(r"[a-z][A-Za-z0-9_]{0,39}")
LONGEST_TEXT = 10_000
GREATEST_NUMBER = 10**15


class Asked(Protocol):
    """A question, as an input or as stored."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> QuestionKind: ...
    @property
    def required(self) -> bool: ...
    @property
    def choices(self) -> Sequence[str] | None: ...
    @property
    def minimum(self) -> float | None: ...
    @property
    def maximum(self) -> float | None: ...
    @property
    def personal(self) -> bool: ...
    @property
    def help(self) -> str | None: ...


def stored(questions: Sequence[Asked]) -> list[dict[str, Any]]:
    """The questions as they are stored; ``UserErrors`` code ``FORM_INVALID`` if they cannot be asked."""
    errors: list[UserError] = []
    keys: set[str] = set()
    for index, one in enumerate(questions):
        for part, message in _faults(one):
            errors.append(UserError("FORM_INVALID", message, field=("questions", str(index), part)))
        if one.key in keys:
            message = "Another question has the same key."
            errors.append(UserError("FORM_INVALID", message, field=("questions", str(index), "key")))
        keys.add(one.key)
    if errors:
        raise UserErrors(errors)
    return [
        {
            "key": one.key,
            "label": one.label,
            "kind": one.kind.value,
            "required": one.required,
            "choices": list(one.choices) if one.choices else None,
            "minimum": one.minimum,
            "maximum": one.maximum,
            "personal": one.personal,
            "help": one.help,
        }
        for one in questions
    ]


def _faults(one: Asked) -> Iterable[tuple[str, str]]:
    if not KEY.fullmatch(one.key):
        yield "key", "A key is a letter in lower case and up to 39 letters, digits and underscores."
    if not one.label.strip():
        yield "label", "A question needs a label."
    choosing = one.kind in (QuestionKind.CHOICE, QuestionKind.MANY)
    if choosing and (not one.choices or len(set(one.choices)) != len(one.choices)):
        yield "choices", "CHOICE and MANY need choices, each of them once."
    if not choosing and one.choices:
        yield "choices", "Only CHOICE and MANY have choices."
    if one.minimum is not None and one.maximum is not None and one.minimum > one.maximum:
        yield "minimum", "The minimum is greater than the maximum."
    if one.kind in (QuestionKind.DATE, QuestionKind.YES_NO, QuestionKind.CHOICE) and (
        one.minimum is not None or one.maximum is not None
    ):
        yield "minimum", "Only TEXT, NUMBER and MANY have bounds."


def split(
    questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers to plain and to personal questions; ``UserErrors`` with one error for each that is wrong."""
    errors: list[UserError] = []
    plain: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for question in questions:
        key = question["key"]
        answer = answers.get(key)
        if answer is None:
            if question["required"]:
                errors.append(_error("ANSWER_MISSING", key, "This question must be answered."))
            continue
        fault = _fault(question, answer)
        if fault is not None:
            errors.append(_error("ANSWER_INVALID", key, fault))
            continue
        (personal if question["personal"] else plain)[key] = answer
    known = {question["key"] for question in questions}
    for key in answers:
        if key not in known:
            errors.append(_error("ANSWER_UNKNOWN", str(key)[:60], "The form has no such question."))
    if errors:
        raise UserErrors(errors)
    return plain, personal


def _error(code: str, key: str, message: str) -> UserError:
    return UserError(code, message, field=("answers", key))


def _fault(question: Mapping[str, Any], answer: Any) -> str | None:
    """What is wrong with an answer, in words that do not repeat it."""
    choices = question["choices"] or []
    match QuestionKind(question["kind"]):
        case QuestionKind.TEXT:
            if not isinstance(answer, str) or not answer.strip():
                return "The answer is a text."
            if len(answer) > LONGEST_TEXT:
                return f"The answer has at most {LONGEST_TEXT} characters."
            return _bounds(question, len(answer), "characters")
        case QuestionKind.NUMBER:
            if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
                return "The answer is a number."
            if abs(answer) > GREATEST_NUMBER:
                return "The answer is a number of at most 15 digits."
            return _bounds(question, answer, None)
        case QuestionKind.CHOICE:
            return None if answer in choices else f"The answer is one of: {', '.join(choices)}."
        case QuestionKind.MANY:
            if not isinstance(answer, list) or any(one not in choices for one in answer):
                return f"The answer is a list of some of: {', '.join(choices)}."
            if len({str(one) for one in answer}) != len(answer):
                return "The answer names a choice twice."
            return _bounds(question, len(answer), "choices")
        case QuestionKind.DATE:
            return None if _is_date(answer) else "The answer is a date such as 2026-05-01."
        case QuestionKind.YES_NO:
            return None if isinstance(answer, bool) else "The answer is true or false."


def _bounds(question: Mapping[str, Any], number: float, what: str | None) -> str | None:
    least, most = question["minimum"], question["maximum"]
    suffix = f" {what}" if what else ""
    if least is not None and number < least:
        return f"The answer has at least {least:g}{suffix}." if what else f"The answer is at least {least:g}."
    if most is not None and number > most:
        return f"The answer has at most {most:g}{suffix}." if what else f"The answer is at most {most:g}."
    return None


def _is_date(answer: Any) -> bool:
    if not isinstance(answer, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", answer):
        return False
    try:
        date.fromisoformat(answer)
    except ValueError:
        return False
    return True
