"""Demands of before the history was kept get the history that can be known of them."""

from __future__ import annotations

import asyncpg
import pytest_asyncio
from tortoise.migrations.executor import MigrationTarget

from serai.storage import open_orm
from serai.storage.migrations import Executor
from serai.storage.orm import orm_config
from serai_testkit.pytest_plugin import CloneDatabase, TemplateDatabase

from .test_migrations import APPS, build

BEFORE = """
insert into core_scenario (id, created_at, updated_at, version, name, slug, status)
values (uuidv7(), '2024-05-01Z', '2024-05-01Z', 1, 'Camping', 'camping', 'PUBLISHED');

insert into core_customer (id, created_at, updated_at, version, name, kind, attributes, locale)
values (uuidv7(), '2024-05-01Z', '2024-05-01Z', 1, 'Zoë', 'PERSON', '{}', 'de');

insert into core_provider (id, created_at, updated_at, version, name, status)
values (uuidv7(), '2024-05-01Z', '2024-05-01Z', 1, 'Alpencamp', 'APPROVED');

insert into core_demand
  (id, created_at, updated_at, version, customer_id, scenario_id, status, awarded_provider_id, answers,
   personal_answers, note, window_end)
select uuidv7(), '2024-05-02Z', '2024-05-09Z', 1, core_customer.id, core_scenario.id, state,
       case when state in ('AWARDED', 'FULFILLED') then core_provider.id end, '{}', '{}', given.title,
       ended::timestamptz
from core_customer, core_scenario, core_provider,
     (values ('open', 'OPEN', null), ('cancelled', 'CANCELLED', null), ('lapsed', 'LAPSED', '2024-05-05Z'),
             ('awarded anew', 'AWARDED', null), ('fulfilled', 'FULFILLED', null)) as given(title, state, ended);

insert into core_transaction
  (id, created_at, updated_at, version, customer_id, provider_id, demand_id, number, status, total_minor,
   total_currency, channel, placed_at, confirmed_at, fulfilled_at, cancelled_at)
select uuidv7(), now(), now(), 1, d.customer_id, core_provider.id, d.id, number, state, minor, currency, 'web',
       placed::timestamptz, case when state = 'FULFILLED' then placed::timestamptz end,
       case when state = 'FULFILLED' then over::timestamptz end,
       case when state = 'CANCELLED' then over::timestamptz end
from core_provider,
     (values ('awarded anew', 'T-1', 'CANCELLED', 12000, 'EUR', '2024-05-03Z', '2024-05-04Z'),
             ('awarded anew', 'T-2', 'PLACED', 500, 'JPY', '2024-05-05Z', null),
             ('fulfilled', 'T-3', 'FULFILLED', 12345, 'KWD', '2024-05-03Z', '2024-05-03Z')) as given
       (note, number, state, minor, currency, placed, over)
join core_demand d using (note);

insert into core_outbox
  (id, event, event_version, aggregate_type, aggregate_id, aggregate_version, payload, actor, at)
select uuidv7(), 'demand.opened', 1, 'core.Demand', id, 1, '{}', '{"kind": "customer"}', created_at
from core_demand
where note = 'open';
"""

TOLD = """
select d.note, e.text, e.side, e.transaction_id is not null as is_sale, to_char(e.at at time zone 'UTC', 'DD') as day
from core_demand_event e
join core_demand d on d.id = e.demand_id
order by d.note, e.at
"""


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    return await template_database("core tables", build)


async def test_what_can_be_known_is_told_in_order(clone_database: CloneDatabase) -> None:
    dsn = await clone_database()
    config = orm_config(dsn, APPS)
    orm = await open_orm(dsn, APPS, pool_size=2, is_fallback=False)
    connection = await asyncpg.connect(dsn)
    with orm.active():
        client = orm.context.connections.get("default")
        await Executor(client, config["apps"]).migrate([MigrationTarget("core", "0004_forms")])
        await connection.execute(BEFORE)
        await connection.execute(
            "update core_role set permissions = '[\"demands:read\", \"proposals:read\"]' where name = 'support'"
        )
        await Executor(client, config["apps"]).migrate([MigrationTarget("core", "0005_proposals")])
        told: dict[str, list[tuple[str, str | None, bool, str]]] = {}
        for row in await connection.fetch(TOLD):
            told.setdefault(row["note"], []).append((row["text"], row["side"], row["is_sale"], row["day"]))
        granted = await connection.fetchval("select permissions::text from core_role where name = 'support'")
    await orm.close()
    await connection.close()
    opened = ("The demand was opened", None, False, "02")
    assert told == {
        "open": [("The demand was opened", "CUSTOMER", False, "02")],
        "cancelled": [opened, ("The demand was cancelled", None, False, "09")],
        "lapsed": [opened, ("The window passed without an award", None, False, "05")],
        "awarded anew": [
            opened,
            ("Awarded to Alpencamp for 120.00 EUR", None, True, "03"),
            ("The transaction was cancelled: the demand is open again", None, True, "04"),
            ("Awarded to Alpencamp for 500 JPY", None, True, "05"),
        ],
        "fulfilled": [
            opened,
            ("Awarded to Alpencamp for 12.345 KWD", None, True, "03"),
            # at the same instant as its award, and told after it
            ("What was needed has been delivered", None, True, "03"),
        ],
    }
    assert granted == '["demands:read", "proposals:read", "proposals:write"]'
