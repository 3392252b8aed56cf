"""Transactions in files: rows of one external id that follow one another are the lines of one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import orjson

from serai.core.transactions.models import TransactionStatus as Status
from serai.core.transactions.mutations import (
    MOST_LINES,
    TransactionCancelInput,
    TransactionLineInput,
    TransactionPlaceInput,
)
from serai.core.transactions.service import snapshot, total_of
from serai.core.transactions.states import LIFE
from serai_sdk import Money, NewLine, UserError

from .cells import amount, choice, instant, money, remembered, text, whole
from .checking import LineUnfit
from .fields import Field, argument, external_id, longest, of_text, reference
from .noun import Kept, Link, Noun, Unique, Values, plain
from .offers import CURRENCY
from .problems import Unfit
from .sold import INSERT_LINES, resolve, write
from .states import check_states
from .work import Work

QUANTITY = argument(TransactionLineInput, "quantity")

FIELDS = (
    external_id(
        "What the transaction is called in the system the file comes from: the same on all its lines.",
        "transaction id", "order id", "order number", "invoice number", "bestellnummer", "auftragsnummer",
        "belegnummer", "rechnungsnummer", "订单编号", "订单号", "交易编号",
    ),
    Field(
        name="number",
        description="The number people use, unique; drawn where there is none.",
        parser=lambda _: text(maximum=32),
        words=("nummer", "号码"),
    ),
    reference("customer", "customers", "Who buys: the customer's external id.", "buyer", "client", "kunde", "käufer",
              "客户", "买家", required=True, on_first=True),
    reference("provider", "providers", "Who sells: the provider's external id.", "seller", "supplier", "vendor",
              "merchant", "anbieter", "verkäufer", "lieferant", "商家", "卖家", "供应商", required=True, on_first=True),
    reference("scenario", "scenarios", "The scenario it belongs to: its slug or external id.", "szenario", "场景"),
    Field(
        name="status",
        description="PLACED, CONFIRMED, FULFILLED or CANCELLED; where there is none, what the instants tell.",
        parser=lambda format: choice(Status, words=format.values.get("status", {})),
        words=("state", "zustand", "状态", "订单状态"),
    ),
    Field(
        name="channel",
        description="Where it was placed, such as `shop`; `import` where there is none.",
        parser=lambda _: remembered(text(maximum=longest(TransactionPlaceInput, "channel"))),
        words=("kanal", "渠道"),
    ),
    *(
        Field(name=name, description=f"When it was {done}.", parser=lambda format: remembered(instant(format)),
              words=words, is_required=name == "placedAt", is_text=False)
        for name, done, words in (
            ("placedAt", "placed", ("placed", "date", "order date", "ordered at", "datum", "bestelldatum", "日期",
                                    "下单时间", "交易日期")),
            ("confirmedAt", "confirmed", ("confirmed", "bestätigt", "bestätigt am", "确认时间")),
            ("fulfilledAt", "fulfilled", ("fulfilled", "delivered at", "completed at", "erfüllt", "erledigt am",
                                          "完成时间")),
            ("cancelledAt", "cancelled", ("cancelled", "canceled at", "storniert", "storniert am", "取消时间")),
        )
    ),
    Field(
        name="cancelReason",
        description="Why it was cancelled.",
        parser=of_text(TransactionCancelInput, "reason"),
        words=("reason", "stornogrund", "取消原因"),
    ),
    Field(
        name="total",
        description="The sum of its lines; of a single line without a price, its amount.",
        parser=amount,
        words=("total amount", "sum", "gesamt", "summe", "gesamtbetrag", "总额", "总价", "合计"),
        is_text=False,
    ),
    CURRENCY,
    Field(
        name="title",
        description="What was sold; the offer's title where there is none.",
        parser=of_text(TransactionLineInput, "title"),
        words=("item", "product", "line title", "description", "artikel", "bezeichnung", "titel", "商品", "商品名称",
               "名称"),
    ),
    Field(
        name="quantity",
        description="How many units; one where there is none.",
        parser=lambda _: whole(minimum=QUANTITY.minimum, maximum=QUANTITY.maximum),
        words=("qty", "count", "menge", "anzahl", "数量"),
        is_text=False,
    ),
    Field(
        name="unitPrice",
        description="What one unit cost.",
        parser=amount,
        words=("price", "unit price", "preis", "einzelpreis", "单价", "价格"),
        is_text=False,
    ),
    Field(
        name="amount",
        description="What the line cost.",
        parser=amount,
        words=("line amount", "line total", "betrag", "金额"),
        is_text=False,
    ),
    reference("offer", "offers", "The offer that was sold: its external id.", "sku", "article", "angebot",
              "artikelnummer", "商品编号"),
)  # fmt: skip

INSTANTS: Final = ("placedAt", "confirmedAt", "fulfilledAt", "cancelledAt")
FIRST: Final = {
    "customer": "the customer's external id",
    "provider": "the provider's external id",
    "placedAt": "when it was placed",
}
"""What the first row of a transaction has to tell."""
LINES: Final = ("currency", "title", "quantity", "unitPrice", "amount", "offer")
NEEDED: Final = {
    Status.CONFIRMED: "confirmedAt",
    Status.FULFILLED: "fulfilledAt",
    Status.CANCELLED: "cancelledAt",
}
UNFIT: Final = {
    Status.PLACED: ("confirmedAt", "fulfilledAt", "cancelledAt", "cancelReason"),
    Status.CONFIRMED: ("fulfilledAt", "cancelledAt", "cancelReason"),
    Status.FULFILLED: ("cancelledAt", "cancelReason"),
    Status.CANCELLED: ("fulfilledAt",),
}


def compose_lines(given: frozenset[str]) -> Callable[[Sequence[Values]], list[Values]]:
    """Holds the rows of one transaction together."""
    shared = sorted(given - frozenset(LINES) - {"externalId"})

    def compose(rows: Sequence[Values]) -> list[Values]:
        head = rows[0]
        for at, row in enumerate(rows[1:], start=1):
            for name in shared:
                if row[name] is not None and row[name] != head[name]:
                    expected = f"the same as on line {head['line']}, or nothing"
                    raise LineUnfit(Unfit("DIFFERS", expected, field=name), at)
        _hold_times(head)
        if len(rows) > MOST_LINES:
            raise Unfit(
                "TOO_MANY_LINES", f"at most {MOST_LINES} lines; here are {len(rows)}", field="externalId"
            )
        lines = []
        for at, row in enumerate(rows):
            try:
                lines.append(_line(row, head if len(rows) == 1 else None))
            except Unfit as error:
                raise LineUnfit(error, at) from None
        try:
            total = total_of(lines)
        except UserError as error:
            raise Unfit(
                error.code, "lines of one currency whose sum can be stored", field="currency"
            ) from None
        _hold_total(head, total)
        head["total_minor"], head["total_currency"] = str(total.minor), total.currency
        head["line_count"] = str(len(lines))
        return [
            _staged(row, line, at) for at, (row, line) in enumerate(zip(rows, lines, strict=True), start=1)
        ]

    return compose


def _hold_times(head: Values) -> None:
    """State and instants fit each other, as they do where mutations write them."""
    times = {name: head.get(name) for name in INSTANTS}
    for name, expected in FIRST.items():
        if head.get(name) is None:
            raise Unfit("REQUIRED", expected, field=name)
    told = head.get("status")
    if told is None:
        ends = (Status.CANCELLED, Status.FULFILLED, Status.CONFIRMED)
        told = next((status.value for status in ends if times[NEEDED[status]]), None)
        head["status"] = told
    status = Status(told or Status.PLACED)
    if status in NEEDED and times[NEEDED[status]] is None:
        raise Unfit("REQUIRED", f"when it became {status.value}", field=NEEDED[status])
    for name in UNFIT[status]:
        if head.get(name) is not None:
            raise Unfit("TIMES", f"nothing here, as it is {status.value}", field=name)
    last = "placedAt"
    for name in INSTANTS[1:]:
        if times[name] is not None:
            if times[name] < times[last]:  # type: ignore[operator]  # both are text of one form
                raise Unfit("TIMES", f"an instant not before {last}", field=name)
            last = name


def _line(row: Values, single: Values | None) -> NewLine:
    """A line with its price; ``single`` is the transaction's values where it has but this one."""
    currency = row.get("currency")
    quantity = row.get("quantity") or 1
    price = row.get("unitPrice")
    whole_line = row.get("amount")
    field = "amount"
    if price is None and whole_line is None and single is not None:
        whole_line, field = single.get("total"), "total"
    if price is not None:
        unit = money(price, currency, field="unitPrice")
    elif whole_line is not None:
        unit = _divided(money(whole_line, currency, field=field), quantity, field=field)
    else:
        raise Unfit("REQUIRED", "what one unit cost, or the line", field="unitPrice")
    if price is not None and row.get("amount") is not None:
        said = money(row["amount"], currency or unit.currency, field="amount")
        if said != unit * quantity:
            raise Unfit(
                "AMOUNT", f"quantity times price of a unit: {_written(unit * quantity)}", field="amount"
            )
    title = row.get("title")
    if title is None and row.get("offer") is None:
        raise Unfit("REQUIRED", "what was sold, or the offer", field="title")
    return NewLine(title=title or "", unit_price=unit, quantity=quantity)


