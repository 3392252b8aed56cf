"""Databases for tests: built once as a template, cloned in a moment, dropped when the test is over."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg

from .servers import PostgresServer

__all__ = ["Build", "Databases", "drop_databases"]

Build = Callable[[str], Awaitable[object]]
LOCK_POLL_S = 0.02


class Databases:
    """Makes and drops databases on one server for one worker; names of different workers never meet."""

    def __init__(self, server: PostgresServer, *, worker: str) -> None:
        self.server = server
        self._worker = worker
        self._numbers = count(1)
        self._like: str | None = None

    async def template(self, name: str, build: Build) -> str:
        """The name of a template that `build` (given its URL) filled once in this run, whichever worker came first.

        `name` must tell apart all that differs: what is built and by which plug-ins.
        """
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        database = f"{self.server.prefix}template_{digest}"
        async with _locked(self.server.run_dir / f"{database}.lock"):
            built = self.server.run_dir / f"{database}.built"
            if not built.exists():
                await self._drop(database)
                await self._make(database)
                await build(self.server.dsn_of(database))
                await self._execute(
                    f'alter database "{database}" with is_template true allow_connections false'
                )
                built.touch()
        return database

    @asynccontextmanager
    async def clone(self, template: str | None = None) -> AsyncIterator[str]:
        """The URL of a new database, a copy of `template` (or empty), dropped when the block ends."""
        database = f"{self.server.prefix}{self._worker}_{next(self._numbers)}"
        await self._make(database, template=template)
        try:
            yield self.server.dsn_of(database)
        finally:
            await self._drop(database)

    async def _make(self, database: str, *, template: str | None = None) -> None:
        if template is not None:
            await self._execute(f'create database "{database}" template "{template}"')
            return
        if self._like is None:
            self._like = await self._locale()
        await self._execute(f'create database "{database}" template template0 {self._like}')

    async def _locale(self) -> str:
        """The encoding and locale of the database that was given, so that tests run on what the user has."""
        connection = await asyncpg.connect(self.server.dsn)
        try:
            return str(
                await connection.fetchval(
                    """
                    select format('encoding %L', pg_encoding_to_char(encoding))
                        || format(' lc_collate %L lc_ctype %L', datcollate, datctype)
                        || case datlocprovider
                             when 'i' then format(' locale_provider icu icu_locale %L', datlocale)
                             when 'b' then format(' locale_provider builtin builtin_locale %L', datlocale)
                             else ' locale_provider libc'
                           end
                    from pg_database
                    where datname = current_database()
                    """
                )
            )
        finally:
            await connection.close()

    async def _drop(self, database: str) -> None:
        await self._execute(f'drop database if exists "{database}" with (force)')

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def drop_databases(server: PostgresServer) -> None:
    """Drops every database that a run made on a server that outlives it."""
    connection = await asyncpg.connect(server.dsn)
    try:
        for row in await connection.fetch(
            "select datname, datistemplate from pg_database where starts_with(datname, $1)", server.prefix
        ):
            if row["datistemplate"]:
                await connection.execute(f'alter database "{row["datname"]}" with is_template false')
            await connection.execute(f'drop database if exists "{row["datname"]}" with (force)')
    finally:
        await connection.close()


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_POLL_S)
        yield
