"""Server processes of an embedded run: recognised with certainty, then ended, whoever started them.

A process is ours only if its executable has the expected name *and* it works in the expected directory: a process id
alone may by now belong to somebody else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from serai.errors import ConfigurationError

__all__ = [
    "end_process",
    "find_server",
    "last_lines",
    "processes_in",
    "recorded_pid",
    "spawn",
    "wait_until_ready",
]

POLL_S = 0.01
LOG_LIMIT = 10_000_000

_children: dict[int, subprocess.Popen[bytes]] = {}


def recorded_pid(pid_file: Path) -> int | None:
    """The process id in the first line of a pid file, if there is one."""
    try:
        first = pid_file.read_text(encoding="utf-8", errors="replace").splitlines()[0]
        return int(first)
    except (OSError, ValueError, IndexError):
        return None


def find_server(pid_file: Path, *, name: str, directory: Path) -> psutil.Process | None:
    """The running process that `pid_file` names, if it really is a `name` working in `directory`."""
    pid = recorded_pid(pid_file)
    if pid is None:
        return None
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        works_there = Path(process.cwd()).resolve() == directory.resolve()
        if works_there and process.name() == name and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def processes_in(directory: Path, *, name: str) -> list[psutil.Process]:
    """Every running process called `name` that works in `directory`, children of a server included."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            is_alive = process.name() == name and process.status() != psutil.STATUS_ZOMBIE
            if is_alive and Path(process.cwd()).resolve() == directory.resolve():
                found.append(process)
    return found


def end_process(process: psutil.Process, *, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Sends each signal in turn and waits its number of seconds; a process that still lives is killed."""
    for sent, patience_s in (*signals, (signal.SIGKILL, 5.0)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(sent)
        if _is_gone(process, patience_s):
            break
    if child := _children.pop(process.pid, None):
        # Of a process with threads the first may be gone before the last: only waiting tells.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)


def spawn(
    command: Sequence[str],
    *,
    directory: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own, so that Ctrl-C reaches Serai and not the servers it still needs."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(os.environ if environment is None else environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    _children[child.pid] = child
    return child


def wait_until_ready(
    child: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, what: str, log: Path, timeout_s: float
) -> None:
    """Waits for a started server; raises `ConfigurationError` with the end of its log if it does not come up."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if child.poll() is not None:
            _children.pop(child.pid, None)
            raise ConfigurationError(
                f"The embedded {what} ended while starting:\n{last_lines(log)}", data={"log": str(log)}
            )
        if is_ready():
            return
        time.sleep(POLL_S)
    child.kill()
    child.wait(5)
    _children.pop(child.pid, None)
    raise ConfigurationError(
        f"The embedded {what} was not ready after {timeout_s:.0f} seconds:\n{last_lines(log)}",
        data={"log": str(log)},
    )


def last_lines(log: Path, *, count: int = 12) -> str:
    """The end of a log file, for an error message."""
    try:
        with log.open("rb") as source:
            source.seek(max(0, log.stat().st_size - 8_000))
            return "\n".join(source.read().decode("utf-8", "replace").splitlines()[-count:])
    except OSError:
        return "(no log)"


def _is_gone(process: psutil.Process, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while True:
        try:
            # A child is reaped here; somebody else's dead process that nobody reaps counts as gone.
            process.wait(timeout=0.02)
        except psutil.TimeoutExpired:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    if time.monotonic() > until:
                        return False
                    continue
        return True
