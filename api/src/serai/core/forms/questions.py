"""What a form asks: questions of several kinds, with bounds, conditions and labels in several languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from serai_sdk import JSON, Money, part, value
from serai_sdk.declare import camel
from serai_sdk.orm import StrEnum


class QuestionKind(StrEnum):
    """What an answer looks like."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    CHOICE = "CHOICE"
    MANY = "MANY"
    DATE = "DATE"
    RANGE = "RANGE"
    PLACE = "PLACE"
    MONEY = "MONEY"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    YES_NO = "YES_NO"
    CONSENT = "CONSENT"


class RangeOf(StrEnum):
    """What a range goes from and to."""

    NUMBER = "NUMBER"
    DATE = "DATE"


@value
class LocalText:
    """A text in one language."""

    locale: str = part("The language, as a BCP 47 tag such as `de-CH` or `zh-Hans`.")
    text: str = part("The text in it.")


@value
class QuestionChoice:
    """One of the answers of a CHOICE or MANY question."""

    value: str = part("What is stored as the answer; it stays the same whatever the label says.")
    label: str = part("The choice as people read it.")
    labels: list[LocalText] = part("The label in other languages.")


@value
class AnswerCondition:
    """Something an earlier answer must be: exactly one of `equals`, `oneOf`, `atLeast` and `answered` is given."""

    question: str = part("The key of the earlier question.")
    equals: JSON | None = part("The answer is this; of a MANY question, this is among what was chosen.")
    one_of: list[JSON] | None = part(
        "The answer is one of these; of a MANY question, one of these is chosen."
    )
    at_least: float | None = part("The answer to a NUMBER question is at least this.")
    answered: bool | None = part("Whether the question is answered at all.")


@value
class ShowIf:
    """When a question is asked: `all` of these conditions hold, and if `any` are given, at least one of them."""

    all: list[AnswerCondition] | None = part("What must all hold.")
    any: list[AnswerCondition] | None = part("Of what at least one must hold.")


@value
class Question:
    """One question of a form."""

    key: str = part("The name its answer goes by, unique in the form, such as `guests`.")
    label: str = part("The question as people read it, in the form's own language.")
    labels: list[LocalText] = part("The question in other languages.")
    help: str | None = part("A hint beside the question.")
    helps: list[LocalText] = part("The hint in other languages.")
    kind: QuestionKind = part("What an answer looks like.")
    required: bool = part("Whether it must be answered where it is asked; a CONSENT must then be given.")
    personal: bool = part(
        "Whether answers are personal data, kept from providers until the demand is theirs."
    )
    choices: list[QuestionChoice] | None = part("What CHOICE and MANY choose from.")
    minimum: float | None = part("The least number (NUMBER, RANGE), or the fewest characters or choices.")
    maximum: float | None = part("The greatest number (NUMBER, RANGE), or the most characters or choices.")
    earliest: date | None = part("The first date (DATE, RANGE).")
    latest: date | None = part("The last date (DATE, RANGE).")
    least: Money | None = part("The least amount (MONEY), whose currency is the only one then.")
    most: Money | None = part("The greatest amount (MONEY), whose currency is the only one then.")
    range: RangeOf | None = part("What a RANGE goes from and to.")
    text_version: str | None = part("Which version of the text it is that a CONSENT agrees to.")
    show_if: ShowIf | None = part("When it is asked; always, if null.")


def written(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The questions as they are stored: members by their names in the graph."""
    return [_written(one) for one in questions]


def _written(one: Any) -> Any:
    match one:
        case Money():
            return one.to_json()
        case list():
            return [_written(item) for item in one]
        case date():
            return one.isoformat()
        case StrEnum():
            return one.value
        case LocalText() | QuestionChoice() | AnswerCondition() | ShowIf() | Question():
            return {camel(field.name): _written(getattr(one, field.name)) for field in fields(one)}
    return one


def read(stored: Sequence[Mapping[str, Any]]) -> list[Question]:
    """Questions from what ``written`` made of them."""
    return [_question(one) for one in stored]


def _question(one: Mapping[str, Any]) -> Question:
    return Question(
        key=one["key"],
        label=one["label"],
        labels=_texts(one["labels"]),
        help=one["help"],
        helps=_texts(one["helps"]),
        kind=QuestionKind(one["kind"]),
        required=one["required"],
        personal=one["personal"],
        choices=None if one["choices"] is None else [_choice(choice) for choice in one["choices"]],
        minimum=one["minimum"],
        maximum=one["maximum"],
        earliest=_date(one["earliest"]),
        latest=_date(one["latest"]),
        least=_money(one["least"]),
        most=_money(one["most"]),
        range=None if one["range"] is None else RangeOf(one["range"]),
        text_version=one["textVersion"],
        show_if=None
        if one["showIf"] is None
        else ShowIf(all=_conditions(one["showIf"]["all"]), any=_conditions(one["showIf"]["any"])),
    )


def _choice(one: Mapping[str, Any]) -> QuestionChoice:
    return QuestionChoice(value=one["value"], label=one["label"], labels=_texts(one["labels"]))


def _texts(texts: Sequence[Mapping[str, str]]) -> list[LocalText]:
    return [LocalText(locale=one["locale"], text=one["text"]) for one in texts]


def _conditions(conditions: Sequence[Mapping[str, Any]] | None) -> list[AnswerCondition] | None:
    if conditions is None:
        return None
    return [
        AnswerCondition(
            question=one["question"],
            equals=one["equals"],
            one_of=one["oneOf"],
            at_least=one["atLeast"],
            answered=one["answered"],
        )
        for one in conditions
    ]


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _money(money: Mapping[str, str] | None) -> Money | None:
    return None if money is None else Money.of(money["amount"], money["currency"])
