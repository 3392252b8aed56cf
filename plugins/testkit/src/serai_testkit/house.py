"""A house to test a plug-in in: Serai with it on a database of the test's own, asked by whoever the test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg

from serai.app import JobHost, Platform
from serai.engines.feed import Listening
from serai.engines.jobs.once import do_once
from serai.viewers import ANONYMOUS, Viewer
from serai_sdk.orm import new_id

__all__ = ["House"]

EVENTS = "select event, payload::text as payload from core_outbox order by seq"
UNDONE = "select listener, event_type, error from core_listener_call order by position"


class House:
    """The fixture `house`; rows that tests need are put into the database past services and rules."""

    def __init__(self, platform: Platform, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.platform = platform
        self.connection = connection
        self.statements: list[str] = []
        self._listening = Listening(JobHost(platform), platform.assembly.listeners)
        self._numbers = count(1)

    @classmethod
    async def open(cls, platform: Platform) -> House:
        """A house on an opened platform; its listeners hear what happens from now on."""
        house = cls(platform, await asyncpg.connect(platform.dsn))
        await house._listening.meet()
        platform.pool.observers.append(house._sent)
        return house

    async def close(self) -> None:
        """Lets go of the database; the platform is its opener's business."""
        self.platform.pool.observers.remove(self._sent)
        await self.connection.close()

    # -- asking

    async def ask(self, document: str, viewer: Viewer = ANONYMOUS, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = await self.answer(document, viewer, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def answer(self, document: str, viewer: Viewer = ANONYMOUS, **variables: Any) -> dict[str, Any]:
        """The whole answer; `statements` then holds what reading took."""
        await asyncio.sleep(0)
        self.statements.clear()
        result = await self.platform.engine.execute(document, variables, None, viewer)
        await asyncio.sleep(0)
        answer: dict[str, Any] = json.loads(result.body)
        return answer

    def id(self, entity: str, key: UUID) -> str:
        """The id in the graph of a row of that entity."""
        return f"{self.platform.assembly.registry.entities[entity].prefix}_{key.hex}"

    # -- what happens

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What was told to others so far: names and payloads, in their order."""
        return [(row["event"], json.loads(row["payload"])) for row in await self.connection.fetch(EVENTS)]

    async def happen(self, event: str, entity: str, key: UUID, **payload: Any) -> None:
        """Has an event happen to a row, and all listeners do what they do about it."""
        table = self.platform.assembly.registry.entities[entity].table
        models = [one for app in (self.platform.orm.context.apps or {}).values() for one in app.values()]
        [model] = [one for one in models if one._meta.db_table == table]

        async def body(ctx: Any) -> Mapping[str, Any]:
            row = await ctx.change.get(model, key)
            assert row is not None, f"there is no row {key} in {table}"
            await ctx.change.emit(event, row, payload)
            return {}

        await self.platform.change(body)
        await self.listen()

    async def listen(self) -> None:
        """Has all listeners do what they do about all that has happened; what fails is an `AssertionError`."""
        while await self.platform.stamp():
            await self._listening.do_all()
        undone = [dict(row) for row in await self.connection.fetch(UNDONE)]
        assert undone == [], undone

    async def work(self, job: str, given: Mapping[str, Any] | None = None) -> None:
        """Has a job done, here and now; what it raises is raised."""
        await do_once(JobHost(self.platform), self.platform.assembly.jobs[job], given or {})

    # -- rows

    async def add(self, table: str, **values: Any) -> UUID:
        """A row by its columns, with id, times and version unless they are given; returns its id."""
        now = datetime.now(UTC) - timedelta(minutes=1)
        row = {"id": new_id(), "created_at": now, "updated_at": now, "version": 1, **values}
        row = {name: json.dumps(one) if isinstance(one, dict | list) else one for name, one in row.items()}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        statement = f"insert into {table} ({', '.join(row)}) values ({places})"
        await self.connection.execute(statement, *row.values())
        id: UUID = row["id"]
        return id

    async def customer(self, **values: Any) -> UUID:
        """A customer of the core."""
        number = next(self._numbers)
        given = {"name": f"Customer {number}", "email": f"customer-{number}@example.com"}
        common = {"kind": "PERSON", "attributes": {}, "locale": "en"}
        return await self.add("core_customer", **common | given | values)

    async def provider(self, **values: Any) -> UUID:
        """A provider that was approved."""
        given = {"name": f"Provider {next(self._numbers)}", "status": "APPROVED"}
        return await self.add("core_provider", **given | values)

    async def transaction(
        self, customer: UUID, provider: UUID | None = None, *, status: str = "PLACED", **values: Any
    ) -> UUID:
        """A transaction of 10.00 EUR in that state, with a provider of its own unless one is given."""
        at = datetime.now(UTC) - timedelta(minutes=1)
        given = {
            "customer_id": customer,
            "provider_id": provider or await self.provider(),
            "number": f"T-{next(self._numbers):06}",
            "status": status,
            "total_minor": 1_000,
            "total_currency": "EUR",
            "channel": "test",
            "placed_at": at,
            "confirmed_at": at if status in ("CONFIRMED", "FULFILLED") else None,
            "fulfilled_at": at if status == "FULFILLED" else None,
            "cancelled_at": at if status == "CANCELLED" else None,
        }
        return await self.add("core_transaction", **given | values)

    def _sent(self, sql: str, _: object) -> None:
        self.statements.append(sql)
