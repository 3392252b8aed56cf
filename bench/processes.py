"""What a process costs: CPU seconds of a server and of PostgreSQL's sessions, and memory."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import psutil


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of all threads; to the nanosecond where the kernel says so, else to its clock tick."""
    tasks = Path(f"/proc/{process.pid}/task")
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
    except (OSError, ValueError, IndexError):
        times = process.cpu_times()
        return float(times.user + times.system)


def resident_mib(process: psutil.Process) -> float:
    """Memory a process holds now, in MiB."""
    return float(process.memory_info().rss) / 2**20


class Database:
    """The sessions of one PostgreSQL server."""

    def __init__(self, postmaster: psutil.Process) -> None:
        self._postmaster = postmaster

    @classmethod
    async def of(cls, url: str) -> Database | None:
        """The server of that URL if it runs on this machine and can be watched."""
        connection = await asyncpg.connect(url)
        try:
            parent = psutil.Process(await connection.fetchval("select pg_backend_pid()")).parent()
        except psutil.Error:
            return None
        finally:
            await connection.close()
        return cls(parent) if parent is not None else None

    def cpu_by_session(self) -> dict[int, float]:
        """CPU seconds so far, by process id."""
        found = {}
        for session in self._postmaster.children():
            try:
                found[session.pid] = cpu_seconds(session)
            except psutil.Error:
                continue
        return found


def grown(before: dict[int, float], after: dict[int, float]) -> float:
    """CPU seconds spent between two looks; what ended in between is not in it."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
