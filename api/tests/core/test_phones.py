"""Telephone numbers in one form: by their own country, the customer's locale, the setting; else in none."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from serai.core.phones import e164
from serai.core.plugin import plugin as core
from serai.viewers import Viewer

STAFF = Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(one.name for one in core.permissions()))


@pytest.mark.parametrize(
    ("typed", "locale", "default", "number"),
    [
        ("+49 (0)30 / 901820", "en", None, "+4930901820"),
        ("0049 30 901820", "de-DE", None, "+4930901820"),
        ("030 901820", "de-DE", "CH", "+4930901820"),
        ("030 901820", "en-US", "DE", "+4930901820"),
        ("138 0013 8000", "zh-Hans-CN", None, "+8613800138000"),
        ("０４４ ６６８ １８ ００", "de-CH", None, "+41446681800"),
        ("+1 650-253-0000 ext. 5", "en", None, "+16502530000"),
        ("030 901820", "de", None, None),
        ("030 901820", "de-XX", None, None),
        ("+999 123 456789", "de-DE", "DE", None),
        ("ask at the desk", "de-DE", "DE", None),
        ("", "de-DE", "DE", None),
        (None, "de-DE", "DE", None),
    ],
)
def test_a_number_in_one_form(
    typed: str | None, locale: str, default: str | None, number: str | None
) -> None:
    assert e164(typed, locale=locale, default=default) == number


async def test_what_was_typed_is_kept_and_the_number_is_found_however_it_was_typed(graph: Any) -> None:
    for phone, locale in (("044 668 18 00", "de-CH"), ("+41 44 668 18 00", "en"), ("123", "de-CH")):
        payload = await graph.change(
            "customerRegister",
            "customer { phone }",
            STAFF,
            {"name": "Zoë", "phone": phone, "locale": locale},
        )
        assert payload["customer"] == {"phone": phone}
    found = await graph.ask(
        '{ customers(where: {phoneE164: {eq: "+41446681800"}}) { nodes { phone phoneE164 } } }', STAFF
    )
    assert found["customers"]["nodes"] == [
        {"phone": "044 668 18 00", "phoneE164": "+41446681800"},
        {"phone": "+41 44 668 18 00", "phoneE164": "+41446681800"},
    ]


async def test_another_number_or_locale_is_another_form(graph: Any, rows: Any) -> None:
    id = await rows.customer(phone="030 901820", locale="de")
    for given, number in (
        ({"locale": "de-DE"}, "+4930901820"),
        ({"name": "New"}, "+4930901820"),
        ({"phone": "+41446681800"}, "+41446681800"),
        ({"phone": None}, None),
    ):
        payload = await graph.change(
            "customerUpdate", "customer { phoneE164 }", STAFF, {"id": f"cus_{id.hex}", **given}
        )
        assert payload["customer"] == {"phoneE164": number}
