"""A small platform with everything that is hard to get right: nulls, ties, empty lists, five currencies, odd text.

It is the same in every run, whatever the seed of the queries, so that a seed alone repeats a disagreement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

Rows = dict[str, list[dict[str, Any]]]

EPOCH = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
INSTANTS = tuple(
    EPOCH + timedelta(days=days, microseconds=micros)
    for days, micros in ((0, 0), (1, 1), (1, 1), (2, 100_000), (9, 999_999), (40, 0), (40, 0), (200, 123_456))
)
CURRENCIES = ("EUR", "EUR", "JPY", "KWD", "CNY", "CLF")
AMOUNTS = (0, 1, 5, 99, 100, 100, 1_000, 1_050, 12_345, 99_999, 2_000_000, 9_007_199_254_740_993)
TEXTS = (
    "Ann",
    "ann",
    "ANNA",
    "Zoë",
    "Zoe\u0308",
    "张伟",
    "张三",
    "老字号 露营地",
    "😀 Camp",
    "～ wave",
    "\U0001f469\u200d\U0001f680 crew",
    "O'Brien",
    'say "hi"',
    "back\\slash \\n",
    "tab\there",
    "line\nbreak\r\nand more",
    "bell\x07 and \x01start",
    "100% _sure_",
    "100 percent sure",
    "ΣΊΣΥΦΟΣ",
    "İstanbul",
    "STRASSE",
    "Straße",
    "ẞ",
    "",
    " ",
    "null",
    "\u202eright to left",
    "\ufeffmark",
    "</script>",
    "$1 'quoted' ; --",
    "{x}",
)
PLACES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"city_code": "DEBER", "time_zone": "Europe/Berlin"},
    {"city_code": "DEBER", "point_latitude": 52.52, "point_longitude": 13.405, "address": "Allee 1, 'Hof'"},
    {"point_latitude": -0.1, "point_longitude": 1e-7},
    {"point_latitude": 0.30000000000000004, "point_longitude": -180.0, "time_zone": "Asia/Shanghai"},
    {"city_code": "CNHGH", "address": "文三路 9 号"},
    {"address": ""},
)
JSONS: tuple[Any, ...] = (
    {},
    {},
    {"guests": 2, "pets": False, "note": None},
    {"guests": 1.5, "tags": ["a", "b", []], "inner": {"x": [1, {"y": "張"}]}},
    {"\x01": "control", "\x010": [1, 2], 'quote"d': "back\\slash"},
    {"big": 12345678901234567, "small": -0.000001, "text": "\u2028 and \x7f"},
)
SOLD: tuple[Any, ...] = (
    {},
    {"unit": "HOUR", "durationMinutes": 60, "offerVersion": 1},
    {"unit": "hour", "durationMinutes": "60", "offerVersion": 2.0},
    {"unit": "SESSION", "durationMinutes": 10**15, "offerVersion": 1.5},
    {"unit": ["VISIT"], "durationMinutes": -(2**31) + 1, "offerVersion": True},
    {"unit": None, "durationMinutes": 2**31, "offerVersion": {}},
    {"unit": "VISIT", "durationMinutes": 45, "offerVersion": None},
)
"""What of an offer was kept when it was sold, some of it of a type nobody expects."""

GIVEN_ANSWERS: tuple[Any, ...] = (
    {"guests": 4, "food": "fish", "arrival": "2026-02-28", "extras": ["wifi", "sauna"], "pets": True},
    {"guests": 4.0, "food": "Fish", "arrival": "2026-03-01", "extras": ["sauna"], "pets": False},
    {"guests": "4", "food": ["fish"], "arrival": "2026-02-30", "extras": "wifi", "pets": "true"},
    {"guests": 0.1, "food": "fish ", "arrival": "0000-01-01", "extras": [], "pets": 1},
    {
        "guests": None,
        "food": "",
        "arrival": "2026-02-28T00:00:00Z",
        "extras": ["wifi", 1, None, {"sauna": 1}],
    },
    {"guests": -3, "food": "吃", "arrival": "２０２６-02-28", "extras": {"wifi": 1}, "pets": None},
    {"guests": 1e20, "food": 5, "arrival": "2026-02-28\n", "extras": [["wifi"]], 'who\'s "in"?': "me"},
    {"guests": {"wifi": 1}, "arrival": 20260228, "food": "\\ % _"},
)
PLAIN: dict[str, Any] = {
    "labels": [], "help": None, "helps": [], "required": False, "personal": False, "choices": None, "minimum": None,
    "maximum": None, "earliest": None, "latest": None, "least": None, "most": None, "range": None, "textVersion": None,
    "showIf": None,
}  # fmt: skip
FORMS: tuple[list[dict[str, Any]], ...] = (
    [],
    [
        PLAIN | {"key": "guests", "label": "How many?", "kind": "NUMBER", "required": True, "minimum": 1.0,
                 "maximum": 8.5, "labels": [{"locale": "de", "text": "Wie viele?"}, {"locale": "zh", "text": ""}]},
        PLAIN | {"key": "price", "label": "Price", "kind": "MONEY", "least": {"amount": "0.50", "currency": "EUR"},
                 "most": {"amount": "12", "currency": "JPY"}, "showIf": {"all": [
                     {"question": "guests", "equals": 2, "oneOf": None, "atLeast": None, "answered": None},
                     {"question": "guests", "equals": None, "oneOf": [1, "x", True], "atLeast": 1.5, "answered": False},
                 ], "any": None}},
    ],
    [
        PLAIN | {"key": "food", "label": "吃什么？", "kind": "MANY", "maximum": 2, "help": "line\nbreak", "choices": [
            {"value": "a", "label": "A", "labels": [{"locale": "zh-Hans", "text": "甲"}]},
            {"value": "", "label": "\"q\"", "labels": []},
        ]},
        PLAIN | {"key": "phone", "label": "Phone", "kind": "PHONE", "personal": True, "help": "", "choices": [],
                 "helps": [{"locale": "de", "text": "Nummer"}], "showIf": {"all": [], "any": []}},
        PLAIN | {"key": "when", "label": "When", "kind": "RANGE", "range": "DATE", "earliest": "2026-01-01",
                 "latest": "2027-12-31"},
        PLAIN | {"key": "terms", "label": "Terms", "kind": "CONSENT", "textVersion": "2026-03", "required": True},
    ],
)  # fmt: skip
PREFIXES = {
    "core_customer": "cus",
    "core_provider": "prv",
    "core_scenario": "scn",
    "core_offer": "ofr",
    "core_demand": "dem",
    "core_transaction": "trx",
    "core_form": "frm",
}
"""Tables whose rows have external ids, with the prefixes these are kept under."""

PERMISSIONS = {
    "operator": (
        "customers:read customers:write demands:read demands:write forms:read forms:write offers:read principals:read "
        "proposals:read proposals:write notes:read "
        "providers:read providers:review providers:write scenarios:read scenarios:write staff:read transactions:read "
        "transactions:write imports:read jobs:read listeners:read webhooks:read events:read ledger:read capacity:read "
        "exports:read exports:write booking:read booking:write"
    ).split(),
    "reviewer": "forms:read offers:read providers:read providers:review providers:write scenarios:read".split(),
    "support": (
        "customers:read customers:write demands:read demands:write forms:read offers:read providers:read "
        "scenarios:read transactions:read transactions:write booking:read booking:write"
    ).split(),
    "analyst": "demands:read forms:read offers:read providers:read scenarios:read transactions:read".split(),
}
APP_MAY = ["booking:read", "customers:read", "offers:read"]

ASSETS = {"EUR": 2, "JPY": 0, "KWD": 3, "POINTS": 0}
LEDGER_OWNERS = (
    ("CUSTOMER", "core_customer", ("wallet", "reward")),
    ("PROVIDER", "core_provider", ("payable", "reserve")),
    ("STAFF", "core_staff", ("reward",)),
)


def said(draw: Random) -> str | None:
    """A text, or none."""
    return draw.choice((None, *TEXTS))


def build() -> Rows:
    """All rows by table, parents first."""
    return _World(Random("a world")).build()


async def insert(dsn: str, rows: Rows) -> None:
    """Puts all rows into an empty, migrated database."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("delete from core_role")
            for table, given in rows.items():
                columns = ", ".join(f'"{name}"' for name in given[0])
                await connection.execute(
                    f"insert into {table} ({columns}) "
                    f"select {columns} from jsonb_populate_recordset(null::{table}, $1::jsonb)",
                    json.dumps(given, default=_plain),
                )
            # the nights of bookings are held as those of an older database are
            await connection.execute(import_module("serai_booking.migrations.0002_capacity").CARRY)
            await connection.execute(import_module("serai_booking.migrations.0004_owners").OWN)
        await connection.execute("analyze")
    finally:
        await connection.close()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


