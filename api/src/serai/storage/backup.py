"""Writing a backup: one file with all that is in the database, by PostgreSQL's own pg_dump."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serai.errors import BackupError, UnsupportedDatabase

from .migrations import session
from .postgres import major_version
from .tools import Address, running

__all__ = ["MAGIC", "Held", "back_up", "held"]

MAGIC = b"PGDMP"
"""What an archive of pg_dump begins with."""

Progress = Callable[[str, int, int], None]

HELD = """
select current_database() as name,
       current_setting('server_version_num')::int / 10000 as version,
       to_regclass('public.tortoise_migrations') is not null as is_serai,
       pg_size_pretty(pg_database_size(current_database())) as size,
       (
         select count(*)
         from pg_class as relation
         where relnamespace = 'public'::regnamespace
           and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
           and not exists (
             select from pg_depend
             where classid = 'pg_class'::regclass and objid = relation.oid and deptype = 'e'
           )
       ) as relations,
       (
         select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
       ) as tables,
       (
         select count(*)
         from pg_stat_activity
         where datname = current_database()
           and backend_type = 'client backend'
           and pid <> pg_backend_pid()
       ) as others
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a database holds: `relations` are tables, views and sequences, `others` those connected to it."""

    name: str
    version: int
    is_serai: bool
    size: str
    relations: int
    tables: int
    others: int


async def held(dsn: str) -> Held:
    """What is in a database, and who else is connected to it."""
    async with session(dsn, application_name="serai-backup") as connection:
        row = await connection.fetchrow(HELD)
    assert row is not None
    return Held(**row)


async def back_up(dsn: str, path: Path, *, progress: Progress | None = None) -> int:
    """Writes the database to `path` as it is at this moment, whatever changes meanwhile; returns the file's size.

    The file is an archive of pg_dump in its custom format, without owners and grants. It is there when it is
    complete, and not before: until then what was called `path` stays as it is. Only its owner may read it.
    """
    found = await held(dsn)
    if not found.is_serai:
        raise BackupError(
            f"There is no Serai in the database {found.name}: nothing to back up",
            hint="Check SERAI_DATABASE_URL and SERAI_DATA_DIR.",
        )
    if found.version > int(major_version()):
        raise UnsupportedDatabase(
            f"The database server is PostgreSQL {found.version}; the tools that come with this Serai are of "
            f"{major_version()} and cannot read it",
            hint=f"Use those of PostgreSQL {found.version}: pg_dump --format=custom --no-owner --no-privileges "
            "--file=FILE URL. `serai restore` reads such a file as well.",
            data={"found": found.version, "tools": major_version()},
        )
    address = Address.of(dsn)
    done = 0

    def tell(line: str) -> None:
        nonlocal done
        if progress is not None and "dumping contents of table" in line:
            done += 1
            progress("tables written", done, found.tables)

    with _new_file(path) as (partial, written):
        async with running(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--no-publications",
            "--no-subscriptions",
            "--no-security-labels",
            "--no-password",
            "--verbose",
            f"--file={partial}",
            f"--dbname={address.url}",
            environment=address.environment,
            keep_open=(written,),
            tell=tell,
        ) as tool:
            await tool.process.wait()
        await tool.end()
        # pg_dump opened the file anew; it is the same one.
        return os.fstat(written).st_size


@contextmanager
def _new_file(path: Path) -> Iterator[tuple[Path, int]]:
    """A file to write that takes its name `path` only when the block ends well; and a lock pg_dump holds with us."""
    _check(path)
    partial = path.with_name(f".{path.name}.partial")
    try:
        lock = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BackupError(
            f"{path} cannot be written: {error.strerror}", hint="Name a file in a folder you may write to."
        ) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = partial.stat().st_ino == os.fstat(lock).st_ino
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise BackupError(
                f"Another backup is writing {path}", hint="Wait for it, or write to another file."
            )
        try:
            os.ftruncate(lock, 0)
            os.fchmod(lock, 0o600)
            yield partial, lock
            os.fsync(lock)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _keep_name(path.parent)
    finally:
        os.close(lock)


def _check(path: Path) -> None:
    """A backup may take the place of an older one, and of nothing else."""
    try:
        with path.open("rb") as there:
            is_backup = there.read(len(MAGIC)) == MAGIC
    except FileNotFoundError:
        return
    except OSError as error:
        raise BackupError(
            f"{path} cannot be written: {error.strerror}", hint="Name a file, new or an older backup."
        ) from None
    if not is_backup:
        raise BackupError(f"{path} is there and is no backup: it was left alone", hint="Name another file.")


def _keep_name(folder: Path) -> None:
    """Makes a rename last through a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
