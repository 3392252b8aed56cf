"""A small world with a row for every case the rights tell apart, the same in every run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from serai.graph.registry import ColumnRef, Entity, Registry

Row: TypeAlias = Mapping[str, Any]
"""A row by its columns; of a kind of offer, those of its detail table, too."""

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
FOREVER = datetime(2999, 1, 1, tzinfo=UTC)


def id_of(name: str) -> UUID:
    """The id of a row by its name here: ids are not in the order in which rows were made."""
    return UUID(bytes=hashlib.blake2s(name.encode(), digest_size=16).digest())


@dataclass(slots=True)
class World:
    """All rows, as the database has them."""

    registry: Registry
    tables: Mapping[str, Mapping[UUID, Row]]
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, entity: str) -> list[Row]:
        """The rows of an entity by id, those nobody may see included."""
        if entity not in self._rows:
            self._rows[entity] = sorted(self._read(self.registry.entities[entity]), key=lambda row: row["id"])
        return self._rows[entity]

    def get(self, entity: str, id: UUID | None) -> Row | None:
        """One row by its id."""
        return next((row for row in self.rows(entity) if row["id"] == id), None)

    def _read(self, entity: Entity) -> Iterator[Row]:
        for id, row in self.tables[entity.table].items():
            if entity.base is not None:
                assert entity.detail is not None
                if row["kind"] == entity.kind:
                    yield {**row, **_under(entity.kind, self.tables[entity.detail][id])}
            elif entity.discriminator is None or row[entity.discriminator] in entity.kinds:
                yield row


def _under(kind: str | None, row: Row) -> dict[str, Any]:
    return {f"{kind}.{name}": value for name, value in row.items()}


def value_of(row: Row, column: ColumnRef) -> Any:
    """What a column of the registry holds in a row."""
    return row[column.name if column.detail is None else f"{column.detail}.{column.name}"]


async def read_world(dsn: str, registry: Registry) -> World:
    """The rows as the database has them."""
    connection = await asyncpg.connect(dsn)
    try:
        names = {one.table for one in registry.entities.values()}
        names |= {one.detail for one in registry.entities.values() if one.detail}
        tables = {
            name: {
                UUID(bytes=row["id"].bytes): dict(row)
                for row in await connection.fetch(f"select * from {name}")
            }
            for name in sorted(names)
        }
    finally:
        await connection.close()
    return World(registry, tables)


async def write_world(dsn: str) -> None:
    """Puts all rows into an empty, migrated database."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            for table, values in all_rows(await _roles(connection)):
                places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
                columns = ", ".join(values)
                await connection.execute(
                    f"insert into {table} ({columns}) values ({places})", *values.values()
                )
            await connection.execute(import_module("serai_booking.migrations.0002_capacity").CARRY)
            await connection.execute(import_module("serai_booking.migrations.0004_owners").OWN)
            await _held(connection)
            for name, postings in TRANSFERS.items():
                await _transfer(connection, name, postings)
            await _happenings(connection)
    finally:
        await connection.close()


TRANSFERS = {
    "ada paid in": (("bank", "ada_wallet", 500),),
    "ada pays party": (("ada_wallet", "party_payable", 120), ("ada_wallet", "share", 30)),
    "bob rewarded": (("bank", "bob_reward", 7),),
    "clerk rewarded": (("bank", "clerk_reward", 3),),
    "bank to share": (("bank", "share", 11),),
}
"""What moved: of whom, to whom, how much."""


async def _transfer(
    connection: asyncpg.Connection[asyncpg.Record], name: str, postings: Sequence[tuple[str, str, int]]
) -> None:
    """A transfer with all its entries at once, as the database wants it."""
    await connection.execute(
        "insert into core_ledger_transfer (id, phase, reference, content, actor, at) "
        "values ($1, 'POSTED', $2, '', '{}', $3)",
        id_of(name), name, NOW,
    )  # fmt: skip
    signed = [
        (f"{name}: {account}", account, amount)
        for source, target, moved in postings
        for account, amount in ((source, -moved), (target, moved))
    ]
    await connection.execute(
        "insert into core_ledger_entry (id, transfer_id, account_id, is_pending, amount, asset, exponent, at) "
        "select id, $1, account, false, amount, 'EUR', 2, $2 "
        "from unnest($3::uuid[], $4::uuid[], $5::bigint[]) as e(id, account, amount)",
        id_of(name), NOW, [id_of(f"{one[0]} {one[2]}") for one in signed],
        [id_of(one[1]) for one in signed], [one[2] for one in signed],
    )  # fmt: skip


