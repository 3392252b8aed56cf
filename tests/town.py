"""A town to test with: people, providers, what they offer and what was agreed, put into the database row by row.

Rows are written past services and rules, so that a test says exactly what there is.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg

from serai_sdk.orm import new_id

OPERATOR = UUID("01890000-0000-7000-8000-000000000001")
"""The role that may do what an operator does, as the first migration makes it."""


class Town:
    """Makes rows one by one, with what a test says and believable defaults."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], dsn: str) -> None:
        self.connection = connection
        self.dsn = dsn
        self.began = datetime.now(UTC) - timedelta(days=300)
        self._numbers = count(1)

    @classmethod
    async def open(cls, dsn: str) -> Town:
        return cls(await asyncpg.connect(dsn), dsn)

    async def close(self) -> None:
        await self.connection.close()

    async def principal(self, **more: Any) -> UUID:
        number = next(self._numbers)
        login = f"login-{number}@example.com"
        return await self.add(
            "core_principal",
            **{
                "login": login,
                "display_name": f"Somebody {number}",
                "kind": "PERSON",
                "granted": [],
                "is_active": True,
            }
            | more,
        )

    async def operator(self) -> UUID:
        """A member of the staff who may do what operators do."""
        number = next(self._numbers)
        return await self.add(
            "core_staff", name=f"Operator {number}", is_active=True, role_id=OPERATOR,
            principal_id=await self.principal(),
        )  # fmt: skip

    async def customer(self, **more: Any) -> UUID:
        number = next(self._numbers)
        given = {"name": f"Customer {number}", "email": f"customer-{number}@example.com"}
        return await self.add(
            "core_customer", **{"kind": "PERSON", "attributes": {}, "locale": "en"} | given | more
        )

    async def provider(self, **more: Any) -> UUID:
        number = next(self._numbers)
        return await self.add("core_provider", **{"name": f"Provider {number}", "status": "APPROVED"} | more)

    async def member(self, provider: UUID) -> UUID:
        """Somebody who may act for a provider."""
        number = next(self._numbers)
        return await self.add(
            "core_provider_member", provider_id=provider, name=f"Member {number}", role="OWNER",
            principal_id=await self.principal(),
        )  # fmt: skip

    async def scenario(self, **more: Any) -> UUID:
        number = next(self._numbers)
        given = {"name": f"Scenario {number}", "slug": f"scenario-{number}", "status": "PUBLISHED"}
        return await self.add("core_scenario", **given | more)

    async def service(self, provider: UUID, **more: Any) -> UUID:
        """An offer of the core's own kind."""
        offer = await self.offer(provider, "core_service", **more)
        return await self.add(
            "core_service", id=offer, unit="HOUR", duration_minutes=60, unit_price_minor=4_500,
            unit_price_currency="EUR",
        )  # fmt: skip

    async def stay(self, provider: UUID, *, city: str = "DEBER", **more: Any) -> UUID:
        """An offer of the booking plug-in's kind."""
        offer = await self.offer(
            provider, "booking_stay", place_city_code=city, place_time_zone="Europe/Berlin", **more
        )
        return await self.add(
            "booking_stay", id=offer, stay_type="CABIN", capacity=4, price_per_night_minor=10_000,
            price_per_night_currency="EUR", weekend_percent=0, high_season_percent=0, high_season_months=[],
            amenities=["wifi"], check_in_from="15:00",
        )  # fmt: skip

    async def offer(self, provider: UUID, kind: str, **more: Any) -> UUID:
        number = next(self._numbers)
        given = {"title": f"Offer {number}", "status": "PUBLISHED"}
        price = {"from_price_minor": 4_500, "from_price_currency": "EUR"}
        return await self.add("core_offer", provider_id=provider, kind=kind, **given | price | more)

    async def demand(self, customer: UUID, scenario: UUID, **more: Any) -> UUID:
        given = {"status": "OPEN", "answers": {}, "personal_answers": {}}
        return await self.add("core_demand", customer_id=customer, scenario_id=scenario, **given | more)

    async def transaction(
        self, customer: UUID, provider: UUID, *, lines: int = 1, offer: UUID | None = None, **more: Any
    ) -> UUID:
        """A placed transaction; each line is one unit of 10.00 EUR."""
        number = next(self._numbers)
        kind = await self.connection.fetchval("select kind from core_offer where id = $1", offer)
        given = {"status": "PLACED", "channel": "test", "placed_at": self.began + timedelta(hours=number)}
        transaction = await self.add(
            "core_transaction", customer_id=customer, provider_id=provider, number=f"Z-{number:06}",
            total_minor=1_000 * lines, total_currency="EUR", **given | more,
        )  # fmt: skip
        for position in range(1, lines + 1):
            await self.add(
                "core_transaction_line", transaction_id=transaction, position=position,
                title=f"Line {position} of Z-{number:06}", quantity=1, unit_price_minor=1_000,
                unit_price_currency="EUR", amount_minor=1_000, amount_currency="EUR", offer_id=offer,
                offer_kind=kind, snapshot={"title": f"Line {position}", "kind": kind},
            )  # fmt: skip
        return transaction

    async def booking(self, customer: UUID, stay: UUID, check_in: date, *, nights: int = 2) -> UUID:
        """A booking and its transaction."""
        provider = await self.connection.fetchval("select provider_id from core_offer where id = $1", stay)
        transaction = await self.transaction(customer, provider, offer=stay, channel="booking")
        return await self.add(
            "booking_booking", stay_id=stay, customer_id=customer, transaction_id=transaction, check_in=check_in,
            check_out=check_in + timedelta(days=nights), guests=2, status="PLACED", total_minor=1_000,
            total_currency="EUR",
        )  # fmt: skip

    async def add(self, table: str, **values: Any) -> UUID:
        """A row by its columns; returns its id."""
        now = datetime.now(UTC)
        row = {"id": new_id(), "created_at": now, "updated_at": now, "version": 1, **values}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        given = [json.dumps(one) if isinstance(one, dict | list) else one for one in row.values()]
        await self.connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *given)
        id: UUID = row["id"]
        return id
