"""The PostgreSQL and the Valkey of one test run, shared by all its workers.

The first worker that needs a server starts it; the process that began the run stops it at the very end, by the pid
file in the run's own folder. Where `SERAI_DATABASE_URL` or `SERAI_REDIS_URL` is set, that server is used instead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from serai.storage.postgres import database_url, start_postgres, stop_postgres
from serai.storage.processes import recorded_pid
from serai.storage.valkey import redis_url, start_valkey, stop_valkey

__all__ = ["PostgresServer", "ValkeyServer", "begin_run", "end_run", "share_postgres", "share_valkey"]

VALKEY_DATABASES = 16
RUN_PREFIX = "serai-tests-"
OWNER = "owner.pid"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL to make databases on: `dsn` is one to connect to, `prefix` begins the name of each that is made."""

    dsn: str
    prefix: str
    run_dir: Path

    def dsn_of(self, database: str) -> str:
        """The URL of another database on the same server."""
        return urlunsplit(urlsplit(self.dsn)._replace(path=f"/{database}"))


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """A Valkey: `url` names a numbered database that no other worker of the run uses."""

    url: str


def begin_run() -> Path:
    """A folder for what the workers of one run share; what killed runs left behind is ended and removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"{RUN_PREFIX}*"):
        pid = recorded_pid(left / OWNER)
        if pid is not None and not _lives(pid):
            end_run(left)
    run_dir = Path(tempfile.mkdtemp(prefix=RUN_PREFIX))
    (run_dir / OWNER).write_text(str(os.getpid()))
    return run_dir


def end_run(run_dir: Path) -> None:
    """Stops the servers that were started for a run, and removes its folder."""
    for stop in (stop_postgres, stop_valkey):
        stop(run_dir)
    shutil.rmtree(run_dir, ignore_errors=True)


def share_postgres(run_dir: Path) -> PostgresServer:
    """The run's PostgreSQL, started if this is the first worker to ask."""
    prefix = f"t_{run_dir.name.rpartition('-')[2].lower()}_"
    if given := os.environ.get("SERAI_DATABASE_URL"):
        return PostgresServer(dsn=given, prefix=prefix, run_dir=run_dir)
    with locked(run_dir / "postgres.lock"):
        started = run_dir / "postgres.started"
        if not started.exists():
            start_postgres(run_dir, is_durable=False)
            started.touch()
    return PostgresServer(dsn=database_url(run_dir, "postgres"), prefix=prefix, run_dir=run_dir)


def share_valkey(run_dir: Path, *, worker: int) -> ValkeyServer:
    """The run's Valkey, started if this is the first worker to ask; workers use databases of their own."""
    number = worker % VALKEY_DATABASES
    if given := os.environ.get("SERAI_REDIS_URL"):
        return ValkeyServer(url=_numbered(given, number))
    with locked(run_dir / "valkey.lock"):
        started = run_dir / "valkey.started"
        if not started.exists():
            start_valkey(run_dir)
            started.touch()
    return ValkeyServer(url=_numbered(redis_url(run_dir), number))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock that other processes of the run see; it goes with the process that holds it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _numbered(url: str, number: int) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return urlunsplit(parts._replace(query=f"db={number}"))
    return urlunsplit(parts._replace(path=f"/{number}"))