async def _held(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Besides the nights of bookings: pools of two providers and of nobody, held together, and closed."""
    for name, provider in (("vans", "party"), ("boats", "rival"), ("keys", None)):
        await connection.execute(
            "insert into core_capacity_resource (id, kind, is_unit, measure, capacity, opened_at, provider_id) "
            "values ($1, $2, false, 'TOTAL', 9, $3, $4)",
            id_of(name), f"test.{name}", NOW, provider and id_of(provider),
        )  # fmt: skip
    for name, of in (("van trip", ("vans", "keys")), ("boat trip", ("boats", "vans")), ("key", ("keys",))):
        await connection.execute(
            "insert into core_capacity_hold (id, state, reference, content, at, moved_at) "
            "values ($1, 'CONFIRMED', $2, '', $3, $3)",
            id_of(name), f"Trip {name}", NOW,
        )  # fmt: skip
        for number, resource in enumerate(of, start=1):
            await connection.execute(
                "insert into core_capacity_claim (hold_id, number, resource_id, quantity) "
                "values ($1, $2::int, $3, $2::int)",
                id_of(name), number, id_of(resource),
            )  # fmt: skip
    # what is held stays
    for name in ("vans", "boats", "keys"):
        await connection.execute(
            "insert into core_capacity_blackout (id, resource_id, starts_at, ends_at, reason, at) "
            "values ($1, $2, $3, $4, $5, $3)",
            id_of(f"no {name}"), id_of(name), NOW - timedelta(days=9), NOW - timedelta(days=8), f"No {name}",
        )  # fmt: skip


HAPPENINGS = (
    ("demand.opened", "ada", None),
    ("transaction.placed", "ada", "party"),
    ("proposal.submitted", None, "party"),
    ("proposal.closed", None, "rival"),
    ("transaction.placed", "bob", "rival"),
    ("note.added", None, None),
)
"""What happened: to what, and which customer and provider are told."""


async def _happenings(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Events with their places, and one that has none yet."""
    for place, (name, customer, provider) in enumerate(
        (*HAPPENINGS, ("demand.opened", "ada", "party")), start=1
    ):
        is_stamped = place <= len(HAPPENINGS)
        await connection.execute(
            "insert into core_outbox (id, event, event_version, aggregate_type, aggregate_id, aggregate_version,"
            " payload, actor, at, position, is_stamped, subject, customer_id, provider_id)"
            " values ($1, $2, 1, '', $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            id_of(f"event {place}"), name, place, json.dumps({"told": place}), json.dumps({"by": place}),
            NOW + timedelta(minutes=place), place if is_stamped else 0, is_stamped, f"dem_{place:032x}",
            customer and id_of(customer), provider and id_of(provider),
        )  # fmt: skip


async def _roles(connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, UUID]:
    return {row["name"]: row["id"] for row in await connection.fetch("select name, id from core_role")}


def all_rows(roles: Mapping[str, UUID]) -> list[tuple[str, dict[str, Any]]]:
    """Table and columns of every row, what is referred to first."""
    made: list[tuple[str, dict[str, Any]]] = []

    def add(table: str, name: str, /, **values: Any) -> None:
        at = NOW + timedelta(hours=len(made))
        row = {"id": id_of(name), "created_at": at, "updated_at": at, "version": 1 + len(made) % 5}
        made.append((table, {**row, **values}))

    _people(add, roles)
    _known(add)
    _market(add)
    _needs(add)
    _trade(add)
    _answers(add)
    _imports(add)
    _jobs(add)
    _exports(add)
    _listeners(add)
    _webhooks(add)
    _accounts(add)
    return [*made, *_external_refs(made)]


def _external_refs(made: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    """Two for every other row of a table, none for the others; and strays that belong to rows of no such entity."""
    refs: list[tuple[str, dict[str, Any]]] = []
    for table, prefix in PREFIXES.items():
        keys = [row["id"] for name, row in made if name == table]
        for number, key in enumerate(keys[::2]):
            for source, id in (("erp", f"{number:03}"), ("crm", f"{prefix}-{number}")):
                row = {
                    "entity": prefix,
                    "source": source,
                    "external_id": id,
                    "row_id": key,
                    "created_at": NOW,
                }
                refs.append(("core_external_ref", row))
        stray = {
            "entity": "xyz",
            "source": "erp",
            "external_id": prefix,
            "row_id": keys[1],
            "created_at": NOW,
        }
        refs.append(("core_external_ref", stray))
    return refs


PREFIXES = {
    "core_customer": "cus",
    "core_provider": "prv",
    "core_scenario": "scn",
    "core_form": "frm",
    "core_offer": "ofr",
    "core_demand": "dem",
    "core_transaction": "trx",
}

Add: TypeAlias = Callable[..., None]


def _people(add: Add, roles: Mapping[str, UUID]) -> None:
    for name, kind in (
        ("login_ada", "PERSON"),
        ("login_mona", "PERSON"),
        ("login_applicant", "PERSON"),
        ("login_operator", "PERSON"),
        ("login_till", "APP"),
    ):
        add(
            "core_principal",
            name,
            login=name,
            display_name=f"Login {name}",
            kind=kind,
            granted="[]",
            is_active=True,
        )
    for number, (name, role) in enumerate(sorted(roles.items())):
        add(
            "core_staff", f"staff_{name}",
            name=f"Staff {name}", email=f"{name}@example.org", is_active=True, role_id=role,
            principal_id=id_of("login_operator") if number == 1 else None,
        )  # fmt: skip
    for name, principal, inviter in (
        ("ada", "login_ada", None),
        ("bob", None, "ada"),
        ("cem", "login_applicant", "bob"),
        ("dora", None, "ada"),
        # buys of the provider she is a member of, where she is a customer like any other
        ("mona", "login_mona", None),
    ):
        add(
            "core_customer", name,
            name=f"Customer {name}", kind="COMPANY" if name == "dora" else "PERSON", email=f"{name}@example.com",
            phone=f"+49 {len(name)}", phone_e164=f"+49309018{len(name):02}", attributes=json.dumps({"likes": name}),
            locale=f"de-{name[:2].upper()}",
            source_channel=f"channel {name}", inviter_id=inviter and id_of(inviter),
            principal_id=principal and id_of(principal), account_manager_id=MANAGERS.get(name),
            forgotten_at=NOW if name == "dora" else None,
        )  # fmt: skip


MANAGERS = {"ada": id_of("staff_support"), "bob": id_of("staff_operator")}


def _known(add: Add) -> None:
    """What belongs to customers as people."""
    for name, kind, city in (("ada", "HOME", "DEBER"), ("ada", "SHIPPING", "DEHAM"), ("bob", "HOME", "CHZRH"),
                             ("dora", "BILLING", "DEBER")):  # fmt: skip
        add(
            "core_customer_address", f"address of {name} {kind}",
            customer_id=id_of(name), kind=kind, label=f"Label {name}", recipient=f"Recipient {name} {kind}",
            place_city_code=city, place_address=f"Road {name} {kind}", is_default=kind != "SHIPPING",
        )  # fmt: skip
    for name, purpose, granted, is_current in (
        ("ada", "newsletter", True, False),
        ("ada", "newsletter", False, True),
        ("bob", "newsletter", True, True),
        ("dora", "profiling", True, True),
    ):
        add(
            "core_customer_consent", f"consent of {name} {purpose} {granted}",
            customer_id=id_of(name), purpose=purpose, text_version="1", locale="de", granted=granted,
            at=NOW + timedelta(days=is_current), source=f"Source {name}", is_current=is_current,
        )  # fmt: skip
    for name, customers in (("vip", ("ada", "dora")), ("wholesale", ("dora",)), ("nobody", ())):
        add("core_tag", f"tag {name}", name=name, description=f"Tag {name}")
        for customer in customers:
            add(
                "core_customer_tag", f"{customer} is {name}",
                customer_id=id_of(customer), tag_id=id_of(f"tag {name}"),
            )  # fmt: skip
    for customer, author in (("ada", "support"), ("ada", "operator"), ("bob", "support")):
        add(
            "core_customer_note", f"note on {customer} by {author}",
            customer_id=id_of(customer), author_id=id_of(f"staff_{author}"), text=f"Note {customer} {author}",
        )  # fmt: skip


def _jobs(add: Add) -> None:
    for name, state, ended in (("queued", "QUEUED", None), ("failed", "FAILED", NOW)):
        add(
            "core_job", f"job_{name}",
            name="core.end_demands", state=state, given="{}", priority=1, attempts=2, done=3, total=4,
            error=f"Error {name}", not_before=NOW, started_at=NOW, ended_at=ended,
        )  # fmt: skip


def _exports(add: Add) -> None:
    """Of two members of the staff and of an app."""
    for number, (owner, name) in enumerate(
        (("staff_id", "staff_operator"), ("staff_id", "staff_support"), ("app_id", "login_till")), start=1
    ):
        add(
            "core_export", f"export of {name}",
            **{owner: id_of(name)}, job_id=id_of(f"export job {name}"), name=f"list{number}", format="CSV",
            state="DONE", rights="[]", rows=number, size=number, error=f"Error {name}", ended_at=NOW,
            expires_at=FOREVER,
        )  # fmt: skip


def _listeners(add: Add) -> None:
    for position, (name, state) in enumerate((("waiting", "WAITING"), ("dead", "DEAD")), start=1):
        add(
            "core_listener_call", f"call_{name}",
            listener="core.count_imported", event_id=id_of(f"heard_{name}"), position=position,
            event_type="transaction.cancelled", aggregate_id=f"trx_{name}", sequence=f"core.Transaction {name}",
            state=state, attempts=2, error=f"Error {name}", not_before=NOW,
        )  # fmt: skip


def _webhooks(add: Add) -> None:
    """Of a provider, of one of the staff and of an app, each with something delivered and something given up."""
    for number, (name, owner, whose) in enumerate(
        (
            ("party", "provider_id", id_of("party")),
            ("rival", "provider_id", id_of("rival")),
            ("operator", "staff_id", id_of("staff_operator")),
            ("till", "principal_id", id_of("login_till")),
        ),
        start=1,
    ):
        add(
            "core_webhook", f"webhook_{name}",
            name=f"Webhook {name}", address=f"https://{name}.example.com/", event_types=json.dumps([f"{name}.*"]),
            query=f"{{ viewer {{ kind }} }} # {name}", state="PAUSED", reason=f"Reason {name}",
            secret=f"whsec_{name}", position=number, failures=number, not_before=NOW, **{owner: whose},
        )  # fmt: skip
        for place, state in enumerate(("DELIVERED", "DEAD")):
            add(
                "core_webhook_delivery", f"delivery_{name}_{state}",
                webhook_id=id_of(f"webhook_{name}"), event_id=id_of(f"told_{name}_{state}"),
                position=2 * number + place, event_type=f"{name}.told", aggregate_id=f"trx_{name}", happened_at=NOW,
                sequence=f"core.Transaction {name}", state=state, attempts=number, body=f"Body {name} {state}",
                status=200 + number, error=f"Error {name}", not_before=NOW, ended_at=NOW,
            )  # fmt: skip


def _imports(add: Add) -> None:
    for number, noun in enumerate(("customers", "transactions"), start=1):
        counts = {"new": number, "changed": 2, "unchanged": 3, "forgotten": 1, "failed": 4}
        add("core_import", f"import_{noun}", noun=noun, source="erp", rows=sum(counts.values()), **counts)
        add(
            "core_import_mapping", f"mapping_{noun}",
            name="ERP", noun=noun, source="erp", columns=json.dumps([{"column": "Nr", "field": "externalId"}]),
            settings=json.dumps({"encoding": "cp1252", "number": number}),
        )  # fmt: skip


def _accounts(add: Add) -> None:
    for name, owner, kind, of in (
        ("bank", "PLATFORM", "world", None),
        ("share", "PLATFORM", "revenue", None),
        ("ada_wallet", "CUSTOMER", "wallet", "ada"),
        ("bob_reward", "CUSTOMER", "reward", "bob"),
        ("party_payable", "PROVIDER", "payable", "party"),
        ("rival_payable", "PROVIDER", "payable", "rival"),
        ("clerk_reward", "STAFF", "reward", "staff_operator"),
    ):
        add(
            "core_ledger_account", name,
            key=name, owner_kind=owner, kind=kind, asset="EUR", exponent=2,
            may_overdraw=kind not in ("wallet", "reward"),
            **{f"{one.lower()}_id": of and id_of(of) if one == owner else None
               for one in ("CUSTOMER", "PROVIDER", "STAFF")},
        )  # fmt: skip


def _market(add: Add) -> None:
    for name, status, versions in (
        ("form_public", "ACTIVE", 2),
        # asked by scenarios that are not published only
        ("form_internal", "ACTIVE", 3),
        ("form_unused", "ARCHIVED", 1),
    ):
        add(
            "core_form", name,
            key=name.replace("_", "-"), title=f"Title {name}", status=status,
            current_version_id=id_of(f"{name} {versions}"),
        )  # fmt: skip
        for number in range(1, versions + 1):
            add(
                "core_form_version", f"{name} {number}",
                form_id=id_of(name), number=number, questions=json.dumps([question(f"Asked by {name} {number}")]),
            )  # fmt: skip
    for name, status, form in (
        ("camping", "PUBLISHED", "form_public"),
        ("draft", "DRAFT", "form_internal"),
        ("archived", "ARCHIVED", "form_internal"),
        ("tasting", "PUBLISHED", None),
    ):
        add(
            "core_scenario", name,
            name=f"Scenario {name}", slug=name, status=status, form_id=form and id_of(form),
        )  # fmt: skip
    for name, status in (
        ("party", "APPROVED"),
        ("rival", "APPROVED"),
        ("elsewhere", "APPROVED"),
        ("suspended", "SUSPENDED"),
        ("applied", "APPLIED"),
        ("gone", "LEFT"),
    ):
        add(
            "core_provider", name,
            name=f"Provider {name}", status=status, contact_email=f"{name}@example.net", contact_phone=f"+41 {name}",
            payout_account=f"DE00 {name}", review_note=f"Reviewed {name}", place_city_code="DEBER",
        )  # fmt: skip
    for name, provider, principal in (
        ("member_mona", "party", "login_mona"),
        ("member_invited", "party", None),
        ("member_rival", "rival", None),
        ("member_applicant", "applied", "login_applicant"),
        ("member_suspended", "suspended", None),
    ):
        add(
            "core_provider_member", name,
            provider_id=id_of(provider), principal_id=principal and id_of(principal), name=f"Member {name}",
            email=f"{name}@example.net", role="MEMBER",
        )  # fmt: skip
    for provider, scenario in (
        ("party", "camping"),
        ("party", "archived"),
        ("rival", "camping"),
        ("elsewhere", "tasting"),
        ("suspended", "camping"),
        ("applied", "tasting"),
        ("gone", "draft"),
    ):
        add(
            "core_scenario_provider", f"{provider} serves {scenario}",
            scenario_id=id_of(scenario), provider_id=id_of(provider),
        )  # fmt: skip
    for name, kind, provider, scenario, status in (
        ("service", "core_service", "party", "camping", "PUBLISHED"),
        ("service_draft", "core_service", "party", "draft", "DRAFT"),
        ("service_of_suspended", "core_service", "suspended", "camping", "PUBLISHED"),
        ("service_withdrawn", "core_service", "rival", None, "WITHDRAWN"),
        ("stay", "booking_stay", "party", "camping", "PUBLISHED"),
        ("stay_draft", "booking_stay", "rival", "archived", "DRAFT"),
        ("stay_rival", "booking_stay", "rival", "tasting", "PUBLISHED"),
        ("stay_of_suspended", "booking_stay", "suspended", None, "PUBLISHED"),
        ("stay_elsewhere", "booking_stay", "elsewhere", "tasting", "PUBLISHED"),
        ("kind_of_nobody", "nobodys_kind", "party", "camping", "PUBLISHED"),
        ("hidden_kind", "nobodys_kind", "rival", "camping", "DRAFT"),
    ):
        add(
            "core_offer", name,
            kind=kind, provider_id=id_of(provider), scenario_id=scenario and id_of(scenario), title=f"Offer {name}",
            status=status, from_price_minor=1000, from_price_currency="EUR", place_city_code="DEBER",
        )  # fmt: skip
        if kind == "core_service":
            add("core_service", name, unit="HOUR", unit_price_minor=1000, unit_price_currency="EUR")
        if kind == "booking_stay":
            add(
                "booking_stay", name,
                stay_type="CABIN", capacity=CAPACITY[name], price_per_night_minor=9000, price_per_night_currency="EUR",
                weekend_percent=0, high_season_percent=0, high_season_months="[]", amenities="[]",
                check_in_from="15:00",
            )  # fmt: skip


CAPACITY = {"stay": 2, "stay_draft": 2, "stay_rival": 4, "stay_of_suspended": 3, "stay_elsewhere": 5}


def question(label: str) -> dict[str, Any]:
    """A question as it is stored, so that every part of its type has something in it."""
    return {
        "key": "tents", "label": label, "labels": [{"locale": "de", "text": f"Auf Deutsch: {label}"}], "help": "Count",
        "helps": [], "kind": "NUMBER", "required": False, "personal": False, "choices": None, "minimum": 0.0,
        "maximum": None, "earliest": None, "latest": None, "least": None, "most": None, "range": None,
        "textVersion": None, "showIf": None,
    }  # fmt: skip


ANSWERED = {
    "camping": "form_public 2",
    "draft": "form_internal 2",
    "archived": "form_internal 1",
    "tasting": None,
}
"""The versions that demands in each scenario answered; the internal form has gone on since."""


def _needs(add: Add) -> None:
    for name, customer, scenario, status, awarded in (
        ("ada_open", "ada", "camping", "OPEN", None),
        ("ada_awarded", "ada", "camping", "AWARDED", "party"),
        ("ada_archived", "ada", "archived", "OPEN", None),
        ("ada_cancelled", "ada", "camping", "CANCELLED", None),
        ("bob_proposed", "bob", "camping", "PROPOSED", None),
        ("bob_awarded", "bob", "camping", "AWARDED", "rival"),
        ("bob_elsewhere", "bob", "tasting", "OPEN", None),
        ("bob_lapsed", "bob", "camping", "LAPSED", None),
        ("ada_over", "ada", "camping", "PROPOSED", None),
        ("bob_fulfilled", "bob", "camping", "FULFILLED", "party"),
        ("dora_open", "dora", "camping", "OPEN", None),
        ("dora_awarded", "dora", "tasting", "AWARDED", "party"),
        ("cem_draft", "cem", "draft", "PROPOSED", None),
    ):
        add(
            "core_demand", name,
            customer_id=id_of(customer), scenario_id=id_of(scenario), status=status,
            form_version_id=(version := ANSWERED[scenario]) and id_of(version),
            awarded_provider_id=awarded and id_of(awarded), answers='{"tents": 1}',
            personal_answers=json.dumps({"illness": name}), contact_name=f"Contact {name}",
            contact_email=f"{name}@example.com", contact_phone=f"+43 {name}", contact_address=f"Street {name}",
            note=f"Note on {name.replace('_', ' ')}",
            budget_minor=5000, budget_currency="EUR", cancel_reason=f"Reason {name}",
            # nobody has written down that this one has lapsed
            window_end=NOW if name == "ada_over" else FOREVER if name == "dora_open" else None,
        )  # fmt: skip


def _trade(add: Add) -> None:
    for number, (name, customer, provider, scenario, demand, status, offer) in enumerate(
        (
            ("ada_party", "ada", "party", "camping", "ada_awarded", "PLACED", "service_draft"),
            ("bob_party_done", "bob", "party", "camping", "bob_fulfilled", "FULFILLED", "service"),
            # its demand is open again: the provider sees both, and the customer of neither
            ("bob_party_off", "bob", "party", "camping", "bob_proposed", "CANCELLED", "stay"),
            ("dora_party", "dora", "party", "tasting", "dora_awarded", "CONFIRMED", None),
            ("bob_rival", "bob", "rival", "camping", "bob_awarded", "CONFIRMED", "service_withdrawn"),
            ("cem_elsewhere", "cem", "elsewhere", "draft", None, "PLACED", "stay_elsewhere"),
            ("ada_suspended", "ada", "suspended", None, None, "CANCELLED", "stay_of_suspended"),
            ("dora_rival", "dora", "rival", None, None, "PLACED", "stay_draft"),
            ("mona_party", "mona", "party", None, None, "CONFIRMED", "service"),
        )
    ):
        at = NOW + timedelta(days=number)
        add(
            "core_transaction", name,
            customer_id=id_of(customer), provider_id=id_of(provider), scenario_id=scenario and id_of(scenario),
            demand_id=demand and id_of(demand), number=f"T-{number}", status=status, total_minor=1000 + number,
            total_currency="EUR", channel="web", placed_at=at,
            confirmed_at=at if status in ("CONFIRMED", "FULFILLED") else None,
            fulfilled_at=at if status == "FULFILLED" else None,
            cancelled_at=at if status == "CANCELLED" else None,
        )  # fmt: skip
        for position in range(1, 2 + number % 2):
            add(
                "core_transaction_line", f"{name} {position}",
                transaction_id=id_of(name), position=position, title=f"Line {name}", quantity=1 + number,
                unit_price_minor=100, unit_price_currency="EUR", amount_minor=100 * (1 + number),
                amount_currency="EUR", offer_id=offer and id_of(offer), snapshot="{}",
            )  # fmt: skip
    for name, stay, customer, transaction, nights, status in (
        ("booking_ada", "stay", "ada", "ada_party", (1, 4), "PLACED"),
        ("booking_bob", "stay", "bob", "bob_party_done", (4, 6), "CONFIRMED"),
        ("booking_off", "stay", "bob", "bob_party_off", (6, 9), "CANCELLED"),
        ("booking_rival", "stay_rival", "bob", "bob_rival", (2, 3), "PLACED"),
        ("booking_draft", "stay_draft", "dora", "dora_rival", (2, 3), "PLACED"),
        ("booking_elsewhere", "stay_elsewhere", "cem", "cem_elsewhere", (20, 23), "PLACED"),
    ):
        add(
            "booking_booking", name,
            stay_id=id_of(stay), customer_id=id_of(customer), transaction_id=id_of(transaction),
            check_in=date(2026, 7, nights[0]), check_out=date(2026, 7, nights[1]), guests=2, status=status,
            total_minor=1000, total_currency="EUR", cancelled_at=NOW if status == "CANCELLED" else None,
        )  # fmt: skip

    for name, stay, customer, nights, status, ends in (
        ("hold_ada", "stay", "ada", (10, 12), "HELD", FOREVER),
        ("hold_bob", "stay_elsewhere", "bob", (3, 5), "HELD", FOREVER),
        ("hold_over", "stay_of_suspended", "bob", (2, 4), "HELD", NOW - timedelta(days=1)),
        ("hold_gone", "stay_rival", "dora", (10, 12), "RELEASED", FOREVER),
    ):
        add(
            "booking_hold", name,
            stay_id=id_of(stay), customer_id=id_of(customer), check_in=date(2026, 7, nights[0]),
            check_out=date(2026, 7, nights[1]), guests=2, status=status, expires_at=ends,
        )  # fmt: skip


def _answers(add: Add) -> None:
    """What providers answered: one that won, lost, withdrew, let its time pass, was suspended, was undone."""
    for name, provider, demand, status, reason, transaction in (
        ("party_asks", "party", "bob_proposed", "SUBMITTED", None, None),
        ("rival_asks", "rival", "bob_proposed", "SUBMITTED", None, None),
        ("suspended_asks", "suspended", "bob_proposed", "SUBMITTED", None, None),
        ("party_undone", "party", "bob_proposed", "CLOSED", "TRANSACTION_CANCELLED", "bob_party_off"),
        ("party_won", "party", "ada_awarded", "AWARDED", None, "ada_party"),
        ("rival_lost", "rival", "ada_awarded", "CLOSED", "ANOTHER_AWARDED", None),
        ("elsewhere_withdrew", "elsewhere", "bob_elsewhere", "WITHDRAWN", None, None),
        ("rival_expired", "rival", "dora_open", "SUBMITTED", None, None),
        ("rival_over", "rival", "ada_over", "SUBMITTED", None, None),
    ):
        add(
            "core_proposal", name,
            demand_id=id_of(demand), provider_id=id_of(provider), status=status, closed_reason=reason,
            offer_id=id_of("service") if name == "party_won" else None,
            transaction_id=transaction and id_of(transaction), price_minor=100 + len(name), price_currency="EUR",
            terms=f"Terms {name}", valid_until=NOW if name in ("rival_expired", "rival_over") else FOREVER,
            withdraw_reason=f"Reason {name}" if status == "WITHDRAWN" else None,
        )  # fmt: skip
    for number, proposal in enumerate(
        (
            "party_asks",
            "party_asks",
            "rival_asks",
            "suspended_asks",
            "party_won",
            "rival_lost",
            "party_undone",
        )
    ):
        is_ours = proposal.startswith("party")
        add(
            "core_proposal_message", f"message {number}",
            proposal_id=id_of(proposal), side=("CUSTOMER", "PROVIDER", "STAFF")[number % 3],
            member_id=id_of("member_mona") if is_ours and number % 3 == 1 else None,
            staff_id=id_of("staff_support") if number % 3 == 2 else None, text=f"Message {number}",
        )  # fmt: skip
    for number, (kind, demand, proposal, transaction) in enumerate(
        (
            *(
                ("OPENED", one, None, None)
                for one in ("ada_open", "ada_awarded", "bob_proposed", "bob_elsewhere")
            ),
            ("PROPOSED", "bob_proposed", "party_asks", None),
            ("PROPOSED", "bob_proposed", "rival_asks", None),
            ("PROPOSED", "bob_proposed", "suspended_asks", None),
            ("AWARDED", "bob_proposed", "party_undone", "bob_party_off"),
            ("REOPENED", "bob_proposed", None, "bob_party_off"),
            ("PROPOSED", "ada_awarded", "party_won", None),
            ("PROPOSED", "ada_awarded", "rival_lost", None),
            ("AWARDED", "ada_awarded", "party_won", "ada_party"),
            ("AWARDED", "bob_awarded", None, "bob_rival"),
            ("PROPOSAL_WITHDRAWN", "bob_elsewhere", "elsewhere_withdrew", None),
            ("PROPOSED", "dora_open", "rival_expired", None),
            ("LAPSED", "bob_lapsed", None, None),
            ("OPENED", "ada_over", None, None),
            ("PROPOSED", "ada_over", "rival_over", None),
        )
    ):
        add(
            "core_demand_event", f"event {number}",
            demand_id=id_of(demand), proposal_id=proposal and id_of(proposal),
            transaction_id=transaction and id_of(transaction), kind=kind, text=f"Sentence {number}",
            side=("CUSTOMER", "PROVIDER", "STAFF", None)[number % 4], at=NOW + timedelta(minutes=number),
        )  # fmt: skip
