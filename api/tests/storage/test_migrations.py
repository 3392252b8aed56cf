"""Migrations over the full app map: order, repetition, races, and what is refused before anything runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from textwrap import dedent

import asyncpg
import pytest
from tortoise.migrations.schema_generator.state import ModelState
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

from serai.errors import DatabaseUnavailable, MigrationError, UnsupportedDatabase
from serai.storage import OrmApp, migrate, open_orm, pending, plan
from serai_testkit.databases import Databases

numbers = count()

INN = """
    from tortoise import fields, models

    class Inn(models.Model):
        id = fields.IntField(primary_key=True)
        name = fields.TextField()
        opened = fields.DatetimeField(null=True)

        class Meta:
            table = "inn"
"""
INN_0001 = """
    from tortoise import fields, migrations
    from tortoise.migrations import operations as ops

    class Migration(migrations.Migration):
        initial = True
        operations = [
            ops.CreateModel(
                name="Inn",
                fields=[
                    ("id", fields.IntField(primary_key=True, generated=True)),
                    ("name", fields.TextField()),
                    ("opened", fields.DatetimeField(null=True)),
                ],
                options={"table": "inn", "app": "inns"},
                bases=["Model"],
            )
        ]
"""
GUEST = """
    from tortoise import fields, models

    class Guest(models.Model):
        id = fields.IntField(primary_key=True)
        inn = fields.ForeignKeyField("inns.Inn", related_name=None)

        class Meta:
            table = "guest"
"""
GUEST_0001 = """
    from tortoise import fields, migrations
    from tortoise.migrations import operations as ops

    class Migration(migrations.Migration):
        initial = True
        dependencies = [{dependency}]
        operations = [
            ops.CreateModel(
                name="Guest",
                fields=[
                    ("id", fields.IntField(primary_key=True, generated=True)),
                    ("inn", fields.ForeignKeyField("inns.Inn", source_field="inn_id", related_name=None)),
                ],
                options={{"table": "guest", "app": "guests"}},
                bases=["Model"],
            )
        ]
"""
BROKEN_0002 = """
    from tortoise import migrations
    from tortoise.migrations import operations as ops

    class Migration(migrations.Migration):
        dependencies = [("inns", "0001_initial")]
        operations = [ops.RunSQL("create table half ()"), ops.RunSQL("select 1 / 0")]