class _World:
    def __init__(self, draw: Random) -> None:
        self.draw = draw
        # for columns and tables that came later: what was there before, and golden cases with it, stays as it is
        self.later = Random("what came later")
        self.asking = Random("forms")
        self.rows: Rows = {}

    def add(self, table: str, **values: Any) -> UUID:
        """A row with the columns all tables have; the ids are in no order that means anything."""
        key = UUID(int=self.draw.getrandbits(128), version=4)
        row = {
            "id": key,
            "created_at": self.draw.choice(INSTANTS),
            "updated_at": self.draw.choice(INSTANTS),
            "version": self.draw.choice((1, 1, 1, 2, 7)),
            **values,
        }
        self.rows.setdefault(table, []).append(row)
        return UUID(str(row["id"]))

    def text(self) -> str:
        return self.draw.choice(TEXTS)

    def some(self, value: Any, share: float = 0.6) -> Any:
        return value if self.draw.random() < share else None

    def money(self, name: str, *, optional: bool = False) -> dict[str, Any]:
        given = not optional or self.draw.random() < 0.7
        return {
            f"{name}_minor": self.draw.choice(AMOUNTS) if given else None,
            f"{name}_currency": self.draw.choice(CURRENCIES) if given else None,
        }

    def place(self) -> dict[str, Any]:
        names = ("point_latitude", "point_longitude", "city_code", "address", "time_zone")
        chosen = self.draw.choice(PLACES)
        return {f"place_{name}": chosen.get(name) for name in names}

    def build(self) -> Rows:
        draw = self.draw
        people = [
            self.add(
                "core_principal",
                login=f"login-{number}",
                display_name=self.text(),
                kind="PERSON",
                granted=[],
                is_active=number != 3,
            )
            for number in range(14)
        ]
        self.add(
            "core_principal", login="till", display_name="Till", kind="APP", granted=APP_MAY, is_active=True
        )
        roles = {
            name: self.add("core_role", name=name, title=self.text(), permissions=granted)
            for name, granted in PERMISSIONS.items()
        }
        for number, role in enumerate(("operator", "reviewer", "support", "analyst", "operator", "support")):
            self.add(
                "core_staff",
                name=self.text(),
                email=self.some(f"staff-{number}@serai.example"),
                is_active=number < 5,
                role_id=roles[role],
                principal_id=people[10 + number] if number < 4 else None,
            )
        self.draw, self.asking = self.asking, self.draw
        forms = [self.form(number) for number in range(4)]
        self.draw, self.asking = self.asking, self.draw
        scenarios = [
            self.add(
                "core_scenario",
                name=self.text(),
                slug=f"scene-{number}",
                description=self.some(self.text()),
                status=status,
                form_id=(draw.choice((forms[0], None, forms[1])), forms[2])[status == "DRAFT"],
                success=self.some(self.text()),
            )
            for number, status in enumerate(
                ("PUBLISHED", "PUBLISHED", "PUBLISHED", "DRAFT", "ARCHIVED", "PUBLISHED")
            )
        ]
        states = (
            "APPROVED",
            "APPROVED",
            "APPROVED",
            "SUSPENDED",
            "APPLIED",
            "REJECTED",
            "APPROVED",
            "LEFT",
            "IN_REVIEW",
        )
        providers = [
            self.add(
                "core_provider",
                name=self.text(),
                description=self.some(self.text()),
                status=state,
                contact_email=self.some(f"desk-{number}@example.com"),
                contact_phone=self.some("+49 30 1"),
                payout_account=self.some(f"DE{number:020}"),
                review_note=self.some(self.text()),
                **self.place(),
            )
            for number, state in enumerate(states)
        ]
        for number, provider in enumerate(providers):
            for place in range((2, 1, 3, 1, 1, 0, 1, 1, 0)[number]):
                self.add(
                    "core_provider_member",
                    provider_id=provider,
                    # the first principal is a customer, too, and belongs to a provider that has applied
                    principal_id=people[0]
                    if number in (4, 3)
                    else self.some(people[4 + (number + place) % 4]),
                    name=self.text(),
                    email=self.some("member@example.com"),
                    role=("OWNER", "MEMBER", "MANAGER")[place],
                )
        for scenario in scenarios:
            for provider in (
                dict.fromkeys((providers[0], *draw.sample(providers, 3))) if scenario != scenarios[1] else ()
            ):
                self.add("core_scenario_provider", scenario_id=scenario, provider_id=provider)
        self.customers(people)
        self.offers(providers, scenarios)
        self.trade(providers, scenarios)
        self.external_refs()
        self.known_people()
        self.imports()
        self.ledger()
        self.events()
        self.jobs()
        self.capacity()
        self.listener_calls()
        self.webhooks()
        self.exports()
        return self.rows

    def given_answers(self, others: Any) -> Any:
        return self.later.choice(GIVEN_ANSWERS) if self.later.random() < 0.7 else others

    def external_refs(self) -> None:
        """What other systems call rows: none, one or several; some of them under the id of another entity's row."""
        draw = self.later
        rows: list[dict[str, Any]] = []
        for table, prefix in PREFIXES.items():
            for number, row in enumerate(self.rows[table]):
                for place in range(draw.choice((0, 0, 1, 2, 3))):
                    stray = draw.random() < 0.1
                    rows.append(
                        {
                            "entity": "xyz" if stray else prefix,
                            "source": draw.choice(("erp", "CRM", "电话")),
                            "external_id": f"{draw.choice(TEXTS)} {number} {place}",
                            "row_id": row["id"],
                            "created_at": draw.choice(INSTANTS),
                        }
                    )
        draw.shuffle(rows)
        self.rows["core_external_ref"] = rows

    def ledger(self) -> None:
        """Accounts of everybody, among them empty ones, and what moved between them: settled, promised, let go."""
        draw = Random("ledger")
        world = {asset: self.account("PLATFORM", None, "world", asset) for asset in ASSETS}
        owned = [
            (self.account(owner, row["id"], kind, asset), asset)
            for owner, table, kinds in LEDGER_OWNERS
            for row in draw.sample(self.rows[table], 5)
            for kind in kinds
            for asset in draw.sample(tuple(ASSETS), 2)
        ]
        owned = owned[:-3]
        first: dict[UUID, UUID] = {}
        for account, asset in owned:
            self.transfer(draw, "POSTED", asset, ((world[asset], account, 100_000, False),))
            first[account] = self.transfer(
                draw, "POSTED", asset, ((world[asset], account, 1_000_000, False),)
            )
        for asset in ASSETS:
            held = [account for account, one in owned if one == asset]
            for _ in range(8):
                source, target = draw.sample(held, 2)
                amount = draw.choice((1, 99, 1_050, 12_345))
                moved = (source, target, amount, False)
                promised = self.transfer(draw, "PENDING", asset, ((source, target, amount, True),))
                ending = draw.choice(("POST", "VOID", None))
                if ending is not None:
                    back = [(target, source, amount, True), *([moved] if ending == "POST" else [])]
                    self.transfer(draw, ending, asset, back, resolves_id=promised)
            undone = held[0]
            self.transfer(
                draw, "POSTED", asset, ((undone, world[asset], 1_000_000, False),), reverses_id=first[undone]
            )

    def events(self) -> None:
        """What happened, with places among all that did, but for the last."""
        draw = Random("events")
        parties = (
            [row["id"] for row in self.rows["core_customer"]],
            [row["id"] for row in self.rows["core_provider"]],
        )
        rows: list[dict[str, Any]] = self.rows.setdefault("core_outbox", [])
        for place in range(1, 41):
            key = UUID(int=draw.getrandbits(128), version=4)
            is_told = draw.random() < 0.7
            rows.append(
                {
                    "id": key,
                    "event": draw.choice(
                        ("demand.opened", "transaction.placed", "booking.placed", *TEXTS[:3])
                    ),
                    "event_version": draw.choice((1, 1, 2)),
                    "aggregate_type": "core.Demand",
                    "aggregate_id": key,
                    "aggregate_version": draw.choice((1, 2, 7)),
                    "payload": {"place": place, "said": draw.choice(TEXTS)},
                    "actor": {"kind": "staff"},
                    "at": draw.choice(INSTANTS),
                    "position": place if place < 40 else 0,
                    "is_stamped": place < 40,
                    "subject": draw.choice((None, f"dem_{key.hex}")),
                    "customer_id": draw.choice(parties[0]) if is_told else None,
                    "provider_id": draw.choice(parties[1]) if is_told and draw.random() < 0.5 else None,
                }
            )

    def account(self, owner: str, id: UUID | None, kind: str, asset: str) -> UUID:
        return self.add(
            "core_ledger_account",
            key=":".join((owner, str(id), kind, asset)),
            owner_kind=owner,
            **{
                f"{one.lower()}_id": id if one == owner else None for one in ("CUSTOMER", "PROVIDER", "STAFF")
            },
            kind=kind,
            asset=asset,
            exponent=ASSETS[asset],
            may_overdraw=kind in ("world", "payable"),
        )

    def transfer(
        self,
        draw: Random,
        phase: str,
        asset: str,
        postings: Iterable[tuple[UUID, UUID, int, bool]],
        **given: UUID,
    ) -> UUID:
        transfers = self.rows.setdefault("core_ledger_transfer", [])
        at = draw.choice(INSTANTS)
        key = UUID(int=draw.getrandbits(128), version=4)
        transfers.append(
            {
                "id": key,
                "phase": phase,
                "resolves_id": given.get("resolves_id"),
                "reverses_id": given.get("reverses_id"),
                "reference": draw.choice((None, *TEXTS)),
                "expires_at": at + timedelta(days=3_650)
                if phase == "PENDING" and draw.random() < 0.5
                else None,
                "content": "\\x00",
                "actor": {},
                "at": at,
            }
        )
        entries = self.rows.setdefault("core_ledger_entry", [])
        for source, target, amount, is_pending in postings:
            for account, signed in ((source, -amount), (target, amount)):
                entries.append(
                    {
                        "id": UUID(int=draw.getrandbits(128), version=4),
                        "transfer_id": key,
                        "account_id": account,
                        "is_pending": is_pending,
                        "amount": signed,
                        "asset": asset,
                        "exponent": ASSETS[asset],
                        "at": at,
                    }
                )
        return key

    def capacity(self) -> None:
        """Pools of providers and of nobody, and what is held of them: for good, for a time, no more."""
        draw = Random("capacity")
        providers = [row["id"] for row in self.rows["core_provider"]]
        tables = {
            name: self.rows.setdefault(f"core_capacity_{name}", [])
            for name in ("resource", "blackout", "hold", "claim")
        }

        def new(table: str, **values: Any) -> UUID:
            key = UUID(int=draw.getrandbits(128), version=4)
            tables[table].append({"id": key, **values})
            return key

        pools = [
            new(
                "resource",
                kind=draw.choice(("test.seats", "test.goods")),
                is_unit=False,
                measure=measure,
                step_s={"SLOT": 3_600, "DATE": 86_400}.get(measure),
                capacity=draw.choice((50, 99)),
                opened_at=draw.choice(INSTANTS),
                provider_id=draw.choice((None, *providers)),
            )
            for measure in ("DATE", "SLOT", "TOTAL", "DATE", "SLOT", "TOTAL", "DATE", "DATE", "SLOT")
        ]
        day = datetime(2031, 1, 1, tzinfo=UTC)
        measures = {row["id"]: row["measure"] for row in tables["resource"]}
        for pool in (one for one in pools if measures[one] != "TOTAL"):
            first = day - timedelta(days=draw.randint(20, 40))
            new(
                "blackout",
                resource_id=pool,
                starts_at=first,
                ends_at=first + timedelta(days=draw.randint(1, 9)),
                reason=said(draw),
                at=draw.choice(INSTANTS),
            )
        for _ in range(24):
            state = draw.choice(("CONFIRMED", "CONFIRMED", "HELD", "HELD", "RELEASED", "EXPIRED"))
            made = draw.choice(INSTANTS)
            expires = made + timedelta(days=draw.choice((1, 36_500)))
            hold = new(
                "hold",
                state=state,
                expires_at=None if state == "CONFIRMED" else expires,
                reference=said(draw),
                content="\\x00",
                at=made,
                moved_at=made,
            )
            for number, pool in enumerate(draw.sample(pools, draw.choice((1, 1, 2, 3))), start=1):
                first = day + timedelta(days=draw.randint(0, 30)) if measures[pool] != "TOTAL" else None
                tables["claim"].append(
                    {
                        "hold_id": hold,
                        "number": number,
                        "resource_id": pool,
                        "starts_at": first,
                        "ends_at": first and first + timedelta(days=draw.randint(1, 3)),
                        "quantity": draw.choice((1, 1, 2)),
                    }
                )

    def listener_calls(self) -> None:
        draw = self.later
        for number in range(4):
            self.add(
                "core_listener_call",
                listener=draw.choice(("core.count_imported", "review.thank")),
                event_id=UUID(int=number + 1),
                position=number + 1,
                event_type=draw.choice(("transaction.cancelled", "demand.opened")),
                aggregate_id=draw.choice((None, f"trx_{number}")),
                sequence=f"core.Transaction {number}",
                state=draw.choice(("WAITING", "DEAD")),
                attempts=number,
                error=self.some("ZeroDivisionError"),
                not_before=draw.choice((None, INSTANTS[0])),
            )

    def webhooks(self) -> None:
        draw = Random("webhooks")
        owners = (
            ("provider_id", "core_provider"),
            ("staff_id", "core_staff"),
            ("principal_id", "core_principal"),
        )
        for number in range(12):
            owner, table = owners[number % 3]
            webhook = self.add(
                "core_webhook",
                name=draw.choice(TEXTS)[:100],
                address=f"https://{number}.example.com",
                event_types=draw.choice((["*"], ["demand.opened", "booking.*"], [])),
                query=draw.choice(("{ viewer { kind } }", *TEXTS[:2])),
                state=draw.choice(("ACTIVE", "PAUSED", "REMOVED")),
                reason=draw.choice((None, "It is gone.")),
                secret=f"whsec_{number}",
                position=number,
                failures=draw.choice((0, 0, 3)),
                not_before=draw.choice((None, INSTANTS[0])),
                **{one: draw.choice(self.rows[table])["id"] if one == owner else None for one, _ in owners},
            )
            for place in range(draw.choice((0, 1, 3))):
                state = draw.choice(("WAITING", "DELIVERED", "DEAD"))
                self.add(
                    "core_webhook_delivery",
                    webhook_id=webhook,
                    event_id=UUID(int=1_000 * number + place + 1),
                    position=place + 1,
                    event_type=draw.choice(("transaction.cancelled", "demand.opened")),
                    aggregate_id=draw.choice((None, f"trx_{number}")),
                    happened_at=draw.choice(INSTANTS),
                    sequence=f"core.Transaction {number}",
                    state=state,
                    attempts=number,
                    body=draw.choice((None, '{"data":{}}', *TEXTS[:3])),
                    status=draw.choice((None, 200, 503)),
                    error=draw.choice((None, "it was answered 503")),
                    not_before=draw.choice((None, INSTANTS[0])),
                    ended_at=None if state == "WAITING" else INSTANTS[1],
                )

    def exports(self) -> None:
        draw = Random("exports")
        owners = [("staff_id", row["id"]) for row in self.rows["core_staff"]]
        owners += [("app_id", row["id"]) for row in self.rows["core_principal"] if row["kind"] == "APP"]
        for number in range(8):
            state = draw.choice(("QUEUED", "RUNNING", "DONE", "DONE", "FAILED", "CANCELLED"))
            of, owner = draw.choice(owners)
            self.rows.setdefault("core_export", []).append(
                {
                    "id": UUID(int=draw.getrandbits(128), version=4),
                    "created_at": draw.choice(INSTANTS),
                    "updated_at": draw.choice(INSTANTS),
                    "version": number + 1,
                    "staff_id": None,
                    "app_id": None,
                    of: owner,
                    "job_id": UUID(int=number + 1),
                    "name": draw.choice(("customers", "transactions")),
                    "format": draw.choice(("JSONL", "CSV", "PARQUET")),
                    "state": state,
                    "rights": [],
                    "rows": number,
                    "size": draw.choice((None, 10**12)),
                    "error": said(draw),
                    "ended_at": draw.choice(INSTANTS) if state in ("DONE", "FAILED", "CANCELLED") else None,
                    "expires_at": draw.choice((INSTANTS[0], datetime(2999, 1, 1, tzinfo=UTC))),
                }
            )

    def jobs(self) -> None:
        draw = self.later
        for number in range(6):
            state = draw.choice(("QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED"))
            self.add(
                "core_job",
                name=draw.choice(("core.end_demands", "core.forget_keys")),
                state=state,
                given={},
                priority=draw.choice((0, 5)),
                attempts=draw.choice((0, 1, 2)),
                done=number,
                total=draw.choice((None, 9)),
                error=self.some("ZeroDivisionError"),
                not_before=None,
                started_at=None,
                ended_at=draw.choice(INSTANTS) if state in ("DONE", "FAILED", "CANCELLED") else None,
            )

    def imports(self) -> None:
        draw = self.later
        for noun in ("customers", "providers", "offers", "transactions", "customers"):
            counts = {
                name: draw.choice((0, 0, 1, 5))
                for name in ("new", "changed", "unchanged", "forgotten", "failed")
            }
            self.add(
                "core_import",
                noun=noun,
                source=draw.choice(("erp", "crm")),
                rows=sum(counts.values()),
                **counts,
            )
        for noun in ("customers", "offers", "transactions"):
            self.add(
                "core_import_mapping",
                name=self.text() or noun,
                noun=noun,
                source=self.some("erp"),
                columns=[{"column": self.text(), "field": "name"}],
                settings={"encoding": self.some("gb18030"), "left_out": []},
            )

    def form(self, number: int) -> UUID:
        """A form with a few versions, one of which is current."""
        versions = [
            UUID(int=self.draw.getrandbits(128), version=4) for _ in range(self.draw.choice((1, 2, 3)))
        ]
        form = self.add(
            "core_form",
            key=f"form-{number}",
            title=self.draw.choice(TEXTS),
            status="ARCHIVED" if number == 3 else "ACTIVE",
            current_version_id=self.draw.choice(versions),
        )
        for place, version in enumerate(versions, start=1):
            self.add(
                "core_form_version",
                id=version,
                form_id=form,
                number=place,
                questions=FORMS[(number + place) % len(FORMS)],
            )
        return form

    def customers(self, people: list[UUID]) -> None:
        known: list[UUID] = []
        for number in range(14):
            known.append(
                self.add(
                    "core_customer",
                    name=self.text(),
                    kind=self.draw.choice(("PERSON", "PERSON", "COMPANY")),
                    email=self.some(f"Guest-{number}@Example.com"),
                    phone=self.some("+41 1"),
                    phone_e164=f"+4144668180{number % 3}" if self.later.random() < 0.6 else None,
                    attributes=self.draw.choice(JSONS),
                    locale=self.draw.choice(("en", "de-CH", "zh-Hans-CN")),
                    source_channel=self.some(self.draw.choice(("web", "WeChat"))),
                    inviter_id=self.some(known[number // 3] if known else None),
                    principal_id=people[number] if number < 4 else None,
                )
            )

    def known_people(self) -> None:
        """What belongs to customers as people."""
        draw = self.draw
        customers = [row["id"] for row in self.rows["core_customer"]]
        staff = [row["id"] for row in self.rows["core_staff"]]
        for row in self.rows["core_customer"]:
            row["account_manager_id"] = self.some(draw.choice(staff), 0.5)
            row["forgotten_at"] = self.some(draw.choice(INSTANTS), 0.2)
        for number in range(16):
            self.add(
                "core_customer_address",
                customer_id=customers[number % 9],
                kind=("HOME", "SHIPPING", "OTHER")[number % 3],
                label=self.some(self.text()),
                recipient=self.some(self.text()),
                is_default=number < 9,
                **self.place(),
            )
        for number in range(20):
            self.add(
                "core_customer_consent",
                customer_id=customers[number % 7],
                purpose=draw.choice(("newsletter", "profiling")) if number >= 7 else "newsletter",
                text_version=draw.choice(("1", "2")),
                locale=self.some("de-CH"),
                granted=draw.random() < 0.6,
                at=draw.choice(INSTANTS),
                source=self.some(self.text()),
                is_current=number < 7,
            )
        tags = [
            self.add("core_tag", name=name, description=self.some(self.text()))
            for name in ("vip", "大客户", 'odd "tag"', "nobody")
        ]
        for number in range(12):
            self.add("core_customer_tag", customer_id=customers[number % 6], tag_id=tags[number // 6])
        for number in range(10):
            self.add(
                "core_customer_note",
                customer_id=customers[number % 5],
                author_id=draw.choice(staff),
                text=self.text(),
            )

    def offers(self, providers: list[UUID], scenarios: list[UUID]) -> None:
        draw = self.draw
        for number in range(30):
            kind = ("booking_stay", "core_service", "booking_stay", "core_service", "booking_stay")[
                number % 5
            ]
            if number == 28:
                kind = "departed_kind"
            status = draw.choice(("PUBLISHED", "PUBLISHED", "PUBLISHED", "DRAFT", "WITHDRAWN"))
            key = self.add(
                "core_offer",
                kind=kind,
                provider_id=providers[0] if number < 6 else draw.choice(providers),
                scenario_id=self.some(draw.choice(scenarios)),
                title=TEXTS[number % len(TEXTS)],
                description=self.some(self.text()),
                status="PUBLISHED" if number == 28 else status,
                published_at=self.some(draw.choice(INSTANTS)),
                **self.money("from_price", optional=True),
                **self.place(),
            )
            if kind == "core_service":
                self.add(
                    "core_service",
                    id=key,
                    unit=draw.choice(("HOUR", "VISIT", "SESSION")),
                    duration_minutes=self.some(draw.choice((30, 60, 60, 480))),
                    **self.money("unit_price"),
                )
            elif kind == "booking_stay":
                self.add(
                    "booking_stay",
                    id=key,
                    stay_type=draw.choice(("PITCH", "CARAVAN", "CABIN", "CABIN")),
                    capacity=draw.choice((1, 2, 2, 4, 6)),
                    weekend_percent=draw.choice((0, 0, 25, -10)),
                    high_season_percent=draw.choice((0, 33)),
                    high_season_months=draw.choice(([], [7, 8], [1, 12])),
                    amenities=draw.choice(([], ["wifi"], ["шатёр", 'a "quoted"', ""])),
                    check_in_from=draw.choice(("15:00", "09:30")),
                    **self.money("price_per_night"),
                )

    def trade(self, providers: list[UUID], scenarios: list[UUID]) -> None:
        draw = self.draw
        customers = [row["id"] for row in self.rows["core_customer"]]
        demands: list[UUID] = []
        versions = [row["id"] for row in self.rows["core_form_version"]]
        for number in range(30):
            status = draw.choice(("OPEN", "OPEN", "PROPOSED", "AWARDED", "FULFILLED", "CANCELLED", "LAPSED"))
            start = draw.choice((*INSTANTS, datetime(987, 6, 5, 4, 3, 2, 1, tzinfo=UTC)))
            demands.append(
                self.add(
                    "core_demand",
                    customer_id=customers[0] if number < 4 else draw.choice(customers),
                    scenario_id=draw.choice(scenarios),
                    form_version_id=self.asking.choice((None, *versions)),
                    awarded_provider_id=draw.choice(providers[:4])
                    if status in ("AWARDED", "FULFILLED")
                    else None,
                    status=status,
                    answers=self.given_answers(draw.choice(JSONS)),
                    personal_answers=self.given_answers(draw.choice(JSONS)),
                    window_start=self.some(start),
                    window_end=self.some(
                        draw.choice((*INSTANTS, *[EPOCH.replace(year=2999)] * 6)) + timedelta(days=300)
                    ),
                    contact_name=self.some(self.text(), 0.4),
                    contact_email=self.some("a@b.example", 0.3),
                    contact_phone=None,
                    contact_address=self.some(self.text(), 0.3),
                    note=self.some(self.text()),
                    cancel_reason=self.some(self.text()) if status == "CANCELLED" else None,
                    **self.money("budget", optional=True),
                    **self.place(),
                )
            )
        stays = [row for row in self.rows["core_offer"] if row["kind"] == "booking_stay"]
        for number in range(60):
            stay = draw.choice(stays) if number < 24 else None
            status = draw.choice(("PLACED", "CONFIRMED", "FULFILLED", "CANCELLED"))
            provider = stay["provider_id"] if stay else draw.choice(providers[:5])
            customer = customers[0] if number % 7 == 0 else draw.choice(customers)
            transaction = self.add(
                "core_transaction",
                customer_id=customer,
                provider_id=provider,
                scenario_id=self.some(draw.choice(scenarios)),
                demand_id=self.some(draw.choice(demands), 0.4),
                number=f"T{number * 37 % 100:03}",
                status=status,
                channel=draw.choice(("web", "Web", "app", "电话")),
                placed_at=draw.choice(INSTANTS),
                confirmed_at=draw.choice(INSTANTS) if status == "CONFIRMED" else None,
                fulfilled_at=draw.choice(INSTANTS) if status == "FULFILLED" else None,
                cancelled_at=draw.choice(INSTANTS) if status == "CANCELLED" else None,
                cancel_reason=self.some(self.text()) if status == "CANCELLED" else None,
                **self.money("total"),
            )
            self.lines(transaction, draw.choice((0, 1, 1, 2, 3)))
            if stay is not None:
                self.booking(number, stay["id"], transaction, customer, status)
        self.held_stays()
        self.proposals(providers, demands)

    def held_stays(self) -> None:
        draw = self.draw
        for number in range(14):
            first = date(2025, 6, 2) + timedelta(days=draw.randrange(100))
            self.add(
                "booking_hold",
                stay_id=draw.choice(self.rows["booking_stay"])["id"],
                customer_id=draw.choice(self.rows["core_customer"])["id"],
                check_in=first,
                check_out=first + timedelta(days=draw.choice((1, 2, 4))),
                guests=draw.choice((1, 2, 2, 4)),
                status=("HELD", "HELD", "HELD", "BOOKED", "RELEASED")[number % 5],
                expires_at=draw.choice((*INSTANTS, EPOCH.replace(year=2999), EPOCH.replace(year=2999))),
            )

    def proposals(self, providers: list[UUID], demands: list[UUID]) -> None:
        draw = self.draw
        sales = [row["id"] for row in self.rows["core_transaction"]]
        pairs = draw.sample([(demand, provider) for demand in demands for provider in providers[:4]], 24)
        for number, (demand, provider) in enumerate(pairs):
            status = draw.choice(("SUBMITTED", "SUBMITTED", "WITHDRAWN", "EXPIRED", "CLOSED", "CLOSED"))
            sale = draw.choice(sales) if status == "CLOSED" else None
            proposal = self.add(
                "core_proposal",
                demand_id=demand,
                provider_id=provider,
                offer_id=self.some(draw.choice(self.rows["core_offer"])["id"], 0.4),
                transaction_id=sale,
                status=status,
                terms=self.text() or "as agreed",
                valid_until=draw.choice((*INSTANTS, EPOCH.replace(year=2999))),
                closed_reason=draw.choice(("ANOTHER_AWARDED", "SOLD_OTHERWISE"))
                if status == "CLOSED"
                else None,
                withdraw_reason=self.some(self.text()) if status == "WITHDRAWN" else None,
                **self.money("price"),
            )
            for step in range(number % 4):
                self.add(
                    "core_proposal_message",
                    proposal_id=proposal,
                    side=("CUSTOMER", "PROVIDER", "STAFF")[step],
                    member_id=draw.choice(self.rows["core_provider_member"])["id"] if step == 1 else None,
                    staff_id=draw.choice(self.rows["core_staff"])["id"] if step == 2 else None,
                    text=self.text(),
                )
            for step, kind in enumerate(("OPENED", "PROPOSED", "AWARDED")[: 1 + number % 3]):
                self.add(
                    "core_demand_event",
                    demand_id=demand,
                    proposal_id=proposal if step else None,
                    transaction_id=sale if step == 2 else None,
                    at=INSTANTS[number % len(INSTANTS)] + timedelta(minutes=3 * number + step),
                    kind=kind,
                    side=self.some(draw.choice(("CUSTOMER", "PROVIDER", "STAFF"))),
                    text=self.text(),
                )

    def lines(self, transaction: UUID, how_many: int) -> None:
        draw = self.draw
        for position in range(1, how_many + 1):
            offer = self.some(draw.choice(self.rows["core_offer"]), 0.8)
            quantity, minor = draw.choice((1, 1, 2, 3)), draw.choice(AMOUNTS[:-1])
            currency = draw.choice(CURRENCIES)
            self.add(
                "core_transaction_line",
                transaction_id=transaction,
                position=position,
                title=self.text(),
                quantity=quantity,
                unit_price_minor=minor,
                unit_price_currency=currency,
                amount_minor=minor * quantity,
                amount_currency=currency,
                offer_id=offer["id"] if offer else None,
                offer_kind=offer["kind"] if offer else None,
                snapshot={
                    **draw.choice(JSONS),
                    **SOLD[len(self.rows.get("core_transaction_line", ())) % len(SOLD)],
                },
            )

    def booking(self, number: int, stay: UUID, transaction: UUID, customer: UUID, status: str) -> None:
        first = date(2025, 6, 1) + timedelta(days=4 * number)
        self.add(
            "booking_booking",
            stay_id=stay,
            customer_id=customer,
            transaction_id=transaction,
            check_in=first,
            check_out=first + timedelta(days=self.draw.choice((1, 2, 4))),
            guests=self.draw.choice((1, 2, 2, 4)),
            status={"PLACED": "PLACED", "CANCELLED": "CANCELLED"}.get(status, "CONFIRMED"),
            cancelled_at=self.draw.choice(INSTANTS) if status == "CANCELLED" else None,
            **self.money("total"),
        )
