"""Customers in files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from serai.core.customers.models import CustomerKind
from serai.core.customers.mutations import CustomerRegisterInput
from serai.core.customers.service import email, locale
from serai.core.phones import e164

from .cells import choice, optional, remembered, ruled, text
from .fields import Field, external_id, longest, of_text, reference
from .noun import Compose, Kept, Link, Noun, Unique, Values, plain
from .options import Format

INPUT = CustomerRegisterInput

FIELDS = (
    external_id(
        "What the customer is called in the system the file comes from.",
        "customer id", "customer number", "customer no", "kundennummer", "kunden id", "kunden nr", "客户编号", "客户id",
    ),
    Field(
        name="name",
        description="The full name of the person or company.",
        parser=of_text(INPUT, "name", required=True),
        words=(
            "full name", "customer name", "customer", "kunde", "kundenname", "vollständiger name", "姓名", "名称",
            "客户名称", "客户姓名", "客户",
        ),
        is_required=True,
    ),
    Field(
        name="kind",
        description="PERSON or COMPANY; a person where there is none.",
        parser=lambda format: choice(CustomerKind, words=format.values.get("kind", {})),
        words=("type", "customer type", "art", "kundenart", "typ", "类型", "客户类型"),
    ),
    Field(
        name="email",
        description="The address mails go to; no two customers have the same.",
        parser=lambda _: ruled(email, code="NOT_AN_EMAIL", expected="a mail address such as name@example.org"),
        words=("e-mail", "mail", "email address", "e-mail-adresse", "mailadresse", "邮箱", "电子邮件", "电子邮箱"),
    ),
    Field(
        name="phone",
        description="The telephone number, as people write it.",
        parser=of_text(INPUT, "phone"),
        words=(
            "phone number", "telephone", "mobile", "telefon", "telefonnummer", "handy", "mobil", "电话", "手机",
            "手机号", "电话号码",
        ),
    ),
    Field(
        name="locale",
        description="The language it reads, as a BCP 47 tag; `en` where there is none.",
        parser=lambda _: remembered(
            optional(ruled(locale, code="NOT_A_LOCALE", expected="a BCP 47 language tag such as de-CH"))
        ),
        words=("language", "lang", "sprache", "语言"),
    ),
    Field(
        name="sourceChannel",
        description="The channel it came from.",
        parser=lambda _: remembered(text(maximum=longest(INPUT, "source_channel"))),
        words=("channel", "source channel", "kanal", "herkunft", "渠道", "来源", "来源渠道"),
    ),
    reference("inviter", "customers", "Who invited it: the external id of a customer, also one of this file.",
              "invited by", "referrer", "geworben von", "推荐人", "邀请人"),
    Field(
        name="attributes.*",
        description="What is known besides, one column each: `attributes.hobby`, `attributes.age:number`.",
        parser=lambda _: text(maximum=None),
    ),
)  # fmt: skip


def compose(format: Format, given: frozenset[str]) -> Compose:
    """The number to look up by, and the attributes as one object."""
    region = format.default_region
    attributes = sorted(one for one in given if one.startswith("attributes."))
    keys = [(one, one.removeprefix("attributes.").partition(":")[0]) for one in attributes]
    steps: list[Callable[[Values], None]] = []

    def number(values: Values) -> None:
        phone = values["phone"]
        values["phone_e164"] = phone and e164(phone, locale=values.get("locale") or "en", default=region)

    def gather(values: Values) -> None:
        known: dict[str, Any] = {}
        gone: list[str] = []
        for name, key in keys:
            value = values[name]
            if value is None:
                gone.append(key)
            else:
                known[key] = value
        values["attributes"] = orjson.dumps(known).decode()
        values["attributes_gone"] = array(gone)

    if "phone" in given:
        steps.append(number)
    if keys:
        steps.append(gather)

    def all_steps(values: Values) -> None:
        for step in steps:
            step(values)

    return all_steps


def array(values: list[str]) -> str:
    """A list of texts as PostgreSQL writes it."""
    quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in values)
    return "{" + ",".join(f'"{one}"' for one in quoted) + "}"


CUSTOMERS = Noun(
    name="customers",
    singular="customer",
    prefix="cus",
    table="core_customer",
    fields=FIELDS,
    kept=(
        plain("name", keeps=True),
        plain("kind", fallback="'PERSON'", keeps=True),
        plain("email"),
        plain("phone"),
        Kept(
            column="phone_e164",
            fields=("phone",),
            staged={"phone_e164": "text"},
            derived="t.phone is distinct from s.phone",
        ),
        plain("locale", fallback="'en'", keeps=True),
        plain("source_channel", "sourceChannel"),
        Kept(column="inviter_id", fields=("inviter",)),
        Kept(
            column="attributes",
            fields=("attributes.*",),
            staged={"attributes": "jsonb", "attributes_gone": "text[]"},
            update="(t.attributes || s.attributes) - s.attributes_gone",
            fallback="'{}'::jsonb",
        ),
    ),
    links=(Link(field="inviter", column="inviter_id", prefix="cus", noun="customer", within=True),),
    uniques=(
        Unique(field="email", column="email", constraint="core_customer_email", folded=True, releases=True),
    ),
    compose=compose,
)
