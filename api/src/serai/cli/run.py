"""`serai run`: servers, migrations, demo data, and the graph on an address; stops all it started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket

    from pydantic import SecretStr

    from serai.app import Platform
    from serai.settings import Settings

    from .interruption import Interruption

__all__ = ["listening_socket", "run", "secret", "serve"]


def run(
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="The port; 0 takes a free one.", show_default=False)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes answer on the port.", min=1, show_default=False)
    ] = None,
    demo: Annotated[
        bool | None,
        typer.Option(
            help="Fill an empty database with demo data; the default in development.", show_default=False
        ),
    ] = None,
) -> None:
    """Start Serai here: with nothing set up it brings its own PostgreSQL and Valkey."""
    import asyncio

    from serai.http.logs import configure_logs
    from serai.http.server import run_loop
    from serai.settings import load_settings
    from serai.storage.embedded import EmbeddedServers, ServerUrls

    from .interruption import Interruption
    from .opened import settings_on

    interruption = Interruption()
    interruption.listen()
    settings = load_settings(host=host, port=port, workers=workers)
    if demo is None:
        demo = settings.environment == "development"
    configure_logs(format=settings.log_format, level=settings.log_level)
    servers = EmbeddedServers(
        settings.data_dir,
        with_postgres=settings.database_url is None,
        with_valkey=settings.redis_url is None,
    )
    try:
        servers.start()
        interruption.check()
        urls = ServerUrls(
            database_url=servers.database_url or secret(settings.database_url),
            redis_url=servers.redis_url or secret(settings.redis_url),
        )
        with listening_socket(settings) as listening:
            if settings.workers == 1:
                run_loop(serve(settings_on(settings, urls), listening, interruption, with_demo=demo))
            else:
                asyncio.run(
                    _serve_by_many(settings_on(settings, urls), listening, interruption, with_demo=demo)
                )
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(128 + (interruption.received or 2)) from None
    finally:
        interruption.is_ignored = True
        servers.stop()


async def serve(
    settings: Settings, listening: socket.socket, interruption: Interruption, *, with_demo: bool
) -> None:
    """Prepares the database and answers until a signal asks to stop; requests in flight are finished."""
    import asyncio

    from serai.app import create_app, open_platform
    from serai.errors import SeraiError
    from serai.http.server import create_server, settle
    from serai.loading.watchdog import Watchdog

    from .jobs import ended
    from .progress import progress_bars
    from .ready import ready_text

    interruption.cancel_me()
    interruption.check()
    platform = await open_platform(settings)
    worker, working = platform.worker(), None
    try:
        with progress_bars() as progress:
            await platform.migrate(progress=progress)
            if with_demo:
                await platform.demo(progress=progress)
        host, port = listening.getsockname()[:2]
        server = create_server(
            create_app(platform),
            host=host,
            port=port,
            shutdown_grace_s=settings.shutdown_grace_s,
            on_stop=platform.hub.stop,
        )
        working = asyncio.create_task(worker.run()) if settings.jobs else None
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        if server.started:
            # uvicorn has the signals now; it raises them again when it is done, and then there is nothing to do.
            interruption.is_ignored = True
            settle()
            typer.echo(ready_text(await platform.banner(), host=host, port=port))
        with Watchdog(platform.assembly.report):
            await serving
        if not server.started:
            raise SeraiError("The server did not start", hint="The log above says why.")
    finally:
        worker.stop()
        if working is not None:
            await ended(working, settings.shutdown_grace_s)
        await platform.close()


async def _serve_by_many(
    settings: Settings, listening: socket.socket, interruption: Interruption, *, with_demo: bool
) -> None:
    """Prepares the database once, then has it served by processes of their own until a signal asks to stop."""
    from serai.app import open_platform

    from .progress import progress_bars

    interruption.cancel_me()
    interruption.check()
    platform = await open_platform(settings)
    try:
        with progress_bars() as progress:
            await platform.migrate(progress=progress)
            if with_demo:
                await platform.demo(progress=progress)
        await _served_by_many(settings, listening, interruption, platform)
    finally:
        await platform.close()


async def _served_by_many(
    settings: Settings, listening: socket.socket, interruption: Interruption, platform: Platform
) -> None:
    """Processes that answer; this one does jobs meanwhile."""
    import asyncio

    from .jobs import ended
    from .ready import ready_text
    from .workers import Workers

    workers = Workers(
        settings.workers,
        listening,
        environment={
            "SERAI_DATABASE_URL": secret(settings.database_url),
            "SERAI_REDIS_URL": secret(settings.redis_url),
        },
        grace_s=settings.shutdown_grace_s,
    )
    worker, working = platform.worker(), None
    try:
        await workers.start()
        host, port = listening.getsockname()[:2]
        typer.echo(ready_text(await platform.banner(), host=host, port=port))
        working = asyncio.create_task(worker.run()) if settings.jobs else None
        try:
            await workers.keep()
        except asyncio.CancelledError:
            if interruption.received is None:
                raise
    finally:
        interruption.is_ignored = True
        worker.stop()
        await workers.stop()
        if working is not None:
            await ended(working, settings.shutdown_grace_s)


def listening_socket(settings: Settings) -> socket.socket:
    """A socket bound to the address that the settings name; `ConfigurationError` if that cannot be."""
    import socket

    from serai.errors import ConfigurationError

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror or error}",
            hint="Set another address: SERAI_PORT=8001, or SERAI_PORT=0 for a free one.",
            data={"host": settings.host, "port": settings.port},
        ) from None
    return listening


def secret(value: SecretStr | None) -> str:
    """What is in it; nothing if it is not set."""
    return value.get_secret_value() if value is not None else ""
