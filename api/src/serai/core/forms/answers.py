"""Answers held against questions: what is wrong with them, all at once, or what is stored of them.

Nothing here knows who asks or why: scenarios, channels and plug-ins alike give it questions and answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from serai_sdk import UserError, UserErrors

from .conditions import depends_on, is_asked
from .kinds import Country, Refused, stored
from .questions import Question

ANSWER_ERRORS: Final = {
    "ANSWER_MISSING": "A question that must be answered is not.",
    "ANSWER_INVALID": "An answer is not of the form its question asks for; the message says what is expected.",
    "ANSWER_HIDDEN": "A question is answered that is not asked after the other answers.",
    "ANSWER_UNKNOWN": "An answer is to no question of the form.",
}
"""The codes ``check`` uses, for the ``errors`` of a mutation that takes answers."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers as they are stored, those to personal questions apart."""

    plain: dict[str, Any] = field(default_factory=dict)
    personal: dict[str, Any] = field(default_factory=dict)


def check(
    questions: Sequence[Question],
    answers: Any,
    *,
    country: Country = None,
    path: tuple[str, ...] = ("answers",),
) -> Checked:
    """What is stored of the answers (an object by key, or nothing); ``UserErrors`` with one error for each fault.

    ``country`` is the one telephone numbers without a country code are read in, ``path`` where the answers stand in
    the input. An answer that is null counts as not given.
    """
    if answers is None:
        answers = {}
    if not isinstance(answers, Mapping):
        raise UserError(
            "ANSWER_INVALID", "Answers are an object: the question's key, the answer.", field=path
        )
    checking = _Checking(answers, country, path)
    for question in questions:
        checking.one(question)
    known = {question.key for question in questions}
    for key in answers:
        if key not in known:
            checking.complain("ANSWER_UNKNOWN", str(key)[:60], "The form has no such question.")
    if checking.errors:
        raise UserErrors(checking.errors)
    return checking.checked


@dataclass(slots=True)
class _Checking:
    answers: Mapping[str, Any]
    country: Country
    path: tuple[str, ...]
    given: dict[str, Any] = field(default_factory=dict)
    checked: Checked = field(default_factory=Checked)
    wrong: set[str] = field(default_factory=set)
    errors: list[UserError] = field(default_factory=list)

    def one(self, question: Question) -> None:
        key = question.key
        answer = self.answers.get(key)
        # whether it is asked is not known where an answer it depends on is wrong: then only its form is looked at
        is_open = not depends_on(question) & self.wrong
        if not is_open:
            self.wrong.add(key)
        elif not is_asked(question, self.given):
            if answer is not None:
                self.complain(
                    "ANSWER_HIDDEN", key, "This question is not asked after the other answers: leave it out."
                )
            return
        if answer is None:
            if question.required and is_open:
                self.complain("ANSWER_MISSING", key, "This question must be answered.")
            return
        try:
            found = stored(question, answer, self.country)
        except Refused as error:
            self.complain("ANSWER_INVALID", key, str(error))
            return
        self.given[key] = found
        (self.checked.personal if question.personal else self.checked.plain)[key] = found

    def complain(self, code: str, key: str, message: str) -> None:
        self.wrong.add(key)
        self.errors.append(UserError(code, message, field=(*self.path, key)))
