"""The reference database: a platform of some size, made by COPY, the same for the same seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import orjson

from serai.app import Assembly
from serai.storage import migrate

SEED = 1
START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 730
NOW = START + timedelta(days=DAYS)

CUSTOMERS = 10_000
PROVIDERS = 60
SCENARIOS = 10
DEMANDS = 30_000
TRANSACTIONS = 200_000
STAYS = 1_000
BOOKINGS = 50_000

OPERATOR_ROLE = UUID("01890000-0000-7000-8000-000000000001")
CHANNELS = ("web", "app", "partner", "desk", "phone")
FIRST_NAMES = ("Ada", "Bo", "Chen", "Dina", "Émile", "Farid", "Grace", "Hana", "Ivo", "Jun", "李", "Zoë")
LAST_NAMES = ("Ahmadi", "Berg", "Costa", "Dubois", "Evans", "Fischer", "García", "O'Neill", "Tanaka", "伟")


async def reference_database(server_url: str, assembly: Assembly, *, scale: float) -> str:
    """The URL of the reference database of that scale on that server; it is made, or made anew, where need be."""
    name = f"reference_{scale:g}".replace(".", "_")
    wanted = _fingerprint(assembly, scale)
    maintenance = await asyncpg.connect(server_url)
    try:
        known = await maintenance.fetchval(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = $1", name
        )
        url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        if known == wanted:
            return url
        await maintenance.execute(f'drop database if exists "{name}"')
        await maintenance.execute(f'create database "{name}"')
        await migrate(url, assembly.apps)
        await fill(url, scale=scale)
        await maintenance.execute(f"comment on database \"{name}\" is '{wanted}'")
        return url
    finally:
        await maintenance.close()


async def fill(url: str, *, scale: float) -> None:
    """Makes the rows, in a database whose tables are empty."""
    connection = await asyncpg.connect(url)
    try:
        await _Builder(connection, scale=scale).build()
    finally:
        await connection.close()


async def forget_demands(url: str) -> None:
    """Deletes what measuring an insert has left behind, so that the next run finds the same database."""
    connection = await asyncpg.connect(url)
    try:
        for table in ("core_demand_event", "core_demand"):
            await connection.execute(f"delete from {table} where created_at > $1", NOW + timedelta(days=1))
        await connection.execute("delete from core_outbox")
        await connection.execute("vacuum analyze core_demand, core_demand_event, core_outbox")
    finally:
        await connection.close()


def _fingerprint(assembly: Assembly, scale: float) -> str:
    """Changes when the tables or the data would."""
    mark = hashlib.sha256(f"{scale:g}".encode())
    mark.update(Path(__file__).read_bytes())
    for app in assembly.apps.values():
        if app.migrations is None:
            continue
        found = find_spec(app.migrations)
        for folder in (found.submodule_search_locations or ()) if found else ():
            for path in sorted(Path(folder).glob("*.py")):
                mark.update(path.read_bytes())
    return mark.hexdigest()


class _Builder:
    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], *, scale: float) -> None:
        self.connection = connection
        self.scale = scale
        self.random = Random(SEED)

    async def build(self) -> None:
        await self.people()
        await self.demands()
        await self.stays()
        await self.trade()
        # So that those who know nothing of Serai's models can insert a demand by naming what it is about.
        await self.connection.execute(
            "alter table core_demand alter id set default uuidv7(), alter created_at set default now(), "
            "alter updated_at set default now(), alter version set default 1, alter status set default 'OPEN', "
            "alter answers set default '{}', alter personal_answers set default '{}'"
        )
        await self.connection.execute("vacuum analyze")
        await self.connection.execute("checkpoint")

    def count(self, full: int) -> int:
        return max(2, round(full * self.scale))

    def moment(self) -> datetime:
        return START + timedelta(microseconds=self.random.randrange(DAYS * 86_400_000_000))

    def new_id(self, at: datetime) -> UUID:
        """A version 7 UUID as of that instant."""
        bits = self.random.getrandbits(74)
        milliseconds = int(at.timestamp() * 1000)
        return UUID(
            int=milliseconds << 80 | 0x7 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
        )

    async def copy(self, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Each row begins with id, created_at and updated_at; its version is 1."""
        await self.connection.copy_records_to_table(
            table,
            columns=["id", "created_at", "updated_at", "version", *columns.split()],
            records=[(*row[:3], 1, *row[3:]) for row in rows],
        )

    async def people(self) -> None:
        random = self.random
        principal, staff = self.new_id(START), self.new_id(START)
        await self.copy(
            "core_principal",
            "login display_name kind granted is_active",
            [(principal, START, START, "operator@example.org", "Operator", "PERSON", "[]", True)],
        )
        await self.copy(
            "core_staff",
            "name email is_active principal_id role_id",
            [(staff, START, START, "Operator", "operator@example.org", True, principal, OPERATOR_ROLE)],
        )
        self.scenarios = [self.new_id(START) for _ in range(SCENARIOS)]
        await self.copy(
            "core_scenario",
            "name slug description status success",
            [
                (
                    id,
                    START,
                    START,
                    f"Scenario {n}",
                    f"scenario-{n}",
                    "What it is about",
                    "PUBLISHED",
                    None,
                )
                for n, id in enumerate(self.scenarios, start=1)
            ],
        )
        self.providers = [self.new_id(START) for _ in range(self.count(PROVIDERS))]
        await self.copy(
            "core_provider",
            "name status place_city_code place_time_zone",
            [
                (id, START, START, f"Provider {n}", "APPROVED", "FRPAR", "Europe/Paris")
                for n, id in enumerate(self.providers, start=1)
            ],
        )
        await self.copy(
            "core_provider_member",
            "provider_id principal_id name email role",
            [
                (
                    self.new_id(START),
                    START,
                    START,
                    self.providers[0],
                    principal,
                    "Member",
                    "member@example.org",
                    "OWNER",
                )
            ],
        )
        served = [
            (scenario, provider)
            for provider in self.providers
            for scenario in random.sample(self.scenarios, 3)
        ]
        await self.copy(
            "core_scenario_provider",
            "scenario_id provider_id",
            [(self.new_id(START), START, START, scenario, provider) for scenario, provider in served],
        )
        joined = sorted(self.moment() for _ in range(self.count(CUSTOMERS)))
        self.customers = [self.new_id(at) for at in joined]
        await self.copy(
            "core_customer",
            "name kind email attributes locale source_channel",
            [
                (
                    id,
                    at,
                    at,
                    f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
                    "COMPANY" if random.random() < 0.1 else "PERSON",
                    f"customer{n}@example.org" if random.random() < 0.9 else None,
                    "{}",
                    random.choice(("en", "de", "fr", "zh-CN")),
                    random.choice(CHANNELS),
                )
                for n, (id, at) in enumerate(zip(self.customers, joined, strict=True), start=1)
            ],
        )

    def customer(self) -> UUID:
        """Some buy more than others."""
        return self.customers[int(len(self.customers) * self.random.random() ** 1.3)]

    async def demands(self) -> None:
        random = self.random
        self.needs: list[tuple[UUID, UUID, UUID, datetime]] = []
        rows: list[tuple[Any, ...]] = []
        for _ in range(self.count(DEMANDS)):
            at = self.moment()
            id, customer, scenario = self.new_id(at), self.customer(), random.choice(self.scenarios)
            self.needs.append((id, customer, scenario, at))
            status = random.choice(("OPEN", "PROPOSED", "AWARDED", "FULFILLED", "CANCELLED"))
            provider = random.choice(self.providers) if status in ("AWARDED", "FULFILLED") else None
            answers = orjson.dumps({"guests": random.randint(1, 8), "pets": random.random() < 0.2}).decode()
            rows.append(
                (
                    id,
                    at,
                    at,
                    customer,
                    scenario,
                    provider,
                    status,
                    answers,
                    "{}",
                    random.randint(1, 400) * 100,
                    "EUR",
                )
            )
        await self.copy(
            "core_demand",
            "customer_id scenario_id awarded_provider_id status answers personal_answers budget_minor budget_currency",
            rows,
        )

    async def stays(self) -> None:
        random = self.random
        self.offers: list[tuple[UUID, UUID, UUID]] = []
        offers: list[tuple[Any, ...]] = []
        details: list[tuple[Any, ...]] = []
        for number in range(1, self.count(STAYS) + 1):
            id, provider, scenario = self.new_id(START), random.choice(self.providers), self.scenarios[0]
            self.offers.append((id, provider, scenario))
            price = random.randint(20, 200) * 100
            offers.append(
                (
                    id,
                    START,
                    START,
                    "booking_stay",
                    provider,
                    scenario,
                    f"Stay {number}",
                    "PUBLISHED",
                    price,
                    "EUR",
                    START,
                )
            )
            kind = random.choice(("PITCH", "CARAVAN", "CONTAINER", "CABIN"))
            details.append(
                (id, START, START, kind, random.randint(2, 8), price, "EUR", 0, 0, "[]", "[]", "15:00")
            )
        await self.copy(
            "core_offer",
            "kind provider_id scenario_id title status from_price_minor from_price_currency published_at",
            offers,
        )
        await self.copy(
            "booking_stay",
            "stay_type capacity price_per_night_minor price_per_night_currency weekend_percent high_season_percent "
            "high_season_months amenities check_in_from",
            details,
        )

    async def trade(self) -> None:
        """Transactions and their lines; a quarter of them are bookings, most others answer demands."""
        random = self.random
        transactions: list[tuple[Any, ...]] = []
        lines: list[tuple[Any, ...]] = []
        bookings: list[tuple[Any, ...]] = []
        booked, total = self.count(BOOKINGS), self.count(TRANSACTIONS)
        for number in range(total):
            demand = offer = None
            if number < booked:
                offer, provider, scenario = self.offers[number % len(self.offers)]
                customer, at = self.customer(), self.moment()
            elif random.random() < 0.8:
                demand, customer, scenario, at = random.choice(self.needs)
                provider = random.choice(self.providers)
            else:
                customer, at = self.customer(), self.moment()
                provider, scenario = random.choice(self.providers), random.choice(self.scenarios)
            id = self.new_id(at)
            currency = "JPY" if random.random() < 0.05 else "EUR"
            sold = [
                (random.randint(1, 4), random.randint(5, 300) * 100) for _ in range(random.choice((1, 1, 2)))
            ]
            amount = sum(count * price for count, price in sold)
            status = random.choice(("PLACED", "CONFIRMED", "FULFILLED", "FULFILLED", "CANCELLED"))
            transactions.append(
                (
                    id,
                    at,
                    at,
                    customer,
                    provider,
                    scenario,
                    demand,
                    f"T{number:08}",
                    status,
                    amount,
                    currency,
                    "booking" if offer else random.choice(CHANNELS),
                    at,
                    at if status in ("CONFIRMED", "FULFILLED") else None,
                    at if status == "FULFILLED" else None,
                    at if status == "CANCELLED" else None,
                )
            )
            kind = "booking_stay" if offer else None
            for position, (count, price) in enumerate(sold, start=1):
                lines.append(
                    (
                        self.new_id(at),
                        at,
                        at,
                        id,
                        position,
                        f"What was sold, {position}",
                        count,
                        price,
                        currency,
                        count * price,
                        currency,
                        offer,
                        kind,
                        "{}",
                    )
                )
            if offer is not None:
                arrival = self.arrival(number // len(self.offers))
                left = arrival + timedelta(days=random.randint(1, 7))
                ended = {"PLACED": "PLACED", "CANCELLED": "CANCELLED"}.get(status, "CONFIRMED")
                gone = at if status == "CANCELLED" else None
                bookings.append(
                    (
                        self.new_id(at),
                        at,
                        at,
                        offer,
                        customer,
                        id,
                        arrival,
                        left,
                        2,
                        ended,
                        amount,
                        currency,
                        gone,
                    )
                )
        await self.copy(
            "core_transaction",
            "customer_id provider_id scenario_id demand_id number status total_minor total_currency channel "
            "placed_at confirmed_at fulfilled_at cancelled_at",
            transactions,
        )
        await self.copy(
            "core_transaction_line",
            "transaction_id position title quantity unit_price_minor unit_price_currency amount_minor amount_currency "
            "offer_id offer_kind snapshot",
            lines,
        )
        await self.copy(
            "booking_booking",
            "stay_id customer_id transaction_id check_in check_out guests status total_minor total_currency "
            "cancelled_at",
            bookings,
        )
        # their nights are held as those of a database from before there was capacity
        await self.connection.execute(import_module("serai_booking.migrations.0002_capacity").CARRY)
        await self.connection.execute(import_module("serai_booking.migrations.0004_owners").OWN)

    def arrival(self, turn: int) -> date:
        """A stay's bookings come one after the other, two weeks apart, so that no two share a night."""
        return START.date() + timedelta(days=14 * turn + self.random.randint(0, 6))
