"""Offers in files: services, the core's own kind."""

from __future__ import annotations

from typing import Any

from serai.core.offers.models import OfferStatus, ServiceUnit
from serai.core.providers.mutations import ProviderApplyInput
from serai.core.transactions.mutations import TransactionLineInput

from .cells import amount, choice, currency, money, optional, remembered, whole
from .fields import Field, external_id, of_text, reference
from .noun import Compose, Kept, Link, Noun, Values, plain
from .options import Format
from .placed import NAMES, PLACE_FIELDS, PLACE_KEPT, place
from .problems import Unfit
from .work import Work

DETAIL = "core_service"

CURRENCY = Field(
    name="currency",
    description="The currency of amounts that do not name theirs.",
    parser=lambda _: remembered(optional(currency)),
    words=("currency code", "währung", "waehrung", "币种", "货币"),
)

FIELDS = (
    external_id("What the offer is called in the system the file comes from.", "offer id", "sku", "article number",
                "artikelnummer", "angebotsnummer", "商品编号", "服务编号"),
    reference("provider", "providers", "Who sells it: its external id.", "supplier", "vendor", "merchant", "anbieter",
              "lieferant", "商家", "供应商", required=True),
    reference("scenario", "scenarios", "The scenario it serves: its slug or external id.", "szenario", "场景"),
    Field(
        name="title",
        description="What it is called.",
        parser=of_text(TransactionLineInput, "title", required=True),
        words=("name", "offer", "product", "service", "titel", "bezeichnung", "angebot", "名称", "标题", "服务名称"),
        is_required=True,
    ),
    Field(
        name="description",
        description="What it is.",
        parser=of_text(ProviderApplyInput, "description"),
        words=("beschreibung", "details", "描述", "说明"),
    ),
    Field(
        name="status",
        description="DRAFT, PUBLISHED or WITHDRAWN; a draft where there is none.",
        parser=lambda format: choice(OfferStatus, words=format.values.get("status", {})),
        words=("state", "zustand", "状态"),
    ),
    Field(
        name="unit",
        description="What one of it is: HOUR, VISIT or SESSION.",
        parser=lambda format: choice(ServiceUnit, words=format.values.get("unit", {})),
        words=("einheit", "单位"),
        is_required=True,
    ),
    Field(
        name="durationMinutes",
        description="How many minutes one of it takes.",
        parser=lambda _: whole(minimum=1, maximum=1_000_000),
        words=("duration", "minutes", "dauer", "minuten", "时长"),
        is_text=False,
    ),
    Field(
        name="unitPrice",
        description="What one of it costs.",
        parser=amount,
        words=("price", "unit price", "preis", "einzelpreis", "价格", "单价"),
        is_required=True,
        is_text=False,
    ),
    CURRENCY,
    *PLACE_FIELDS,
)  # fmt: skip

OTHER_KIND = """
select s.line, s.external_id as value
from import_resolved s
where s.existing is not null
  and s.detailed is null
"""


def compose(_: Format, given: frozenset[str]) -> Compose:
    """The price with its currency, and the place."""
    has_place = bool(given & NAMES)

    def all(values: Values) -> None:
        price = values["unitPrice"]
        if price is None:
            raise Unfit("REQUIRED", "what one costs: 12.50 EUR", field="unitPrice")
        found = money(price, values.get("currency"), field="unitPrice")
        values["unit_price_minor"], values["unit_price_currency"] = str(found.minor), found.currency
        if has_place:
            place(values)

    return all


async def check(work: Work) -> None:
    """Offers of other kinds are their plug-ins' to change."""
    await work.refuse(
        OTHER_KIND,
        field="externalId",
        code="OTHER_KIND",
        expected="an offer that is a service; this one is of another kind",
    )


def _price(column: str, staged: str, *, table: str | None, **more: Any) -> Kept:
    return Kept(
        column=column, fields=("unitPrice",), new=f"s.{staged}", update=f"s.{staged}", table=table, **more
    )


OFFERS = Noun(
    name="offers",
    singular="offer",
    prefix="ofr",
    table="core_offer",
    detail=DETAIL,
    fields=FIELDS,
    fixed={"kind": "'core_service'"},
    kept=(
        Kept(column="provider_id", fields=("provider",)),
        Kept(column="scenario_id", fields=("scenario",)),
        plain("title", keeps=True),
        plain("description"),
        plain("status", fallback="'DRAFT'", keeps=True),
        Kept(
            column="published_at",
            fields=("status",),
            new="case when s.status = 'PUBLISHED' then $3::timestamptz end",
            update="$1::timestamptz",
            derived="s.status = 'PUBLISHED' and t.status <> 'PUBLISHED'",
        ),
        _price("from_price_minor", "unit_price_minor", table=None),
        _price("from_price_currency", "unit_price_currency", table=None),
        *PLACE_KEPT,
        plain("unit", fallback="'VISIT'", keeps=True, table=DETAIL),
        Kept(
            column="duration_minutes",
            fields=("durationMinutes",),
            staged={"duration_minutes": "integer"},
            table=DETAIL,
        ),
        _price("unit_price_minor", "unit_price_minor", table=DETAIL),
        _price("unit_price_currency", "unit_price_currency", table=DETAIL),
    ),
    extra={"unit_price_minor": ("bigint", "unitPrice"), "unit_price_currency": ("text", "unitPrice")},
    links=(
        Link(field="provider", column="provider_id", prefix="prv", noun="provider"),
        Link(field="scenario", column="scenario_id", prefix="scn", noun="scenario", by_slug="core_scenario"),
    ),
    compose=compose,
    check=check,
)