def _divided(whole_line: Money, quantity: int, *, field: str) -> Money:
    if whole_line.minor % quantity:
        raise Unfit(
            "AMOUNT", f"an amount that {quantity} units share evenly, or the price of a unit", field=field
        )
    return Money(whole_line.minor // quantity, whole_line.currency)


def _hold_total(head: Values, total: Money) -> None:
    told: tuple[Decimal, str | None] | None = head.get("total")
    if told is not None and money(told, head.get("currency") or total.currency, field="total") != total:
        raise Unfit("TOTAL", f"the sum of its lines: {_written(total)}", field="total")


def _written(one: Money) -> str:
    return f"{one.amount} {one.currency}"


def _staged(row: Values, line: NewLine, position: int) -> Values:
    whole_line = line.unit_price * line.quantity
    return {
        "position": str(position),
        "title": line.title or None,
        "quantity": str(line.quantity),
        "unit_price_minor": str(line.unit_price.minor),
        "unit_price_currency": line.unit_price.currency,
        "amount_minor": str(whole_line.minor),
        "snapshot": orjson.dumps(snapshot(line, None, None)).decode(),
        "ref_offer": row.get("offer"),
    }


OTHER_OFFER = """
select n.line, n.ref_offer as value, s.line as row_line
from import_sold n
join import_resolved s on s.id = n.parent_id
where n.ref_offer is not null
  and (n.offer_id is null or n.provider_id <> s.provider_id)
"""

UNAVAILABLE = """
select s.line, s.ref_provider_id as value
from import_resolved s
join core_provider p on p.id = s.provider_id
where s.action = 'new'
  and coalesce(s.status, 'PLACED') = 'PLACED'
  and p.status <> 'APPROVED'
"""


async def check(work: Work) -> None:
    """The rules of placing that look at other rows."""
    if "offer" in work.given:
        await work.refuse(
            OTHER_OFFER,
            field="offer",
            code="OFFER_NOT_FOUND",
            expected=f"the external id of an offer of {work.source_of('offer')!r} that this provider has",
            of_lines=True,
        )
    for name, column in zip(
        INSTANTS, ("placed_at", "confirmed_at", "fulfilled_at", "cancelled_at"), strict=True
    ):
        if name in work.given:
            await work.refuse(
                f"select line, {column}::text as value from import_resolved where {column} > $1",
                work.now,
                field=name,
                code="IN_FUTURE",
                expected="an instant that has come",
            )
    if "provider" in work.given:
        await work.refuse(
            UNAVAILABLE,
            field="provider",
            code="PROVIDER_UNAVAILABLE",
            expected="an approved provider, as the transaction is only PLACED",
        )
    await check_states(work, LIFE)


NEXT_NUMBER = """(
  select 'T-' || lpad(n::text, greatest(8, length(n::text)), '0')
  from (select nextval('core_transaction_number') as n where s.line is not null offset 0) drawn
)"""


def _at(column: str, name: str) -> Kept:
    return Kept(column=column, fields=(name,), staged={column: "timestamptz"}, keeps=True)


TRANSACTIONS = Noun(
    name="transactions",
    singular="transaction",
    prefix="trx",
    table="core_transaction",
    fields=FIELDS,
    kept=(
        plain("number", fallback=NEXT_NUMBER, keeps=True),
        Kept(column="customer_id", fields=("customer",)),
        Kept(column="provider_id", fields=("provider",)),
        Kept(column="scenario_id", fields=("scenario",)),
        Kept(column="status", fields=("externalId",), fallback="'PLACED'", keeps=True),
        Kept(column="total_minor", fields=("externalId",)),
        Kept(column="total_currency", fields=("externalId",)),
        plain("channel", fallback="'import'", keeps=True),
        _at("placed_at", "placedAt"),
        _at("confirmed_at", "confirmedAt"),
        _at("fulfilled_at", "fulfilledAt"),
        _at("cancelled_at", "cancelledAt"),
        plain("cancel_reason", "cancelReason", keeps=True),
    ),
    extra={
        "status": ("text", "externalId"),
        "total_minor": ("bigint", "externalId"),
        "total_currency": ("text", "externalId"),
        "line_count": ("integer", "externalId"),
    },
    links=(
        Link(field="customer", column="customer_id", prefix="cus", noun="customer"),
        Link(field="provider", column="provider_id", prefix="prv", noun="provider"),
        Link(field="scenario", column="scenario_id", prefix="scn", noun="scenario", by_slug="core_scenario"),
    ),
    uniques=(Unique(field="number", column="number", constraint="core_transaction_number_key"),),
    lines={
        "position": "integer",
        "title": "text",
        "quantity": "integer",
        "unit_price_minor": "bigint",
        "unit_price_currency": "text",
        "amount_minor": "bigint",
        "snapshot": "jsonb",
        "ref_offer": 'text collate "C"',
    },
    compose_lines=compose_lines,
    more=(INSERT_LINES,),
    changed_by={"externalId": "s.id in (select parent_id from import_lines_changed)"},
    resolve=resolve,
    check=check,
    write=write,
)
