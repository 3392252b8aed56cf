"""A house to book in: the platform with this plug-in on a database of its own, and a few people and stays.

The only file of these tests that knows the platform; the others speak to the graph and to the database.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from serai.app import Assembly, Platform, assemble, open_platform
from serai.settings import load_settings
from serai.storage import OrmApp, migrate
from serai.viewers import Viewer

APPS = {
    "core": OrmApp(
        [
            f"serai.core.{noun}.models"
            for noun in (
                "customers",
                "demands",
                "offers",
                "principals",
                "providers",
                "scenarios",
                "staff",
                "transactions",
            )
        ],
        "serai.core.migrations",
    ),
    "booking": OrmApp(["serai_booking.models"], "serai_booking.migrations"),
}
RACERS = 64


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: Any) -> str:
    """Tables of the core and of this plug-in, without rows."""

    async def build(dsn: str) -> None:
        await migrate(dsn, APPS)

    return str(await template_database("serai-booking", build))


@pytest_asyncio.fixture(loop_scope="session")
async def rows(database: str) -> AsyncIterator[Rows]:
    """What puts people, stays and bookings into the database, past the graph."""
    connection = await asyncpg.connect(database)
    try:
        yield Rows(connection, database)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def assembly() -> Assembly:
    """All that is installed, composed once for all tests of a worker."""
    return assemble(load_settings())


@pytest_asyncio.fixture(loop_scope="session")
async def house(rows: Rows, assembly: Assembly) -> AsyncIterator[House]:
    """The graph of a platform with this plug-in, on the same database as ``rows``."""
    settings = load_settings(database_url=rows.dsn, orm_pool_size=RACERS)
    platform = await open_platform(settings, assembly=assembly)
    opened = House(platform)
    try:
        yield opened
    finally:
        await opened.close()


@dataclass(slots=True)
class Rows:
    """Rows of a database, made one by one with what a test says and believable defaults."""

    connection: asyncpg.Connection[asyncpg.Record]
    dsn: str
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def customer(self) -> UUID:
        """A person."""
        number = next(self.numbers)
        return await self.add(
            "core_customer",
            name=f"Guest {number}",
            kind="PERSON",
            email=f"guest-{number}@example.com",
            attributes="{}",
            locale="en",
        )

    async def provider(self, *, status: str = "APPROVED") -> UUID:
        """A campsite."""
        return await self.add("core_provider", name=f"Campsite {next(self.numbers)}", status=status)

    async def stay(
        self,
        *,
        provider: UUID | None = None,
        time_zone: str = "Europe/Berlin",
        city: str = "DEBER",
        capacity: int = 4,
        price_minor: int = 10_000,
        weekend_percent: int = 0,
        stay_type: str = "CABIN",
        status: str = "PUBLISHED",
    ) -> UUID:
        """A stay and the offer it is."""
        id = await self.add(
            "core_offer",
            kind="booking_stay",
            provider_id=provider or await self.provider(),
            title=f"Cabin {next(self.numbers)}",
            status=status,
            from_price_minor=price_minor,
            from_price_currency="EUR",
            place_city_code=city,
            place_time_zone=time_zone,
        )
        return await self.add(
            "booking_stay",
            id=id,
            stay_type=stay_type,
            capacity=capacity,
            price_per_night_minor=price_minor,
            price_per_night_currency="EUR",
            weekend_percent=weekend_percent,
            high_season_percent=0,
            high_season_months="[]",
            amenities='["wifi"]',
            check_in_from="15:00",
        )

    async def transaction(self, *, stay: UUID, customer: UUID) -> UUID:
        """A transaction with the provider of a stay."""
        return await self.add(
            "core_transaction",
            customer_id=customer,
            provider_id=await self.connection.fetchval(
                "select provider_id from core_offer where id = $1", stay
            ),
            number=f"T{next(self.numbers)}",
            status="PLACED",
            total_minor=10_000,
            total_currency="EUR",
            channel="test",
            placed_at=datetime.now(UTC),
        )

    async def booking(
        self, stay: UUID, check_in: date, check_out: date, *, is_held: bool = True, **more: Any
    ) -> UUID:
        """A booking of a new customer, past all that guards it but the database; live ones hold their nights."""
        customer = await self.customer()
        booking = await self.add(
            "booking_booking",
            **{
                "stay_id": stay,
                "customer_id": customer,
                "transaction_id": await self.transaction(stay=stay, customer=customer),
                "check_in": check_in,
                "check_out": check_out,
                "guests": 2,
                "status": "PLACED",
                "total_minor": 10_000,
                "total_currency": "EUR",
                **more,
            },
        )
        if is_held and "status" not in more:
            await self.held(booking, stay, check_in, check_out)
        return booking

    async def held(self, id: UUID, stay: UUID, first: date, last: date) -> UUID:
        """Nights of a stay that are held for good."""
        await self.connection.execute(
            "insert into core_capacity_resource (id, kind, is_unit, measure, step_s, capacity, opened_at) "
            "values ($1, 'booking.stay', true, 'DATE', 86400, 1, now()) on conflict do nothing",
            stay,
        )
        await self.connection.execute(
            "insert into core_capacity_hold (id, state, content, at, moved_at) "
            "values ($1, 'CONFIRMED', '', now(), now())",
            id,
        )
        await self.connection.execute(
            "insert into core_capacity_claim (hold_id, number, resource_id, starts_at, ends_at, quantity) "
            "values ($1, 1, $2, $3::timestamp at time zone 'UTC', $4::timestamp at time zone 'UTC', 1)",
            id,
            stay,
            datetime.combine(first, time()),
            datetime.combine(last, time()),
        )
        return id

    async def add(self, table: str, **values: Any) -> UUID:
        """A row by its columns; returns its id."""
        now = datetime.now(UTC)
        row = {"id": uuid4(), "created_at": now, "updated_at": now, "version": 1, **values}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({places})", *row.values()
        )
        id: UUID = row["id"]
        return id


class House:
    """The graph, asked as somebody."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._requests = count(1)
        self._open = True

    async def ask(self, document: str, viewer: Viewer, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = await self.answer(document, viewer, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def answer(self, document: str, viewer: Viewer, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        engine: Any = self._platform.engine  # type: ignore[attr-defined, unused-ignore]
        result = await engine.execute(
            document,
            variables,
            None,
            viewer,
            idempotency_key=None,
            allow_mutations=True,
            request_id=f"test-{next(self._requests)}",
        )
        answer: dict[str, Any] = json.loads(result.body)
        return answer

    async def close(self) -> None:
        """Lets go of all connections."""
        if self._open:
            self._open = False
            await self._platform.close()


def as_customer(id: UUID) -> Viewer:
    return Viewer(kind="customer", customer_id=id)


def as_provider(id: UUID) -> Viewer:
    return Viewer(kind="provider", provider_id=id)


def as_staff(*permissions: str) -> Viewer:
    return Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(permissions))


def offer_id(id: UUID) -> str:
    return f"ofr_{id.hex}"


def customer_id(id: UUID) -> str:
    return f"cus_{id.hex}"


def booking_id(id: UUID) -> str:
    return f"bkg_{id.hex}"
