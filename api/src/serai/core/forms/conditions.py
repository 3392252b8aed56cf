"""Whether a question is asked, by the answers to earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .questions import AnswerCondition, Question


def conditions(question: Question) -> list[AnswerCondition]:
    """All conditions of a question."""
    if question.show_if is None:
        return []
    return [*(question.show_if.all or ()), *(question.show_if.any or ())]


def depends_on(question: Question) -> set[str]:
    """The keys of the questions whose answers decide whether this one is asked."""
    return {one.question for one in conditions(question)}


def is_asked(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether a question is asked of somebody who gave these answers (as they are stored) before it."""
    if question.show_if is None:
        return True
    some = question.show_if.any
    return _all(question.show_if.all or (), answers) and (
        not some or any(_holds(one, answers) for one in some)
    )


def _all(wanted: Iterable[AnswerCondition], answers: Mapping[str, Any]) -> bool:
    return all(_holds(one, answers) for one in wanted)


def _holds(one: AnswerCondition, answers: Mapping[str, Any]) -> bool:
    answer = answers.get(one.question)
    if one.answered is not None:
        return (answer is not None) == one.answered
    if answer is None:
        return False
    if one.at_least is not None:
        return bool(answer >= one.at_least)
    given = answer if isinstance(answer, list) else [answer]
    wanted = [one.equals] if one.one_of is None else one.one_of
    return any(_same(answered, value) for answered in given for value in wanted)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
