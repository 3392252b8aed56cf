"""Numbers of plain forms are told quickly, and exactly as the library tells them."""

from __future__ import annotations

from random import Random

from phonenumbers import SUPPORTED_REGIONS, PhoneNumberType, country_code_for_region, example_number_for_type

from serai.core.phones import quick_e164, thorough_e164

ROUNDS = 12
TYPES = sorted(PhoneNumberType.values())


def spaced(draw: Random, digits: str) -> str:
    """The digits with a space or a hyphen here and there."""
    return "".join(
        one + (draw.choice(" -") if draw.random() < 0.2 and place < len(digits) - 1 else "")
        for place, one in enumerate(digits)
    )


def test_what_is_told_quickly_is_what_the_library_says() -> None:
    draw = Random("telephone numbers")
    told = asked = 0
    for region in sorted(SUPPORTED_REGIONS):
        code = str(country_code_for_region(region))
        for kind in TYPES:
            example = example_number_for_type(region, kind)
            if example is None:
                continue
            for _ in range(ROUNDS):
                number = list(str(example.national_number))
                for _ in range(draw.choice((0, 1, 1, 2, 6))):
                    number[draw.randrange(len(number))] = draw.choice("0123456789")
                digits = "".join(number)[: draw.choice((20, 20, 20, len(number) - 1))] + draw.choice(
                    ("", "", "", "7")
                )
                form = draw.choice(("+", "+", "0", "0", "00", "+0", "trunk"))
                text = {
                    "+": f"+{spaced(draw, code + digits)}",
                    "0": spaced(draw, f"0{digits}"),
                    "00": f"00{code}{digits}",
                    "+0": f"+{code} 0{digits}",
                    "trunk": spaced(draw, digits),
                }[form]
                locale = f"en-{draw.choice((region, region, region, 'DE', 'GB', 'US', 'CN'))}"
                default = draw.choice((None, region, "FR"))
                quick = quick_e164(text, locale=locale, default=default)
                asked += 1
                if quick is not None:
                    told += 1
                    assert quick == thorough_e164(text, locale=locale, default=default), (
                        text,
                        locale,
                        default,
                    )
    assert told > asked / 12


def test_the_commonest_are_told_quickly() -> None:
    assert quick_e164("+49 151 23456789", locale="en") == "+4915123456789"
    assert quick_e164("0151 23456789", locale="de-DE") == "+4915123456789"
    assert quick_e164("+44 7400 123456", locale="en") == "+447400123456"
    assert quick_e164("+1 650-253-0000", locale="en") == "+16502530000"
    assert quick_e164("+86 138 0013 8000", locale="zh-CN") == "+8613800138000"
