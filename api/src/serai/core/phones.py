"""Telephone numbers: kept as people type them, and beside that as E.164 to look up and to compare.

The rule: a number that begins with ``+`` says its country itself. Any other is read as one dialled in the region of the
customer's locale (``de-CH``: Switzerland) and, if it is none there, in that of the setting ``default_region``. What
is no number in either has no E.164 form; it is kept as it was typed and is no mistake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneMetadata,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

__all__ = ["e164", "is_region", "quick_e164", "regions", "thorough_e164"]

INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]*(?:[ -][0-9]+)*")
NATIONAL: Final = re.compile(r"0[1-9][0-9]*(?:[ -][0-9]+)*")
WITHOUT_SEPARATORS: Final = str.maketrans("", "", "+ -")


def is_region(code: str) -> bool:
    """Whether numbers of this ISO 3166 region are known."""
    return code in SUPPORTED_REGIONS


@lru_cache(maxsize=1024)
def regions(locale: str | None, default: str | None) -> tuple[str, ...]:
    """The regions a number is looked for in, in this order: the locale's own, the one that is set."""
    subtags = (locale or "").split("-")[1:]
    own = next((one.upper() for one in subtags if len(one) == 2 and one.isalpha()), None)
    return tuple(dict.fromkeys(one for one in (own, default) if one and is_region(one)))


def e164(text: str | None, *, locale: str | None = None, default: str | None = None) -> str | None:
    """The number as E.164 (``+41446681800``), an extension left out; ``None`` if it is none that is assigned."""
    if not text:
        return None
    quick = quick_e164(text, locale=locale, default=default)
    if quick is not None:
        return quick
    return thorough_e164(text, locale=locale, default=default)


def thorough_e164(text: str, *, locale: str | None = None, default: str | None = None) -> str | None:
    """As ``e164``, by the library alone."""
    for region in regions(locale, default) or (None,):
        try:
            number = parse(text, region)
        except NumberParseException:
            continue
        if is_valid_number(number):
            return format_number(number, PhoneNumberFormat.E164)
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the plain numbers of a country look like: those of its main region, fixed and mobile."""

    code: str
    region: str
    prefix: re.Pattern[str] | None
    abroad: re.Pattern[str] | None
    trunk: bool
    """Whether numbers within the country begin with one zero, and nothing else is taken off them."""
    general: re.Pattern[str]
    kinds: Sequence[tuple[frozenset[int], re.Pattern[str]]]

    def has(self, number: str) -> bool:
        """Whether it is a number as it is, with nothing to be taken off."""
        length = len(number)
        return (
            number[0] != "0"
            and (self.prefix is None or self.prefix.match(number) is None)
            and any(length in lengths and kind.fullmatch(number) for lengths, kind in self.kinds)
            and self.general.fullmatch(number) is not None
        )


def quick_e164(text: str, *, locale: str | None = None, default: str | None = None) -> str | None:
    """What the library says of numbers of the plainest forms, sooner; ``None`` where it must be asked."""
    if INTERNATIONAL.fullmatch(text):
        digits = text.translate(WITHOUT_SEPARATORS)
        for length in (1, 2, 3):
            if plan := _plans().get(digits[:length]):
                number = digits[length:]
                return f"+{digits}" if number and plan.has(number) else None
        return None
    if NATIONAL.fullmatch(text):
        for region in regions(locale, default)[:1]:
            digits = text.translate(WITHOUT_SEPARATORS)
            plan = _plans_by_region().get(region)
            if plan is None or not plan.trunk or (plan.abroad is not None and plan.abroad.match(digits)):
                return None
            number = digits[1:]
            return f"+{plan.code}{number}" if plan.has(number) else None
    return None


@cache
def _plans() -> dict[str, Plan]:
    """By country code."""
    found: dict[str, Plan] = {}
    for code, names in COUNTRY_CODE_TO_REGION_CODE.items():
        data = PhoneMetadata.metadata_for_region(names[0], None)
        general = data.general_desc if data is not None else None
        if (
            data is None
            or general is None
            or data.leading_digits is not None
            or not general.national_number_pattern
        ):
            continue
        kinds = tuple(
            (
                frozenset(one.possible_length or general.possible_length),
                re.compile(one.national_number_pattern),
            )
            for one in (data.mobile, data.fixed_line)
            if one is not None and one.national_number_pattern
        )
        prefix, abroad = data.national_prefix_for_parsing, data.international_prefix
        found[str(code)] = Plan(
            code=str(code),
            region=names[0],
            prefix=re.compile(prefix) if prefix else None,
            abroad=re.compile(abroad) if abroad else None,
            trunk=prefix == "0" and not data.national_prefix_transform_rule,
            general=re.compile(general.national_number_pattern),
            kinds=kinds,
        )
    return found


@cache
def _plans_by_region() -> dict[str, Plan]:
    return {plan.region: plan for plan in _plans().values()}
