"""Telephone numbers: kept as people type them, and beside that as E.164 to look up and to compare.

The rule: a number that begins with ``+`` says its country itself. Any other is read as one dialled in the region of the
customer's locale (``de-CH``: Switzerland) and, if it is none there, in that of the setting ``default_region``. What
is no number in either has no E.164 form; it is kept as it was typed and is no mistake.
"""

from __future__ import annotations

from functools import lru_cache

from phonenumbers import (
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

__all__ = ["e164", "is_region", "regions"]


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
    for region in regions(locale, default) or (None,):
        try:
            number = parse(text, region)
        except NumberParseException:
            continue
        if is_valid_number(number):
            return format_number(number, PhoneNumberFormat.E164)
    return None
