"""The core's tables: made, unmade, made again, and the same as the models say."""

from __future__ import annotations

import asyncpg
import pytest
import pytest_asyncio
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationTarget

from serai.core.plugin import plugin as core
from serai.storage import OrmApp, migrate, open_orm
from serai.storage.migrations import Executor
from serai.storage.orm import orm_config
from serai_sdk.values import CURRENCIES, EXPONENTS
from serai_testkit.pytest_plugin import CloneDatabase, TemplateDatabase

STORAGE = core.storage()
APPS = {"core": OrmApp(list(STORAGE.models), STORAGE.migrations)}

LEFT = """
select relname
from pg_class
where relnamespace = 'public'::regnamespace
  and relkind in ('r', 'S')
  and relname not like 'tortoise_migrations%'
union all
select proname
from pg_proc
where pronamespace = 'public'::regnamespace
"""

UNINDEXED = """
select c.conrelid::regclass::text || '.' || a.attname
from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f'
  and not exists (
    select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1]
  )
"""


async def build(url: str) -> None:
    await migrate(url, APPS)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def database_template(template_database: TemplateDatabase) -> str:
    return await template_database("core tables", build)


async def test_they_go_back_to_nothing_and_come_again(clone_database: CloneDatabase) -> None:
    database = await clone_database()
    await migrate(database, APPS)
    config = orm_config(database, APPS)
    orm = await open_orm(database, APPS, pool_size=2, is_fallback=False)
    connection = await asyncpg.connect(database)
    with orm.active():
        client = orm.context.connections.get("default")
        made = await connection.fetch(LEFT)
        assert {"core_customer", "core_outbox", "core_idempotency", "serai_now"} <= {row[0] for row in made}
        assert await MigrationAutodetector(orm.context.apps, config["apps"]).changes() == []
        assert await connection.fetch(UNINDEXED) == []
        await Executor(client, config["apps"]).migrate([MigrationTarget("core", "__first__")])
        assert await connection.fetch(LEFT) == []
        await Executor(client, config["apps"]).migrate()
        assert {row[0] for row in await connection.fetch(LEFT)} == {row[0] for row in made}
    await orm.close()
    await connection.close()


async def test_the_database_knows_the_digits_of_every_currency_and_the_roles(database: str) -> None:
    connection = await asyncpg.connect(database)
    exponents = {code: EXPONENTS.get(code, 2) for code in CURRENCIES}
    for code, exponent in exponents.items():
        assert await connection.fetchval("select serai_exponent($1)", code) == exponent
    granted = {
        row["name"]: set(row["granted"])
        for row in await connection.fetch(
            "select name, array(select jsonb_array_elements_text(permissions)) as granted from core_role"
        )
    }
    declared = {name: {one.name for one in core.permissions() if name in one.roles} for name in granted}
    assert granted == declared
    assert all(set(one.roles) <= set(granted) for one in core.permissions())
    await connection.close()


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        ("core_customer", {"name": "'x'", "kind": "'DOG'", "attributes": "'{}'", "locale": "'en'"}, "kind_valid"),
        ("core_principal", {"login": "'Upper'", "display_name": "'x'", "kind": "'PERSON'", "granted": "'[]'",
                            "is_active": "true"}, "login_folded"),
        ("core_scenario", {"name": "'x'", "slug": "'No Slug'", "status": "'DRAFT'", "questions": "'[]'"}, "slug_valid"),
        ("core_scenario", {"name": "'x'", "slug": "'s'", "status": "'DRAFT'", "questions": "'{}'"}, "questions_listed"),
        ("core_provider", {"name": "'x'", "status": "'APPROVED'", "place_point_latitude": "91",
                           "place_point_longitude": "0"}, "place_valid"),
        ("core_provider", {"name": "'x'", "status": "'APPROVED'", "place_point_latitude": "9"}, "place_valid"),
    ],
)  # fmt: skip
async def test_the_database_refuses_what_cannot_be(
    database: str, table: str, values: dict[str, str], constraint: str
) -> None:
    connection = await asyncpg.connect(database)
    row = {"id": "gen_random_uuid()", "created_at": "now()", "updated_at": "now()", "version": "1"} | values
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await connection.execute(f"insert into {table} ({', '.join(row)}) values ({', '.join(row.values())})")
    await connection.close()
