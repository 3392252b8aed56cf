"""The kinds of questions: for each what an answer must be, and how it is stored.

A function here takes a question and an answer and returns what is stored of it; ``Refused`` says what is expected
instead, in words that do not repeat the answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from serai.core.phones import e164
from serai.core.places import place_columns
from serai_sdk import Money, Place, Point, UserError

from .questions import Question, QuestionKind, RangeOf

LONGEST_TEXT: Final = 10_000
LONGEST_ADDRESS: Final = 1_000
GREATEST_NUMBER: Final = 10**15
MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")


class Refused(Exception):
    """An answer does not answer its question; the message says what would."""


Country = str | None
"""ISO 3166-1 code of the country telephone numbers without a country code are read in."""


def stored(question: Question, answer: Any, country: Country) -> Any:
    """What is stored of an answer; ``Refused`` if it does not answer the question."""
    return KINDS[question.kind](question, answer, country)


def _text(question: Question, answer: Any, _: Country) -> str:
    text = _string(answer, "The answer is a text.")
    if not text:
        raise Refused("The answer is a text.")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"The answer has at most {LONGEST_TEXT} characters.")
    _count(question, len(text), "characters")
    return text


def _number(question: Question, answer: Any, _: Country) -> Any:
    return _bounded(question, answer, "The answer is")


def _choice(question: Question, answer: Any, _: Country) -> str:
    values = [one.value for one in question.choices or ()]
    if not isinstance(answer, str) or answer not in values:
        raise Refused(f"The answer is one of: {', '.join(values)}.")
    return answer


def _many(question: Question, answer: Any, _: Country) -> list[str]:
    values = [one.value for one in question.choices or ()]
    if not isinstance(answer, list) or any(not isinstance(one, str) or one not in values for one in answer):
        raise Refused(f"The answer is a list of some of: {', '.join(values)}.")
    if len(set(answer)) != len(answer):
        raise Refused("The answer names each choice once.")
    _count(question, len(answer), "choices")
    return sorted(answer, key=values.index)


def _date(question: Question, answer: Any, _: Country) -> str:
    return _day(question, answer, "The answer is").isoformat()


def _range(question: Question, answer: Any, _: Country) -> dict[str, Any]:
    if not isinstance(answer, Mapping) or set(answer) != {"from", "to"}:
        raise Refused('The answer is a pair: {"from": ..., "to": ...}.')
    if question.range is RangeOf.DATE:
        first, last = (_day(question, answer[end], f"`{end}` is") for end in ("from", "to"))
        if last < first:
            raise Refused("`to` is not before `from`.")
        return {"from": first.isoformat(), "to": last.isoformat()}
    low, high = (_bounded(question, answer[end], f"`{end}` is") for end in ("from", "to"))
    if high < low:
        raise Refused("`to` is not less than `from`.")
    return {"from": low, "to": high}


def _place(_question: Question, answer: Any, _: Country) -> dict[str, Any]:
    expected = "The answer is a place: an object with some of point, cityCode, address and timeZone."
    if not isinstance(answer, Mapping) or not set(answer) <= {"point", "cityCode", "address", "timeZone"}:
        raise Refused(expected)
    texts = {name: answer.get(name) for name in ("cityCode", "address", "timeZone")}
    if any(one is not None and not isinstance(one, str) for one in texts.values()):
        raise Refused(expected)
    address = (texts["address"] or "").strip() or None
    if address and len(address) > LONGEST_ADDRESS:
        raise Refused(f"An address has at most {LONGEST_ADDRESS} characters.")
    place = Place(
        point=_point(answer.get("point")),
        city_code=texts["cityCode"],
        address=address,
        time_zone=texts["timeZone"],
    )
    try:
        columns = place_columns(place)
    except UserError as error:
        raise Refused(error.message) from None
    if place.point is None and place.city_code is None and address is None:
        raise Refused("The answer has at least a point, a cityCode or an address.")
    found = {
        "point": None
        if place.point is None
        else {"latitude": place.point.latitude, "longitude": place.point.longitude},
        "cityCode": columns["place_city_code"],
        "address": address,
        "timeZone": place.time_zone,
    }
    return {name: one for name, one in found.items() if one is not None}


def _point(point: Any) -> Point | None:
    if point is None:
        return None
    if (
        not isinstance(point, Mapping)
        or set(point) != {"latitude", "longitude"}
        or not all(_is_number(one) for one in point.values())
    ):
        raise Refused("A point has latitude and longitude, in degrees.")
    return Point(latitude=point["latitude"], longitude=point["longitude"])


def _money(question: Question, answer: Any, _: Country) -> dict[str, str]:
    bound = question.least or question.most
    example = bound.to_json() if bound else {"amount": "12.50", "currency": "EUR"}
    expected = (
        "The answer is an amount and its currency, such as "
        f'{{"amount": "{example["amount"]}", "currency": "{example["currency"]}"}}.'
    )
    if not isinstance(answer, Mapping) or set(answer) != {"amount", "currency"}:
        raise Refused(expected)
    amount, currency = answer["amount"], answer["currency"]
    is_amount = isinstance(amount, str | int) and not isinstance(amount, bool)
    if not is_amount or not AMOUNT.fullmatch(str(amount)) or not isinstance(currency, str):
        raise Refused(expected)
    if bound is not None and currency != bound.currency:
        raise Refused(f"The amount is in {bound.currency}.")
    try:
        money = Money.of(Decimal(str(amount)), currency)
    except (InvalidOperation, ValueError):
        raise Refused(expected) from None
    if question.least is not None and money.minor < question.least.minor:
        raise Refused(f"The amount is at least {question.least.amount} {currency}.")
    if question.most is not None and money.minor > question.most.minor:
        raise Refused(f"The amount is at most {question.most.amount} {currency}.")
    return {"amount": str(money.amount), "currency": currency}


def _phone(_question: Question, answer: Any, country: Country) -> str:
    expected = "The answer is a telephone number" + (
        "." if country else " that begins with + and the code of its country."
    )
    text = _string(answer, expected)
    number = e164(text, default=country) if len(text) <= 40 else None
    if number is None:
        raise Refused(expected)
    return number


def _email(_question: Question, answer: Any, _: Country) -> str:
    text = _string(answer, "The answer is a mail address.")
    if len(text) > 320 or not MAIL.fullmatch(text):
        raise Refused("The answer is a mail address.")
    return text


def _yes_no(_question: Question, answer: Any, _: Country) -> bool:
    if not isinstance(answer, bool):
        raise Refused("The answer is true or false.")
    return answer


def _consent(question: Question, answer: Any, country: Country) -> bool:
    if _yes_no(question, answer, country) is False and question.required:
        raise Refused("This must be agreed to: the answer is true.")
    return bool(answer)


KINDS: Final[Mapping[QuestionKind, Callable[[Question, Any, Country], Any]]] = {
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


def _string(answer: Any, expected: str) -> str:
    if not isinstance(answer, str):
        raise Refused(expected)
    return answer.strip()


def _is_number(answer: Any) -> bool:
    return not isinstance(answer, bool) and isinstance(answer, int | float) and math.isfinite(answer)


def _bounded(question: Question, answer: Any, subject: str) -> Any:
    if not _is_number(answer):
        raise Refused(f"{subject} a number.")
    if abs(answer) > GREATEST_NUMBER:
        raise Refused(f"{subject} a number of at most 15 digits.")
    if question.minimum is not None and answer < question.minimum:
        raise Refused(f"{subject} at least {question.minimum:.15g}.")
    if question.maximum is not None and answer > question.maximum:
        raise Refused(f"{subject} at most {question.maximum:.15g}.")
    return answer


def _count(question: Question, number: int, what: str) -> None:
    if question.minimum is not None and number < question.minimum:
        raise Refused(f"The answer has at least {question.minimum:.15g} {what}.")
    if question.maximum is not None and number > question.maximum:
        raise Refused(f"The answer has at most {question.maximum:.15g} {what}.")


def day(answer: Any) -> date | None:
    """The date a text such as ``2026-05-01`` names; ``None`` if it names none."""
    if not isinstance(answer, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", answer):
        return None
    try:
        return date.fromisoformat(answer)
    except ValueError:
        return None


def _day(question: Question, answer: Any, subject: str) -> date:
    found = day(answer)
    if found is None:
        raise Refused(f"{subject} a date such as 2026-05-01.")
    if question.earliest is not None and found < question.earliest:
        raise Refused(f"{subject} not before {question.earliest.isoformat()}.")
    if question.latest is not None and found > question.latest:
        raise Refused(f"{subject} not after {question.latest.isoformat()}.")
    return found
