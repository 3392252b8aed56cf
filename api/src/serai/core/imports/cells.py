"""From the text of a cell to the text PostgreSQL reads: one small function for each kind of value.

A parser takes a cell and returns what is stored, ``None`` for nothing, and raises ``Unfit`` otherwise. The rules are
those of ``docs/howto/import.md``; where a mutation has the same rule, its function is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from serai_sdk import Money, UserError
from serai_sdk.values import CURRENCIES, EXPONENTS, MOST_MINOR

from .options import Format
from .problems import ImportRefused, Unfit

Parser: TypeAlias = Callable[[str], Any]
"""From the text of a cell to the value that is staged."""

GREATEST_BIGINT: Final = 2**63 - 1
PLAIN: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
GROUPED: Final = re.compile(
    r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|-?[0-9]{1,3}([ '’\u00a0\u202f][0-9]{3})+(\.[0-9]+)?"
)
SEPARATORS: Final = str.maketrans("", "", ",'’ \u00a0\u202f")
SWAPPED: Final = str.maketrans(",.", ".,")
BEFORE: Final = re.compile(r"([A-Za-z]{3}|[€£¥￥₩₹$])\s*(-?[0-9].*)")
AFTER: Final = re.compile(r"(-?[0-9].*?)\s*([A-Za-z]{3}|[€£₩₹元])")
SIGNS: Final = {"€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "元": "CNY"}
YES: Final = frozenset(("true", "yes", "1", "ja", "wahr", "是"))
NO: Final = frozenset(("false", "no", "0", "nein", "falsch", "否"))


def text(*, maximum: int | None, required: bool = False) -> Parser:
    """Text without space around it, of at most so many characters; nothing if there is none."""

    def parse(cell: str) -> str | None:
        stripped = cell.strip()
        if not stripped:
            if required:
                raise Unfit("REQUIRED", "a value: this may not be empty")
            return None
        if maximum is not None and len(stripped) > maximum:
            raise Unfit("TOO_LONG", f"at most {maximum} characters; these are {len(stripped)}")
        return stripped

    return parse


def ruled(rule: Callable[[str], Any], *, code: str, expected: str) -> Parser:
    """What a rule of the services lets pass."""

    def parse(cell: str) -> Any:
        try:
            return rule(cell)
        except UserError:
            raise Unfit(code, expected) from None

    return parse


def optional(parser: Parser) -> Parser:
    """The parser's, and nothing for a cell of nothing but space."""

    def parse(cell: str) -> Any:
        stripped = cell.strip()
        return parser(stripped) if stripped else None

    return parse


def remembered(parser: Parser, *, most: int = 10_000) -> Parser:
    """The same parser for columns with few values: what it said before is not worked out again."""
    known: dict[str, Any] = {}

    def parse(cell: str) -> Any:
        try:
            return known[cell]
        except KeyError:
            value = parser(cell)
            if len(known) < most:
                known[cell] = value
            return value

    return parse


def choice(values: Iterable[Enum], *, words: Mapping[str, str]) -> Parser:
    """One of an enum's names in upper or lower case, with spaces or hyphens for underscores, or a word for one."""
    names = {one.value for one in values}
    listed = ", ".join(sorted(names))
    if wrong := sorted(set(words.values()) - names):
        raise ImportRefused(f"No value is called {', '.join(wrong)}", hint=f"The values are {listed}.")
    known = {key.strip().casefold(): value for key, value in words.items()}

    def parse(cell: str) -> str:
        word = known.get(cell.casefold())
        if word is not None:
            return word
        name = cell.upper().replace(" ", "_").replace("-", "_")
        if name not in names:
            raise Unfit("NOT_ONE_OF", f"one of {listed}")
        return name

    return remembered(optional(parse))


def zone(name: str) -> tzinfo:
    """The time zone of that IANA name."""
    return UTC if name == "UTC" else ZoneInfo(name)


def instant(format: Format) -> Parser:
    """A date, or a date with a time, in ISO 8601 or the format that was given; without an offset, in the time zone
    that was given."""
    local = zone(format.time_zone)
    wanted = format.date_format
    shape = (
        f"written as {wanted}" if wanted else "in ISO 8601, such as 2026-03-01 or 2026-03-01T14:30:00+01:00"
    )

    def parse(cell: str) -> str:
        try:
            found = datetime.strptime(cell, wanted) if wanted else datetime.fromisoformat(cell)
            if found.tzinfo is None:
                found = found.replace(tzinfo=local)
            return found.astimezone(UTC).isoformat(" ")
        except (ValueError, OverflowError):
            raise Unfit("NOT_A_DATE", f"a date {shape}") from None

    return optional(parse)


