"""One of several processes behind one port: `python -m serai.cli.worker`, started by `serai run --workers`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import structlog

from serai.app import create_app, open_platform
from serai.http.logs import configure_logs
from serai.http.server import create_server, run_loop, settle
from serai.loading.watchdog import Watchdog
from serai.settings import Settings, load_settings

from .interruption import Interruption

log = structlog.stdlib.get_logger("serai.workers")


async def serve(settings: Settings, listening: socket.socket, ready: int, interruption: Interruption) -> None:
    """Answers on a socket until told to stop, or until the parent is gone; one byte says that it began."""
    interruption.cancel_me()
    interruption.check()
    platform = await open_platform(settings)
    try:
        host, port = listening.getsockname()[:2]
        server = create_server(
            create_app(platform),
            host=host,
            port=port,
            shutdown_grace_s=settings.shutdown_grace_s,
            on_stop=platform.hub.stop,
        )
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop_without_parent)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        if server.started:
            # uvicorn has the signals now; it raises them again when it is done, and then they are no news.
            interruption.is_ignored = True
            settle()
            os.write(ready, b"1")
        os.close(ready)
        with Watchdog(platform.assembly.report):
            await serving
    finally:
        await platform.close()


def stop_without_parent() -> None:
    """Nothing is ever written to a worker: what can be read is the end of its parent."""
    asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    log.warning("the parent is gone: this worker stops")
    signal.raise_signal(signal.SIGTERM)


def main() -> None:
    """Serves the socket of the first argument and reports to the pipe of the second, both inherited."""
    settings = load_settings()
    configure_logs(format=settings.log_format, level=settings.log_level)
    listening = socket.socket(fileno=int(sys.argv[1]))
    interruption = Interruption()
    interruption.listen()
    try:
        run_loop(serve(settings, listening, int(sys.argv[2]), interruption))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(1)


if __name__ == "__main__":
    main()
