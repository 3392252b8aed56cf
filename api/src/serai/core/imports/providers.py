"""Providers in files."""

from __future__ import annotations

import re
from typing import Final

from serai.core.customers.service import email
from serai.core.providers.models import ProviderStatus
from serai.core.providers.mutations import ProviderApplyInput
from serai.core.providers.states import LIFE

from .cells import Parser, choice, ruled, text
from .customers import array
from .fields import Field, external_id, of_text
from .noun import Compose, Noun, Values, plain
from .options import Format
from .placed import NAMES, PLACE_FIELDS, PLACE_KEPT, place
from .states import check_states
from .work import Work

INPUT = ProviderApplyInput
SEPARATED: Final = re.compile(r"[,;|、，]")


def slugs(_: Format) -> Parser:
    """Several slugs in one cell."""
    whole = text(maximum=10_000)

    def parse(cell: str) -> str | None:
        found = whole(cell)
        parts = (one.strip() for one in SEPARATED.split(found or ""))
        return array(sorted({one for one in parts if one}))

    return parse


FIELDS = (
    external_id(
        "What the provider is called in the system the file comes from.",
        "provider id", "supplier id", "vendor id", "merchant id", "anbieternummer", "lieferantennummer", "商家编号",
        "供应商编号",
    ),
    Field(
        name="name",
        description="The name it trades under.",
        parser=of_text(INPUT, "name", required=True),
        words=("provider", "provider name", "supplier", "vendor", "merchant", "anbieter", "lieferant", "firma", "名称",
               "商家", "商家名称", "供应商"),
        is_required=True,
    ),
    Field(
        name="description",
        description="What it says about itself.",
        parser=of_text(INPUT, "description"),
        words=("about", "beschreibung", "描述", "简介"),
    ),
    Field(
        name="status",
        description="Where it is in its life; APPLIED where there is none.",
        parser=lambda format: choice(ProviderStatus, words=format.values.get("status", {})),
        words=("state", "zustand", "状态"),
    ),
    Field(
        name="contactEmail",
        description="Where the platform writes to.",
        parser=lambda _: ruled(email, code="NOT_AN_EMAIL", expected="a mail address such as name@example.org"),
        words=("email", "e-mail", "mail", "e-mail-adresse", "邮箱", "电子邮件"),
    ),
    Field(
        name="contactPhone",
        description="Where the platform calls.",
        parser=of_text(INPUT, "contact_phone"),
        words=("phone", "telephone", "telefon", "telefonnummer", "电话", "手机"),
    ),
    Field(
        name="payoutAccount",
        description="The account it is paid to.",
        parser=of_text(INPUT, "payout_account"),
        words=("account", "iban", "bank account", "konto", "kontonummer", "账户", "银行账号"),
    ),
    Field(
        name="scenarios",
        description="The slugs of the scenarios it serves, with commas or semicolons between them.",
        parser=slugs,
        words=("scenario", "szenarien", "场景"),
        is_text=True,
    ),
    *PLACE_FIELDS,
)  # fmt: skip

RESOLVE_SCENARIOS = """
create temporary table import_serving on commit drop as
select s.id as stage_id, s.line, w.slug, c.id as scenario_id
from import_stage s
cross join lateral unnest(s.scenarios) w (slug)
left join core_scenario c on c.slug = w.slug and c.status = 'PUBLISHED'
"""

UNKNOWN_SCENARIO = """
select v.line, v.slug as value
from import_serving v
join import_resolved s on s.line = v.line
where v.scenario_id is null
"""

SERVED = """
select coalesce(array_agg(v.scenario_id order by v.scenario_id), '{}')
from import_serving v
where v.stage_id = s.id and v.scenario_id is not null
"""

SERVES = """
select coalesce(array_agg(v.scenario_id order by v.scenario_id), '{}')
from core_scenario_provider v
where v.provider_id = t.id
"""

SERVES_NO_MORE = """
delete from core_scenario_provider v
using import_resolved s
where v.provider_id = s.existing
  and s.action = 'changed'
  and not exists (select from import_serving w where w.stage_id = s.id and w.scenario_id = v.scenario_id)
"""

SERVES_NOW = """
insert into core_scenario_provider (id, created_at, updated_at, version, scenario_id, provider_id)
select v.id, $1, $1, 1, v.scenario_id, coalesce(s.existing, s.id)
from (
  select gen_random_uuid() as id, stage_id, scenario_id from import_serving where scenario_id is not null
) v
join import_resolved s on s.id = v.stage_id
where s.action in ('new', 'changed')
on conflict (scenario_id, provider_id) do nothing
"""


def compose(_: Format, given: frozenset[str]) -> Compose:
    """The place."""
    return place if given & NAMES else _nothing


def _nothing(_: Values) -> None:
    """Nothing holds fields together."""


async def resolve(work: Work) -> None:
    """Find the scenarios."""
    if "scenarios" in work.given:
        await work.connection.execute(RESOLVE_SCENARIOS)


async def check(work: Work) -> None:
    """Scenarios are published; states follow one another."""
    if "scenarios" in work.given:
        await work.refuse(
            UNKNOWN_SCENARIO, field="scenarios", code="NOT_FOUND", expected="slugs of published scenarios"
        )
    await check_states(work, LIFE)


async def write(work: Work) -> None:
    """Which scenarios it serves."""
    if "scenarios" in work.given:
        await work.run(SERVES_NO_MORE)
        await work.run(SERVES_NOW, work.now)


PROVIDERS = Noun(
    name="providers",
    singular="provider",
    prefix="prv",
    table="core_provider",
    fields=FIELDS,
    kept=(
        plain("name", keeps=True),
        plain("description"),
        plain("status", fallback="'APPLIED'", keeps=True),
        plain("contact_email", "contactEmail"),
        plain("contact_phone", "contactPhone"),
        plain("payout_account", "payoutAccount"),
        *PLACE_KEPT,
    ),
    extra={"scenarios": ("text[]", "scenarios")},
    changed_by={"scenarios": f"({SERVED}) is distinct from ({SERVES})"},
    compose=compose,
    resolve=resolve,
    check=check,
    write=write,
)