def number(cell: str, *, decimal_comma: bool) -> Decimal:
    """A decimal number; ``Unfit`` where it could be read in two ways."""
    if decimal_comma:
        cell = cell.translate(SWAPPED)
    if not PLAIN.fullmatch(cell):
        if not GROUPED.fullmatch(cell):
            raise Unfit("NOT_A_NUMBER", _number_expected(decimal_comma))
        cell = cell.translate(SEPARATORS)
    return Decimal(cell)


def _number_expected(decimal_comma: bool) -> str:
    if decimal_comma:
        return "a number such as 1250,50 or 1.250,50 (decimal comma, as was said)"
    return "a number such as 1250.50 or 1,250.50 (where the comma is the decimal sign: --decimal-comma)"


def decimal(format: Format) -> Parser:
    """A decimal number, kept exactly."""
    return optional(lambda cell: str(number(cell, decimal_comma=format.decimal_comma)))


def whole(*, minimum: int, maximum: int) -> Parser:
    """A whole number within bounds."""

    def parse(cell: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}(\.0+)?", cell):
            raise Unfit("NOT_A_NUMBER", "a whole number such as 2")
        value = int(cell.partition(".")[0])
        if not minimum <= value <= maximum:
            raise Unfit("OUT_OF_RANGE", f"a whole number from {minimum} to {maximum}")
        return value

    return remembered(optional(parse))


def degrees(greatest: int) -> Parser:
    """A coordinate in degrees, with a decimal point."""

    def parse(cell: str) -> float:
        if not PLAIN.fullmatch(cell) or abs(float(cell)) > greatest:
            raise Unfit("OUT_OF_RANGE", f"degrees from -{greatest} to {greatest}, with a decimal point")
        return float(cell)

    return optional(parse)


def flag(cell: str) -> bool:
    """Yes or no."""
    word = cell.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unfit("NOT_A_FLAG", "true or false")


def currency(cell: str) -> str:
    """An active currency of ISO 4217."""
    code = cell.upper()
    if code not in CURRENCIES:
        raise Unfit("NOT_A_CURRENCY", "a currency of ISO 4217 such as EUR")
    return code


def amount(format: Format) -> Parser:
    """An amount, alone or with its currency before or after it: what is staged is ``(Decimal, code or None)``."""

    def parse(cell: str) -> tuple[Decimal, str | None]:
        code: str | None = None
        if not (cell[0] in "-0123456789" and cell[-1] in "0123456789"):
            if found := BEFORE.fullmatch(cell):
                code, cell = found[1], found[2]
            elif found := AFTER.fullmatch(cell):
                cell, code = found[1], found[2]
        if code is not None:
            code = SIGNS.get(code) or currency(code)
        try:
            return number(cell, decimal_comma=format.decimal_comma), code
        except Unfit as error:
            expected = error.expected.replace("a number", "an amount", 1)
            raise Unfit("NOT_MONEY", f"{expected}, with or without a currency: 12.50 EUR") from None

    return remembered(optional(parse))


def money(value: tuple[Decimal, str | None], row_currency: str | None, *, field: str) -> Money:
    """The money of an amount and the currency of its row; ``Unfit`` unless both fit."""
    number, code = value
    code = code or row_currency
    if code is None:
        raise Unfit(
            "NO_CURRENCY",
            "an amount with its currency (12.50 EUR), or a column with the currency",
            field=field,
        )
    if number < 0:
        raise Unfit("NEGATIVE", "an amount that is not negative", field=field)
    digits = EXPONENTS.get(code, 2)
    if number > Decimal(MOST_MINOR).scaleb(-digits):
        raise Unfit("OUT_OF_RANGE", "an amount that can be stored", field=field)
    try:
        return Money.of(number, code)
    except ValueError:
        raise Unfit("TOO_PRECISE", f"at most {digits} decimal places, as {code} has", field=field) from None


def native(value: Any, *, is_text: bool) -> str:
    """A value that is no text (of JSON, of Parquet) as the text that is read by the plain rules."""
    match value:
        case None:
            return ""
        case bool() if not is_text:
            return "true" if value else "false"
        case int() if not isinstance(value, bool):
            return str(value)
        case Decimal():
            return format(value, "f")
        case float() if not is_text:
            return format(Decimal(repr(value)), "f")
        case datetime() | date():
            return value.isoformat()
        case {"amount": given, "currency": str(code), **rest} if not is_text and not rest:
            return f"{given if isinstance(given, str) else native(given, is_text=False)} {code}"
    raise Unfit("WRONG_TYPE", f"{'text' if is_text else 'a single value'}, not {_kind(value)}")


def _kind(value: Any) -> str:
    names = {bool: "true or false", float: "a number with decimals", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def mixed(plain: Parser, canonical: Parser, *, is_text: bool) -> Parser:
    """For files with types: text is read as in a text file, all else as it stands."""

    def parse(cell: Any) -> Any:
        if type(cell) is not str:
            return canonical(native(cell, is_text=is_text))
        if "\0" in cell:
            raise Unfit("NUL", "text without the character NUL")
        return plain(cell)

    return parse
