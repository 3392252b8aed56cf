"""The fixtures themselves: a template is built once, clones do not see each other."""

from __future__ import annotations

import asyncpg
import pytest

from serai_testkit.databases import Databases
from serai_testkit.pytest_plugin import CloneDatabase, TemplateDatabase
from serai_testkit.servers import PostgresServer


async def build(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table built (at timestamptz default clock_timestamp())")
    await connection.execute("insert into built default values")
    await connection.close()


async def rows(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("select count(*) from built"))
    finally:
        await connection.close()


async def test_a_template_is_built_once(
    template_database: TemplateDatabase, clone_database: CloneDatabase
) -> None:
    async def refuse(dsn: str) -> None:
        raise AssertionError("built twice")

    template = await template_database("testkit: built once", build)
    assert await template_database("testkit: built once", refuse) == template
    assert await rows(await clone_database(template)) == 1


async def test_clones_do_not_see_each_other(
    template_database: TemplateDatabase, clone_database: CloneDatabase
) -> None:
    template = await template_database("testkit: built once", build)
    one, other = await clone_database(template), await clone_database(template)
    connection = await asyncpg.connect(one)
    await connection.execute("insert into built default values")
    await connection.close()
    assert (await rows(one), await rows(other)) == (2, 1)


async def test_a_template_that_failed_is_built_again(
    template_database: TemplateDatabase, clone_database: CloneDatabase
) -> None:
    async def fail(dsn: str) -> None:
        await build(dsn)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await template_database("testkit: fails at first", fail)
    template = await template_database("testkit: fails at first", build)
    assert await rows(await clone_database(template)) == 1


async def test_a_database_is_empty_and_in_utf8(database: str) -> None:
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("show server_encoding") == "UTF8"
    assert await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 0
    await connection.close()


async def test_a_database_is_dropped_after_its_use(
    databases: Databases, postgres_server: PostgresServer
) -> None:
    async with databases.clone() as dsn:
        name = dsn.partition("?")[0].rpartition("/")[2]
        assert name in await names(postgres_server)
    assert name not in await names(postgres_server)


async def names(server: PostgresServer) -> set[str]:
    connection = await asyncpg.connect(server.dsn)
    try:
        return {row["datname"] for row in await connection.fetch("select datname from pg_database")}
    finally:
        await connection.close()
