"""Several processes behind one port: started, watched, started again when one dies, and stopped together.

All accept from one socket, which the parent holds: while a worker is being replaced, the others answer, and no
connection that waits is lost. A worker ends by itself when its parent is gone, however that went.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping

import structlog

from serai.errors import SeraiError

__all__ = ["Workers"]

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0
"""A worker that lived for so long is replaced at once; one that did not, after twice the pause of the last time."""
START_TIMEOUT_S = 120.0
KILL_AFTER_S = 5.0
"""How long after its requests' time to finish a worker may still live."""

log = structlog.stdlib.get_logger("serai.workers")


class Workers:
    """``count`` processes that serve ``listening``, with ``environment`` on top of this process's own.

    ``await start()`` until all answer; ``await keep()`` replaces what dies, until it is cancelled; ``await stop()``.
    """

    def __init__(
        self, count: int, listening: socket.socket, *, environment: Mapping[str, str], grace_s: float
    ) -> None:
        self.count = count
        self._listening = listening
        self._environment = {**os.environ, **environment}
        self._grace_s = grace_s
        self._processes: dict[int, asyncio.subprocess.Process] = {}

    async def start(self) -> None:
        """Starts all of them; raises `SeraiError` if one does not come to answer."""
        self._listening.listen(2048)
        came = await asyncio.gather(*(self._spawn(number) for number in range(self.count)))
        if not all(came):
            raise SeraiError("A worker did not start", hint="The log above says why.")

    async def keep(self) -> None:
        """Replaces every worker that ends, and says so; only being cancelled ends it."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.count):
                tasks.create_task(self._keep(number))

    async def stop(self) -> None:
        """Lets all finish what they answer, for as long as it may take; kills who then still lives."""
        living = [one for one in self._processes.values() if one.returncode is None]
        for one in living:
            with contextlib.suppress(ProcessLookupError):
                one.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(self._grace_s + KILL_AFTER_S):
                await asyncio.gather(*(one.wait() for one in living))
        except TimeoutError:
            for one in living:
                with contextlib.suppress(ProcessLookupError):
                    one.kill()
            await asyncio.gather(*(one.wait() for one in living))

    async def _keep(self, number: int) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            process = self._processes[number]
            code = await process.wait()
            lived_s = time.monotonic() - began
            pause_s = FIRST_PAUSE_S if lived_s >= HEALTHY_AFTER_S else min(pause_s * 2, LONGEST_PAUSE_S)
            log.error(
                "worker ended",
                worker=number,
                process=process.pid,
                how=signal.Signals(-code).name if code < 0 else f"exit {code}",
                starts_again_in_s=pause_s,
            )
            await asyncio.sleep(pause_s)
            if await self._spawn(number):
                log.info("worker started", worker=number, process=self._processes[number].pid)

    async def _spawn(self, number: int) -> bool:
        """Starts a worker and says whether it came to answer."""
        ready, write = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "serai.cli.worker", str(self._listening.fileno()), str(write)),
                env=self._environment,
                # Held open for as long as this process lives: its end tells a worker to stop.
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(self._listening.fileno(), write),
                # Ctrl-C is for this process alone, which then tells the others.
                start_new_session=True,
            )
        finally:
            os.close(write)
        self._processes[number] = process
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                return await _first_byte(ready)
        except TimeoutError:
            process.kill()
            return False
        finally:
            os.close(ready)


async def _first_byte(pipe: int) -> bool:
    """Whether something came through a pipe before it ended."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[bool] = loop.create_future()

    def read() -> None:
        if not came.done():
            came.set_result(os.read(pipe, 1) != b"")

    loop.add_reader(pipe, read)
    try:
        return await came
    finally:
        loop.remove_reader(pipe)
