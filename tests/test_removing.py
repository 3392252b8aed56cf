"""A plug-in's data is dropped whole, or kept whole: `serai plugin remove`."""

from __future__ import annotations

import asyncio

import asyncpg
from typer.testing import CliRunner, Result

from serai.app import open_platform
from serai.cli import app
from serai.settings import load_settings

TABLES = "select count(*) from pg_class where relkind = 'r' and starts_with(relname, 'booking_')"
TRACES = """
select (select count(*) from core_plugin where id = 'booking')
  + (select count(*) from core_personal where plugin = 'booking')
  + (select count(*) from core_role, jsonb_array_elements_text(permissions) one where starts_with(one, 'booking:'))
  + (select count(*) from tortoise_migrations where app = 'booking')
"""


async def removed(database: str, id: str, data: str, *more: str) -> Result:
    def run() -> Result:
        environment = {"SERAI_DATABASE_URL": database, "COLUMNS": "200"}
        return CliRunner().invoke(app, ["plugin", "remove", id, "--data", data, *more], env=environment)

    return await asyncio.to_thread(run)


async def test_dropped_it_leaves_no_table_and_no_trace_and_comes_again(database: str) -> None:
    settings = load_settings(database_url=database)
    platform = await open_platform(settings)
    await platform.meet()
    await platform.close()
    connection = await asyncpg.connect(database)
    tables = await connection.fetchval(TABLES)
    assert tables > 0
    assert await connection.fetchval(TRACES) > 0
    roles = await connection.fetchval("select count(*) from core_role")

    kept = await removed(database, "booking", "keep")
    assert (kept.exit_code, await connection.fetchval(TABLES)) == (0, tables)
    assert "booking_booking: 0 rows stay" in kept.output

    doubted = await removed(database, "booking", "drop")  # nobody types its id
    assert (doubted.exit_code, await connection.fetchval(TABLES)) == (1, tables)

    dropped = await removed(database, "booking", "drop", "--yes")
    assert dropped.exit_code == 0, dropped.output
    assert "Undone: booking." in dropped.output
    assert "pip uninstall serai-booking" in dropped.output
    assert await connection.fetchval(TABLES) == 0
    assert await connection.fetchval(TRACES) == 0
    assert await connection.fetchval("select count(*) from core_role") == roles

    platform = await open_platform(settings)
    assert [name.split(".")[0] for name in await platform.migrate()] != []
    await platform.close()
    assert await connection.fetchval(TABLES) == tables
    await connection.close()


async def test_it_is_refused_while_serai_is_at_work_and_for_what_is_no_plugin(database: str) -> None:
    connection = await asyncpg.connect(database, server_settings={"application_name": "serai"})
    tables = await connection.fetchval(TABLES)
    refused = await removed(database, "booking", "drop", "--yes")
    assert "Serai is at work on this database" in str(refused.exception)
    assert await connection.fetchval(TABLES) == tables
    await connection.close()
    for id in ("core", "boking"):
        nobody = await removed(database, id, "drop", "--yes")
        assert nobody.exit_code == 2
        assert "is no plug-in that is loaded; there are booking" in nobody.output