"""
DEPENDENCY = '("inns", "0001_initial")'
Apps = Mapping[str, OrmApp]


def write_app(folder: Path, *, models: str, migrations: Mapping[str, str]) -> OrmApp:
    """Writes an app as a package of its own name, so that no two tests share modules."""
    package = f"migrated_app_{next(numbers)}"
    root = folder / package
    (root / "migrations").mkdir(parents=True)
    (root / "__init__.py").touch()
    (root / "migrations" / "__init__.py").touch()
    (root / "models.py").write_text(dedent(models))
    for name, text in migrations.items():
        (root / "migrations" / f"{name}.py").write_text(dedent(text))
    return OrmApp([f"{package}.models"], f"{package}.migrations")


@pytest.fixture
def inns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OrmApp:
    monkeypatch.syspath_prepend(tmp_path)
    return write_app(tmp_path, models=INN, migrations={"0001_initial": INN_0001})


@pytest.fixture
def apps(inns: OrmApp, tmp_path: Path) -> Apps:
    guests = write_app(
        tmp_path, models=GUEST, migrations={"0001_initial": GUEST_0001.format(dependency=DEPENDENCY)}
    )
    # The dependent app comes first here and in the order of the alphabet.
    return {"guests": guests, "inns": inns}


async def tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()


async def test_apps_are_migrated_in_the_order_of_their_dependencies(database: str, apps: Apps) -> None:
    told: list[tuple[str, int, int]] = []
    done = await migrate(database, apps, progress=lambda name, number, of: told.append((name, number, of)))
    assert done == ["inns.0001_initial", "guests.0001_initial"]
    assert told == [("inns.0001_initial", 1, 2), ("guests.0001_initial", 2, 2)]
    assert {"inn", "guest"} <= await tables(database)


async def test_a_second_time_changes_nothing(database: str, apps: Apps) -> None:
    assert await plan(database, apps) == ["inns.0001_initial", "guests.0001_initial"]
    assert await tables(database) == set(), "a plan changes nothing"
    await migrate(database, apps)
    assert await migrate(database, apps) == []
    assert await plan(database, apps) == await pending(database, apps) == []


async def test_an_app_added_later_is_the_only_one_migrated(database: str, apps: Apps) -> None:
    assert await migrate(database, {"inns": apps["inns"]}) == ["inns.0001_initial"]
    assert await pending(database, apps) == ["guests.0001_initial"]
    assert await migrate(database, apps) == ["guests.0001_initial"]


async def test_processes_that_migrate_at_once_do_not_collide(database: str, apps: Apps) -> None:
    done = await asyncio.gather(*(migrate(database, apps) for _ in range(5)))
    assert sorted(done) == [[], [], [], [], ["inns.0001_initial", "guests.0001_initial"]]


async def test_a_migration_that_fails_leaves_nothing_and_is_named(
    database: str, inns: OrmApp, tmp_path: Path
) -> None:
    broken = write_app(
        tmp_path, models=INN, migrations={"0001_initial": INN_0001, "0002_broken": BROKEN_0002}
    )
    with pytest.raises(MigrationError, match=r"inns\.0002_broken"):
        await migrate(database, {"inns": broken})
    assert "half" not in await tables(database)
    assert await pending(database, {"inns": broken}) == ["inns.0002_broken"]


async def test_a_link_to_another_app_must_be_declared(database: str, inns: OrmApp, tmp_path: Path) -> None:
    careless = write_app(
        tmp_path, models=GUEST, migrations={"0001_initial": GUEST_0001.format(dependency="")}
    )
    with pytest.raises(MigrationError, match=r"guests\.0001_initial links to inns\.Inn"):
        await migrate(database, {"guests": careless, "inns": inns})
    assert "guest" not in await tables(database)


async def test_a_dependency_that_does_not_exist_is_named(database: str, inns: OrmApp, tmp_path: Path) -> None:
    lost = write_app(
        tmp_path,
        models=GUEST,
        migrations={"0001_initial": GUEST_0001.format(dependency='("inns", "0009_lost")')},
    )
    with pytest.raises(MigrationError, match="0009_lost"):
        await migrate(database, {"guests": lost, "inns": inns})


async def test_a_database_in_another_encoding_is_refused(databases: Databases, apps: Apps) -> None:
    server = databases.server
    name = f"{server.prefix}latin"
    connection = await asyncpg.connect(server.dsn)
    make = "template template0 encoding 'LATIN1' locale_provider libc lc_collate 'C' lc_ctype 'C'"
    await connection.execute(f'create database "{name}" {make}')
    try:
        with pytest.raises(UnsupportedDatabase, match="LATIN1") as caught:
            await migrate(server.dsn_of(name), apps)
        assert caught.value.exit_code == 78
    finally:
        await connection.execute(f'drop database "{name}" with (force)')
        await connection.close()


async def test_a_database_that_does_not_exist_is_said_plainly(databases: Databases, apps: Apps) -> None:
    with pytest.raises(DatabaseUnavailable, match="nowhere"):
        await migrate(databases.server.dsn_of("nowhere"), apps)


async def test_the_orm_reads_and_writes_what_was_migrated(database: str, apps: Apps) -> None:
    await migrate(database, apps)
    orm = await open_orm(database, apps, pool_size=2)
    try:
        with orm.active():
            inn_model = orm.context.get_model("inns", "Inn")
            await inn_model.create(name="Karwansaray", opened="2026-01-02T03:04:05+02:00")
            read = await inn_model.get(name="Karwansaray")
            assert read.opened.isoformat() == "2026-01-02T01:04:05+00:00"
    finally:
        await orm.close()


async def test_tasks_use_the_orm_at_once_each_with_its_own_transaction(database: str, apps: Apps) -> None:
    from tortoise.transactions import in_transaction

    await migrate(database, apps)
    orm = await open_orm(database, apps, pool_size=3)
    inn_model = orm.context.get_model("inns", "Inn")

    async def add(number: int) -> None:
        with orm.active():
            async with in_transaction():
                await inn_model.create(name=str(number))
                if number % 2:
                    raise ValueError(number)

    try:
        done = await asyncio.gather(*(add(number) for number in range(20)), return_exceptions=True)
        assert sum(isinstance(outcome, ValueError) for outcome in done) == 10
        with orm.active():
            assert await inn_model.all().count() == 10
    finally:
        await orm.close()


async def test_statements_of_the_orm_are_heard(database: str, apps: Apps) -> None:
    await migrate(database, apps)
    orm = await open_orm(database, apps)
    heard: list[str] = []
    orm.observers.append(lambda statement, _arguments: heard.append(statement))
    try:
        with orm.active():
            await orm.context.get_model("inns", "Inn").all()
        await asyncio.sleep(0)
        assert len(heard) == 1
    finally:
        await orm.close()


GUEST_0002 = """
    from tortoise import migrations
    from tortoise.migrations import operations as ops

    async def count_guests(apps, schema_editor):
        inns = apps.get_model("inns", "Inn").all().using_db(schema_editor.client).prefetch_related("guests")
        for inn in await inns.order_by("id"):
            inn.name = f"{inn.name}: {len(inn.guests)}"
            await inn.save(using_db=schema_editor.client)

    class Migration(migrations.Migration):
        dependencies = [("guests", "0001_initial")]
        operations = [
            ops.RunSQL("insert into inn (name) values ('Post'), ('Krone')"),
            ops.RunSQL("insert into guest (inn_id) select 1 from generate_series(1, 3)"),
            ops.RunPython(count_guests),
        ]
"""


async def test_code_of_a_migration_goes_from_a_model_to_those_that_refer_to_it(
    tmp_path: Path, inns: OrmApp, databases: Databases
) -> None:
    backwards = 'related_name="guests"'
    guests = write_app(
        tmp_path,
        models=GUEST.replace("related_name=None", backwards),
        migrations={
            "0001_initial": GUEST_0001.format(dependency=DEPENDENCY).replace("related_name=None", backwards),
            "0002_guests": GUEST_0002,
        },
    )
    async with databases.clone() as database:
        await migrate(database, {"inns": inns, "guests": guests})
        connection = await asyncpg.connect(database)
        names = await connection.fetch("select name from inn order by id")
        await connection.close()
    assert [row["name"] for row in names] == ["Post: 3", "Krone: 0"]


async def test_a_model_is_made_only_when_a_migration_asks_for_it(
    apps: Apps, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    render = ModelState.render

    def counted(self: ModelState, apps: StateApps, *, deepcopy_fields: bool = True) -> type[Model]:
        made.append(self.name)
        return render(self, apps, deepcopy_fields=deepcopy_fields)

    monkeypatch.setattr(ModelState, "render", counted)
    async with databases.clone() as database:
        await migrate(database, apps)
    assert made == ["Inn", "Guest", "Inn"], "a guest's table refers to that of inns"
