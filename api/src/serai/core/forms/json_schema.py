"""The answers a form takes as a JSON Schema (draft 2020-12), for front-ends that draw and check forms by themselves.

It says all that JSON Schema can say. What it cannot is left to the mutation: dates and amounts within bounds (given as
``formatMinimum`` and ``formatMaximum``, which some validators know), ``to`` not before ``from``, which telephone
numbers, days, places and time zones there are, lengths without the space around a text. An answer that is null counts
as not given there; here it is to be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from serai_sdk import CURRENCIES, Money

from .conditions import conditions
from .kinds import GREATEST_NUMBER, LONGEST_ADDRESS, LONGEST_TEXT
from .languages import text_in
from .questions import AnswerCondition, Question, QuestionKind, RangeOf

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
DAY: Final[Schema] = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def json_schema(questions: list[Question], *, locale: str | None = None) -> Schema:
    """The schema of the object of answers; titles and descriptions for somebody who reads ``locale``."""
    kinds = {one.key: one.kind for one in questions}
    conditional = [_conditional(one, kinds) for one in questions if conditions(one)]
    schema: Schema = {
        "$schema": DRAFT,
        "type": "object",
        "properties": {one.key: _property(one, locale) for one in questions},
        "required": [one.key for one in questions if one.required and not conditions(one)],
        "additionalProperties": False,
    }
    if conditional:
        schema["allOf"] = conditional
    return schema


def _property(question: Question, locale: str | None) -> Schema:
    shown: Schema = {"title": text_in(locale, question.label, question.labels)}
    if question.help is not None:
        shown["description"] = text_in(locale, question.help, question.helps)
    shown["x-kind"] = question.kind.value
    if question.personal:
        shown["x-personal"] = True
    if question.text_version is not None:
        shown["x-textVersion"] = question.text_version
    return shown | KINDS[question.kind](question, locale)


def _conditional(question: Question, kinds: Mapping[str, QuestionKind]) -> Schema:
    """Asked, it may have to be answered; not asked, it may not be."""
    assert question.show_if is not None
    asked: Schema = {}
    if question.show_if.all:
        asked["allOf"] = [_holds(one, kinds[one.question]) for one in question.show_if.all]
    if question.show_if.any:
        asked["anyOf"] = [_holds(one, kinds[one.question]) for one in question.show_if.any]
    made: Schema = {"if": asked, "else": {"properties": {question.key: False}}}
    if question.required:
        made["then"] = {"required": [question.key]}
    return made


def _holds(one: AnswerCondition, kind: QuestionKind) -> Schema:
    answered: Schema = {"required": [one.question]}
    if one.answered is not None:
        return answered if one.answered else {"not": answered}
    if one.at_least is not None:
        wanted: Schema = {"type": "number", "minimum": one.at_least}
    else:
        wanted = {"const": one.equals} if one.one_of is None else {"enum": one.one_of}
        if kind is QuestionKind.MANY:
            wanted = {"type": "array", "contains": wanted}
    return answered | {"properties": {one.question: wanted}}


def _text(question: Question, _: str | None) -> Schema:
    least, most = question.minimum, question.maximum
    return {
        "type": "string",
        "pattern": r"\S",
        "minLength": max(1, int(least or 0)),
        "maxLength": min(LONGEST_TEXT, int(LONGEST_TEXT if most is None else most)),
    }


def _number(question: Question, _: str | None) -> Schema:
    least, most = question.minimum, question.maximum
    return {
        "type": "number",
        "minimum": -GREATEST_NUMBER if least is None else least,
        "maximum": GREATEST_NUMBER if most is None else most,
    }


def _choice(question: Question, locale: str | None) -> Schema:
    return {
        "oneOf": [
            {"const": one.value, "title": text_in(locale, one.label, one.labels)}
            for one in question.choices or ()
        ]
    }


def _many(question: Question, locale: str | None) -> Schema:
    made: Schema = {"type": "array", "items": _choice(question, locale), "uniqueItems": True}
    if question.minimum is not None:
        made["minItems"] = int(question.minimum)
    if question.maximum is not None:
        made["maxItems"] = int(question.maximum)
    return made


def _date(question: Question, _: str | None) -> Schema:
    made = dict(DAY)
    if question.earliest is not None:
        made["formatMinimum"] = question.earliest.isoformat()
    if question.latest is not None:
        made["formatMaximum"] = question.latest.isoformat()
    return made


def _range(question: Question, locale: str | None) -> Schema:
    end = _date(question, locale) if question.range is RangeOf.DATE else _number(question, locale)
    return _object({"from": end, "to": end}, required=["from", "to"])


def _place(_question: Question, _: str | None) -> Schema:
    point = _object(
        {
            "latitude": {"type": "number", "minimum": -90, "maximum": 90},
            "longitude": {"type": "number", "minimum": -180, "maximum": 180},
        },
        required=["latitude", "longitude"],
    )
    parts: Schema = {
        "point": point,
        "cityCode": {"type": "string", "pattern": "^[A-Za-z0-9]{5}$"},
        "address": {"type": "string", "pattern": r"\S", "maxLength": LONGEST_ADDRESS},
        "timeZone": {"type": "string"},
    }
    return _object(parts) | {"anyOf": [{"required": [name]} for name in ("point", "cityCode", "address")]}


def _money(question: Question, _: str | None) -> Schema:
    bound = question.least or question.most
    digits = "{1,4}" if bound is None else f"{{0,{Money(0, bound.currency).exponent}}}0*"
    fraction = rf"(\.(?=[0-9]{{1,4}}$)[0-9]{digits})?"
    amount: Schema = {
        "anyOf": [
            {"type": "string", "pattern": f"^[0-9]{{1,15}}{fraction}$"},
            {"type": "integer", "minimum": 0, "maximum": GREATEST_NUMBER - 1},
        ]
    }
    if question.least is not None:
        amount["formatMinimum"] = str(question.least.amount)
    if question.most is not None:
        amount["formatMaximum"] = str(question.most.amount)
    currency: Schema = {"enum": sorted(CURRENCIES)} if bound is None else {"const": bound.currency}
    return _object({"amount": amount, "currency": currency}, required=["amount", "currency"])


def _phone(_question: Question, _: str | None) -> Schema:
    return {"type": "string", "minLength": 1}


def _email(_question: Question, _: str | None) -> Schema:
    return {
        "type": "string",
        "format": "email",
        "pattern": r"^\s*[^@\s]+@[^@\s]+\.[^@\s.]+\s*$",
        "maxLength": 320,
    }


def _yes_no(_question: Question, _: str | None) -> Schema:
    return {"type": "boolean"}


def _consent(question: Question, _: str | None) -> Schema:
    return {"type": "boolean", "const": True} if question.required else {"type": "boolean"}


def _object(properties: Schema, *, required: list[str] | None = None) -> Schema:
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return made | {"required": required} if required else made


KINDS: Final[Mapping[QuestionKind, Callable[[Question, str | None], Schema]]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.NUMBER: _number,
    QuestionKind.CHOICE: _choice,
    QuestionKind.MANY: _many,
    QuestionKind.DATE: _date,
    QuestionKind.RANGE: _range,
    QuestionKind.PLACE: _place,
    QuestionKind.MONEY: _money,
    QuestionKind.PHONE: _phone,
    QuestionKind.EMAIL: _email,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.CONSENT: _consent,
}
