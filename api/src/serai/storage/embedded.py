"""The servers a run brings with it: PostgreSQL and Valkey under one data directory, held by one run at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from serai.errors import AlreadyRunning, ConfigurationError
from serai.settings import Settings

from .places import server_user, socket_dir
from .postgres import start_postgres, stop_postgres
from .valkey import start_valkey, stop_valkey

__all__ = ["EmbeddedServers", "ServerUrls", "attach", "connect_or_start"]

LOCK_NAME = "serai.lock"
URLS_NAME = "servers.json"
ATTACH_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Where the database and the Redis-compatible server of a run are."""

    database_url: str
    redis_url: str


class EmbeddedServers:
    """PostgreSQL and Valkey under `data_dir`; as a context manager it starts and stops them.

    `with_postgres` and `with_valkey` leave out what a URL is set for. Only one run may hold servers in a directory: a
    second one gets `AlreadyRunning`. Servers that a killed run left behind are ended before new ones start.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        with_postgres: bool = True,
        with_valkey: bool = True,
        is_durable: bool = True,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.database_url: str | None = None
        self.redis_url: str | None = None
        self._with_postgres = with_postgres
        self._with_valkey = with_valkey
        self._is_durable = is_durable
        self._lock: int | None = None

    def start(self) -> None:
        """Takes the data directory and starts what is wanted; on any error nothing is left running.

        Who starts nothing takes nothing: processes on servers of their own share a directory.
        """
        if not self._with_postgres and not self._with_valkey:
            return
        self._lock = _take(self.data_dir)
        try:
            (self.data_dir / URLS_NAME).unlink(missing_ok=True)
            if self._with_postgres:
                self.database_url = start_postgres(self.data_dir, is_durable=self._is_durable)
            if self._with_valkey:
                self.redis_url = start_valkey(self.data_dir)
            _write_urls(self.data_dir, database_url=self.database_url, redis_url=self.redis_url)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops what was started and lets the data directory go; a second call does nothing."""
        if self._lock is None:
            return
        try:
            (self.data_dir / URLS_NAME).unlink(missing_ok=True)
            stop_valkey(self.data_dir)
            stop_postgres(self.data_dir)
            with contextlib.suppress(OSError):
                socket_dir(self.data_dir, server_user()).rmdir()
        finally:
            os.close(self._lock)
            self._lock = self.database_url = self.redis_url = None

    def __enter__(self) -> EmbeddedServers:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def attach(data_dir: Path) -> dict[str, str] | None:
    """The URLs of the embedded servers that a run is holding now, by the names of settings; `None` if none is."""
    lock = _try_lock(data_dir.absolute())
    if lock is not None:
        os.close(lock)
        return None
    until = time.monotonic() + ATTACH_TIMEOUT_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((data_dir / URLS_NAME).read_text())
            return {name: url for name, url in found.items() if url}
        time.sleep(0.05)
    raise AlreadyRunning(
        f"Another run holds {data_dir} but has not started its servers",
        hint="Wait for it, or stop it.",
    )


@contextlib.contextmanager
def connect_or_start(settings: Settings, *, with_redis: bool = True) -> Iterator[ServerUrls]:
    """The servers to use: those the settings name, those a running Serai holds, or our own until the block ends.

    Where `with_redis` is false a missing Redis URL is left empty instead of starting a server.
    """
    database_url = settings.database_url.get_secret_value() if settings.database_url else None
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
    if database_url is None or (redis_url is None and with_redis):
        found = attach(settings.data_dir) or {}
        database_url = database_url or found.get("database_url")
        redis_url = redis_url or found.get("redis_url")
    own = EmbeddedServers(
        settings.data_dir,
        with_postgres=database_url is None,
        with_valkey=redis_url is None and with_redis,
    )
    with own if database_url is None or (redis_url is None and with_redis) else contextlib.nullcontext():
        yield ServerUrls(
            database_url=database_url or own.database_url or "",
            redis_url=redis_url or own.redis_url or "",
        )


def _take(data_dir: Path) -> int:
    # Another command that only looks holds the lock for an instant: ask a few times before giving up.
    for _ in range(10):
        lock = _try_lock(data_dir)
        if lock is not None:
            break
        time.sleep(0.03)
    else:
        holder = (data_dir / LOCK_NAME).read_text().strip() or "unknown"
        raise AlreadyRunning(
            f"Serai is already running in {data_dir} (process {holder})",
            hint="Stop that run first, or give this one a folder of its own: SERAI_DATA_DIR=.serai-2 SERAI_PORT=8001",
            data={"pid": holder, "data_dir": str(data_dir)},
        )
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _try_lock(data_dir: Path) -> int | None:
    """An open, locked file, or `None` where another process has it. The lock goes with the process that holds it."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The data directory {data_dir} cannot be used: {error.strerror}",
            hint="Set SERAI_DATA_DIR to a folder that can be written to.",
            data={"data_dir": str(data_dir)},
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return None
    return lock


def _write_urls(data_dir: Path, **urls: str | None) -> None:
    written = data_dir / f"{URLS_NAME}.new"
    written.touch(mode=0o600)
    written.write_text(json.dumps(urls))
    written.replace(data_dir / URLS_NAME)
