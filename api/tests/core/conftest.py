"""The graph of the core on a database of the test's own, asked as anybody; rows to ask about."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from serai.app import Platform, assemble, open_platform
from serai.settings import load_settings
from serai.storage import migrate
from serai.viewers import Viewer
from serai_sdk.orm import new_id
from serai_testkit.databases import Databases
from serai_testkit.pytest_plugin import TemplateDatabase

from .importing import Importer

PLAIN: dict[str, Any] = {
    **dict.fromkeys(
        (
            "help",
            "choices",
            "minimum",
            "maximum",
            "earliest",
            "latest",
            "least",
            "most",
            "range",
            "textVersion",
            "showIf",
        )
    ),
    "labels": [],
    "helps": [],
    "required": False,
    "personal": False,
}
"""A question as it is stored, without anything special."""

TABLES = """
select string_agg(oid::regclass::text, ', ')
from pg_class
where relkind = 'r'
  and relnamespace = 'public'::regnamespace
  and relname not in ('core_role', 'core_secret', 'core_personal', 'tortoise_migrations')
"""


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    async def build(url: str) -> None:
        await migrate(url, assemble(load_settings()).apps)

    return await template_database("every app's tables", build)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def platform(databases: Databases, database_template: str) -> AsyncIterator[Platform]:
    """One platform for all tests of a worker; composing it takes longer than most of them."""
    async with databases.clone(database_template) as url:
        platform = await open_platform(load_settings(database_url=url, orm_pool_size=64))
        yield platform
        await platform.close()


@pytest_asyncio.fixture(loop_scope="session")
async def rows(platform: Platform) -> AsyncIterator[Rows]:
    """What puts rows into its database, which is empty when a test begins."""
    connection = await asyncpg.connect(platform.dsn)
    tables = await connection.fetchval(TABLES)
    await connection.execute(f"truncate {tables}")
    yield Rows(connection)
    await connection.close()


@pytest.fixture
def importing(platform: Platform, rows: Rows) -> Iterator[Importer]:
    """Imports a file given as text, bytes or a path."""
    with ExitStack() as opened:
        yield Importer(platform, rows, opened)


@pytest_asyncio.fixture(loop_scope="session")
async def graph(platform: Platform, rows: Rows) -> Asker:
    """The graph, asked as anybody."""
    return Asker(platform)


@dataclass(slots=True)
class Rows:
    """Rows made one by one, with believable defaults, past everything but the database."""

    connection: asyncpg.Connection[asyncpg.Record]
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def customer(self, **more: Any) -> UUID:
        number = next(self.numbers)
        return await self.add(
            "core_customer",
            **{
                "name": f"Customer {number}",
                "kind": "PERSON",
                "email": f"c{number}@example.org",
                "attributes": "{}",
            }
            | {"locale": "en", "source_channel": "fair"}
            | more,
        )

    async def provider(self, *, status: str = "APPROVED", serves: UUID | None = None, **more: Any) -> UUID:
        id = await self.add(
            "core_provider",
            name=f"Provider {next(self.numbers)}",
            status=status,
            payout_account="XX1",
            **more,
        )
        if serves is not None:
            await self.add("core_scenario_provider", provider_id=id, scenario_id=serves)
        return id

    async def scenario(
        self, *, status: str = "PUBLISHED", questions: list[dict[str, Any]] | None = None
    ) -> UUID:
        number = next(self.numbers)
        return await self.add(
            "core_scenario",
            name=f"Scenario {number}",
            slug=f"scenario-{number}",
            status=status,
            form_id=await self.form(questions) if questions else None,
        )

    async def form(self, questions: list[dict[str, Any]], *, status: str = "ACTIVE") -> UUID:
        """A form with one version, whose questions are given with what is not as usual."""
        number = next(self.numbers)
        async with self.connection.transaction():
            version = new_id()
            form = await self.add(
                "core_form",
                key=f"form-{number}",
                title=f"Form {number}",
                status=status,
                current_version_id=version,
            )
            await self.add(
                "core_form_version",
                id=version,
                form_id=form,
                number=1,
                questions=json.dumps([PLAIN | one for one in questions]),
            )
        return form

    async def service(
        self, provider: UUID, *, status: str = "PUBLISHED", minor: int = 1_250, currency: str = "EUR"
    ) -> UUID:
        id = await self.add(
            "core_offer",
            kind="core_service",
            provider_id=provider,
            title=f"Service {next(self.numbers)}",
            status=status,
            from_price_minor=minor,
            from_price_currency=currency,
        )
        return await self.add(
            "core_service", id=id, unit="HOUR", unit_price_minor=minor, unit_price_currency=currency
        )

    async def demand(self, customer: UUID, scenario: UUID, *, status: str = "OPEN", **more: Any) -> UUID:
        return await self.add(
            "core_demand",
            **{
                "customer_id": customer,
                "scenario_id": scenario,
                "status": status,
                "answers": '{"guests": 2}',
                "personal_answers": '{"plate": "B-XY 1"}',
                "contact_name": "Zoë",
                "contact_phone": "+999 1",
                "note": "Bitte klingeln.",
            }
            | more,
        )

    async def transaction(
        self, customer: UUID, provider: UUID, *, status: str = "PLACED", **more: Any
    ) -> UUID:
        now = datetime.now(UTC)
        moment = {"CONFIRMED": "confirmed_at", "FULFILLED": "fulfilled_at", "CANCELLED": "cancelled_at"}.get(
            status
        )
        id = await self.add(
            "core_transaction",
            **{
                "customer_id": customer,
                "provider_id": provider,
                "number": f"X-{next(self.numbers)}",
                "status": status,
                "total_minor": 1_000,
                "total_currency": "EUR",
                "channel": "test",
                "placed_at": now,
            }
            | ({moment: now} if moment else {})
            | more,
        )
        await self.add(
            "core_transaction_line",
            transaction_id=id,
            position=1,
            title="Something",
            quantity=2,
            unit_price_minor=500,
            unit_price_currency="EUR",
            amount_minor=1_000,
            amount_currency="EUR",
            snapshot="{}",
        )
        return id

    async def add(self, table: str, **values: Any) -> UUID:
        """Insert a row by its columns and return its id."""
        now = datetime.now(UTC)
        row = {"id": new_id(), "created_at": now, "updated_at": now, "version": 1} | values
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({places})", *row.values()
        )
        id: UUID = row["id"]
        return id

    async def value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row."""
        return await self.connection.fetchval(statement, *values)


class Asker:
    """The graph, asked as somebody."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    async def answer(
        self, document: str, viewer: Viewer, key: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        """The whole answer."""
        engine: Any = self.platform.engine
        result = await engine.execute(
            document,
            variables,
            None,
            viewer,
            idempotency_key=key,
            allow_mutations=True,
            request_id="test",
        )
        found: dict[str, Any] = json.loads(result.body)
        return found

    async def ask(self, document: str, viewer: Viewer, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = await self.answer(document, viewer, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def change(
        self, name: str, selection: str, viewer: Viewer, input: dict[str, Any], key: str | None = None
    ) -> dict[str, Any]:
        """The payload of one mutation, its user errors included."""
        type_ = name[0].upper() + name[1:] + "Input"
        document = (
            f"mutation($input: {type_}!) {{ {name}(input: $input) "
            f"{{ {selection} userErrors {{ code message field }} }} }}"
        )
        answer = await self.answer(document, viewer, key, input=input)
        assert "errors" not in answer, answer["errors"]
        payload: dict[str, Any] = answer["data"][name]
        return payload
