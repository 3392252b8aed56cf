"""Putting a backup back, all or nothing: into an empty database, or in the place of what is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from serai.errors import BackupError, UnsupportedDatabase

from .backup import MAGIC, Held, held
from .migrations import check_database, session
from .tools import Address, Tool, run_tool, running

__all__ = ["Archive", "check_target", "read_archive", "restore"]

Progress = Callable[[str, int, int], None]

CHUNK = 256 * 1024
RECORDS = "tortoise_migrations"

# Names are collected before the first is dropped: what cascades takes others along.
DROP_ALL = """
do $drop$
declare
  statements text[];
  statement text;
begin
  select array_agg(dropping order by rank, dropping) into statements
  from (
    select case relkind when 'S' then 2 else 1 end as rank,
           format(
             'drop %s if exists public.%I cascade',
             case relkind
               when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
               when 'S' then 'sequence' else 'table'
             end,
             relname
           ) as dropping
    from pg_class as one
    where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (
        select from pg_depend where classid = 'pg_class'::regclass and objid = one.oid and deptype = 'e'
      )
    union all
    select 3,
           format('drop routine if exists public.%I(%s) cascade', proname, pg_get_function_identity_arguments(oid))
    from pg_proc as one
    where pronamespace = 'public'::regnamespace
      and not exists (
        select from pg_depend where classid = 'pg_proc'::regclass and objid = one.oid and deptype = 'e'
      )
    union all
    select 4, format('drop type if exists public.%I cascade', typname)
    from pg_type as one
    where typnamespace = 'public'::regnamespace
      and typtype in ('d', 'e', 'r')
      and not exists (
        select from pg_depend where classid = 'pg_type'::regclass and objid = one.oid and deptype = 'e'
      )
  ) as found;
  foreach statement in array coalesce(statements, '{}') loop
    execute statement;
  end loop;
end
$drop$;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What a backup says of itself: the server's major version, its tables, the migrations applied to them."""

    path: Path
    version: int
    tables: int
    applied: frozenset[tuple[str, str]]


async def read_archive(path: Path) -> Archive:
    """Looks into a backup without putting it anywhere; raises `BackupError` unless it is one of Serai's."""
    try:
        with path.open("rb") as source:
            is_archive = source.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}") from None
    if not is_archive:
        raise BackupError(f"{path} is no backup of Serai", hint="Backups are made by `serai backup FILE`.")
    try:
        listed = await run_tool("pg_restore", "--list", str(path))
        version = re.search(r"^; +Dumped from database version: (\d+)", listed, re.MULTILINE)
        tables = re.findall(r"^\d+; \d+ \d+ TABLE DATA public (\S+)", listed, re.MULTILINE)
        if version is None or RECORDS not in tables:
            raise BackupError(
                f"{path} is a backup of something else: it has no tables of Serai",
                hint="Backups are made by `serai backup FILE`.",
            )
        rows = await run_tool("pg_restore", "--data-only", f"--table={RECORDS}", "--file=-", str(path))
    except BackupError as error:
        if "unsupported version" not in error.message:
            raise
        raise BackupError(
            f"{path} was written by tools newer than those that come with this Serai",
            hint="Install the Serai that it was made with, or a newer one.",
        ) from None
    return Archive(path=path, version=int(version[1]), tables=len(tables), applied=_applied(rows))


async def check_target(dsn: str, archive: Archive) -> Held:
    """What is in the database that an archive is to be put into; raises when it is of a kind that cannot take it."""
    async with session(dsn, application_name="serai-backup") as connection:
        await check_database(connection)
    found = await held(dsn)
    if found.version < archive.version:
        raise UnsupportedDatabase(
            f"The backup was made on PostgreSQL {archive.version}; this server is PostgreSQL {found.version}",
            hint=f"Restore it to PostgreSQL {archive.version} or newer.",
            data={"found": found.version, "needed": archive.version},
        )
    return found


async def restore(
    dsn: str, archive: Archive, *, is_replacing: bool = False, progress: Progress | None = None
) -> None:
    """Puts a backup into the database in one transaction: if anything fails, all is as it was before.

    Unless it `is_replacing` the database must be empty. Where it is, all that is in the schema `public` is dropped
    first, in the same transaction; nobody else may be connected, who would go on with tables that are gone.
    """
    found = await check_target(dsn, archive)
    if found.relations and not is_replacing:
        raise BackupError(
            f"The database {found.name} is not empty: it holds {found.tables} tables ({found.size})",
            hint="Restore to an empty database, or drop what is there with --replace.",
            data={"database": found.name, "tables": found.tables},
        )
    if found.relations and found.others:
        raise BackupError(
            f"The database {found.name} is in use: {found.others} other connections are open",
            hint="Stop Serai and whatever else uses it, then restore again.",
            data={"database": found.name, "others": found.others},
        )
    address = Address.of(dsn)
    # Not psql's --single-transaction: to psql the end of a torn archive would be an end as good as any, and committed.
    async with running(
        "psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", f"--dbname={address.url}",
        environment=address.environment, stdin=asyncio.subprocess.PIPE,
    ) as psql:  # fmt: skip
        try:
            await _write(psql, "begin;\nset local lock_timeout = '10s';\n")
            if found.relations:
                await _write(psql, DROP_ALL)
            await _pour(archive, psql, progress)
            await _write(psql, "commit;\n")
            assert psql.process.stdin is not None
            psql.process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            pass  # psql has ended, and says why
        await psql.process.wait()
    await psql.end()
    async with session(dsn, application_name="serai-backup") as connection:
        await connection.execute("analyze")


async def _pour(archive: Archive, psql: Tool, progress: Progress | None) -> None:
    """Hands the archive's statements and rows to psql, a piece at a time."""
    done = 0

    def tell(line: str) -> None:
        nonlocal done
        if progress is not None and "processing data for table" in line:
            done += 1
            progress("tables restored", done, archive.tables)

    async with running(
        "pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--verbose", "--file=-",
        str(archive.path), stdout=asyncio.subprocess.PIPE, tell=tell,
    ) as reading:  # fmt: skip
        assert reading.process.stdout is not None
        assert psql.process.stdin is not None
        while chunk := await reading.process.stdout.read(CHUNK):
            psql.process.stdin.write(chunk)
            await psql.process.stdin.drain()
        await reading.process.wait()
    try:
        await reading.end()
    except BackupError as error:
        raise BackupError(
            f"{archive.path} is torn or damaged: {error.message}",
            hint="The database is as it was. Take another copy of the backup.",
        ) from None


async def _write(tool: Tool, text: str) -> None:
    assert tool.process.stdin is not None
    tool.process.stdin.write(text.encode())
    await tool.process.stdin.drain()


def _applied(script: str) -> frozenset[tuple[str, str]]:
    """The apps and names in the rows of the table of migrations, as pg_restore writes them."""
    lines = iter(script.splitlines())
    columns = next(
        found[1].split(", ") for line in lines if (found := re.match(r"COPY \S+ \((.*)\) FROM stdin;", line))
    )
    app, name = columns.index("app"), columns.index("name")
    applied = set()
    for line in lines:
        if line == "\\.":
            break
        values = line.split("\t")
        applied.add((values[app], values[name]))
    return frozenset(applied)
