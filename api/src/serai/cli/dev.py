"""`serai dev`: runs Serai with plug-ins as they lie in their folders, and again after every change there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence

__all__ = ["dev"]

DEBOUNCE_MS = 200
KILL_AFTER_S = 15


def dev(
    plugin: Annotated[
        list[Path], typer.Option(help="The folder of a plug-in, with its pyproject.toml; may be given again.")
    ],
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="The port; 0 takes a free one.", show_default=False)
    ] = None,
    demo: Annotated[bool, typer.Option(help="Fill an empty database with demo data.")] = True,
) -> None:
    """Run Serai with plug-ins that need not be installed; a change in their folders starts it anew.

    Servers and the port stay: who asks meanwhile waits. What stands in the way of a start is told, and the next change
    is waited for.
    """
    import asyncio
    from contextlib import ExitStack

    from serai.conform import staged
    from serai.settings import load_settings
    from serai.storage import EmbeddedServers

    from .run import listening_socket, secret

    settings = load_settings(host=host, port=port)
    for one in plugin:
        with staged(one):
            pass  # what is no project is told before anything is started
    with ExitStack() as stack:
        servers = stack.enter_context(
            EmbeddedServers(
                settings.data_dir,
                with_postgres=settings.database_url is None,
                with_valkey=settings.redis_url is None,
            )
        )
        listening = stack.enter_context(listening_socket(settings))
        listening.listen(2048)
        environment = {
            "SERAI_DATABASE_URL": servers.database_url or secret(settings.database_url),
            "SERAI_REDIS_URL": servers.redis_url or secret(settings.redis_url),
        }
        asyncio.run(_develop([one.absolute() for one in plugin], listening, environment, with_demo=demo))


async def _develop(
    projects: Sequence[Path], listening: socket.socket, environment: Mapping[str, str], *, with_demo: bool
) -> None:
    """Runs one process after another, until a signal asks to stop."""
    import asyncio
    import signal

    from watchfiles import PythonFilter, awatch

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    process = await _start(projects, listening, environment, with_demo=with_demo)
    try:
        async for changes in awatch(
            *projects,
            watch_filter=PythonFilter(extra_extensions=(".toml",)),
            debounce=DEBOUNCE_MS,
            stop_event=stop,
        ):
            first = sorted(path for _, path in changes)[0]
            more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
            typer.echo(f"\n{first}{more} changed: starting anew\n")
            await _end(process)
            process = await _start(projects, listening, environment, with_demo=with_demo)
    finally:
        await _end(process)


async def _start(
    projects: Sequence[Path], listening: socket.socket, environment: Mapping[str, str], *, with_demo: bool
) -> Process:
    import asyncio
    import os
    import sys

    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "serai.cli.developed", str(listening.fileno()), str(int(with_demo))),
        *map(str, projects),
        env={**os.environ, **environment},
        pass_fds=(listening.fileno(),),
        # Held open for as long as this process lives: its end tells the other to stop.
        stdin=asyncio.subprocess.PIPE,
        # Ctrl-C is for this process alone, which then tells the other.
        start_new_session=True,
    )


async def _end(process: Process) -> None:
    import asyncio
    import contextlib
    import signal

    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(KILL_AFTER_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
