"""The core's tables: made, unmade, made again, and the same as the models say."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationTarget

from serai.core.forms.questions import QuestionKind, read
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
        ("core_scenario", {"name": "'x'", "slug": "'No Slug'", "status": "'DRAFT'"}, "slug_valid"),
        ("core_form", {"key": "'No Key'", "title": "'x'", "status": "'ACTIVE'",
                       "current_version_id": "gen_random_uuid()"}, "key_valid"),
        ("core_form_version", {"form_id": "gen_random_uuid()", "number": "1", "questions": "'{}'"}, "questions_listed"),
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


BEFORE_FORMS = """
insert into core_scenario (id, created_at, updated_at, version, name, slug, status, questions) values
  ('01890000-0000-7000-8000-00000000000a', '2024-05-01Z', '2024-06-01Z', 3, 'Camping', 'camping', 'PUBLISHED', '[
    {"key": "food", "label": "吃什么？", "kind": "MANY", "required": true, "choices": ["soup", "every two"],
     "minimum": 1, "maximum": null, "personal": false, "help": "Tell us"},
    {"key": "plate", "label": "Plate?", "kind": "TEXT", "required": false, "choices": null, "minimum": null,
     "maximum": 12, "personal": true, "help": null}]'),
  ('01890000-0000-7000-8000-00000000000b', '2024-05-02', '2024-05-02', 1, 'Silent', 'silent', 'DRAFT', '[]');

insert into core_customer (id, created_at, updated_at, version, name, kind, attributes, locale)
values ('01890000-0000-7000-8000-00000000000c', now(), now(), 1, 'Zoë', 'PERSON', '{}', 'de');

insert into core_demand
  (id, created_at, updated_at, version, customer_id, scenario_id, status, answers, personal_answers)
select ('01890000-0000-7000-8000-0000000000' || n)::uuid, now(), now(), 1, '01890000-0000-7000-8000-00000000000c',
       ('01890000-0000-7000-8000-00000000000' || scenario)::uuid, 'OPEN', '{"food": ["soup"]}', '{}'
from (values ('1a', 'a'), ('1b', 'b')) as given(n, scenario);

insert into core_role (id, created_at, updated_at, version, name, title, permissions)
values (gen_random_uuid(), now(), now(), 1, 'editor', 'Own role', '["scenarios:read", "scenarios:write"]');

insert into core_principal (id, created_at, updated_at, version, login, display_name, kind, granted, is_active)
values (gen_random_uuid(), now(), now(), 1, 'site', 'Site', 'APP', '["scenarios:read"]', true);
"""


async def test_questions_of_scenarios_become_forms_and_answers_know_their_version(
    clone_database: CloneDatabase,
) -> None:
    dsn = await clone_database()
    config = orm_config(dsn, APPS)
    orm = await open_orm(dsn, APPS, pool_size=2, is_fallback=False)
    connection = await asyncpg.connect(dsn)
    with orm.active():
        client = orm.context.connections.get("default")

        async def go(name: str) -> None:
            await Executor(client, config["apps"]).migrate([MigrationTarget("core", name)])

        await go("0003_external_refs")
        await connection.execute(BEFORE_FORMS)
        before = await connection.fetch("select slug, questions from core_scenario order by slug")
        await go("0004_forms")
        [form] = await connection.fetch(
            """
            select f.*, v.number, v.questions, v.created_at as asked_at, v.id = f.current_version_id as is_current
            from core_form f
            join core_form_version v on v.form_id = f.id
            """
        )
        assert (form["key"], form["title"], form["status"], form["number"]) == (
            "camping",
            "Camping",
            "ACTIVE",
            1,
        )
        assert form["is_current"]
        assert form["created_at"] == form["asked_at"] == datetime(2024, 5, 1, tzinfo=UTC)
        assert abs((form["id"].int >> 80) / 1000 - form["created_at"].timestamp()) < 60
        food, plate = read(json.loads(form["questions"]))
        assert (food.kind, food.required, food.minimum, food.help) == (QuestionKind.MANY, True, 1, "Tell us")
        assert food.choices is not None
        assert [(one.value, one.label, one.labels) for one in food.choices] == [
            ("soup", "soup", []),
            ("every two", "every two", []),
        ]
        assert (plate.choices, plate.maximum, plate.personal, plate.show_if) == (None, 12, True, None)
        linked = """
            select s.slug, s.form_id, d.form_version_id
            from core_scenario s
            join core_demand d on d.scenario_id = s.id
        """
        assert {
            row["slug"]: (row["form_id"], row["form_version_id"]) for row in await connection.fetch(linked)
        } == {
            "camping": (form["id"], form["current_version_id"]),
            "silent": (None, None),
        }
        editor = await connection.fetchval("select permissions::text from core_role where name = 'editor'")
        assert json.loads(editor) == ["scenarios:read", "scenarios:write", "forms:read", "forms:write"]
        site = await connection.fetchval("select granted::text from core_principal")
        assert json.loads(site) == ["scenarios:read", "forms:read"]
        await go("0003_external_refs")
        assert await connection.fetch("select slug, questions from core_scenario order by slug") == before
        editor = await connection.fetchval("select permissions::text from core_role where name = 'editor'")
        assert json.loads(editor) == ["scenarios:read", "scenarios:write"]
    await connection.close()
    await orm.close()
