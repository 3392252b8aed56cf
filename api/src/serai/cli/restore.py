"""`serai restore`: a backup becomes the database again, all of it or nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serai.app import Assembly
    from serai.settings import Settings
    from serai.storage.restore import Archive

__all__ = ["restore"]


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `serai backup` wrote.")],
    is_replacing: Annotated[
        bool, typer.Option("--replace", help="Drop what is in the database first, after asking.")
    ] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup into an empty database. If anything fails the database is as it was before."""
    from serai.app import assemble
    from serai.settings import load_settings
    from serai.storage.embedded import connect_or_start

    from .interruption import run_to_end
    from .opened import settings_on

    settings = load_settings()
    assembly = assemble(settings)
    with connect_or_start(settings, with_redis=False) as urls:
        pending = run_to_end(
            _restore(settings_on(settings, urls), assembly, file, is_replacing=is_replacing, is_sure=is_sure)
        )
    typer.echo(f"{file} is restored.")
    if pending:
        typer.echo(f"It was made by an older Serai: `serai migrate` will apply {', '.join(pending)}.")


async def _restore(
    settings: Settings, assembly: Assembly, file: Path, *, is_replacing: bool, is_sure: bool
) -> list[str]:
    """Restores, and returns the migrations that are pending then."""
    from serai.storage import plan
    from serai.storage.restore import check_target, read_archive, restore

    from .progress import progress_bars

    assert settings.database_url is not None
    dsn = settings.database_url.get_secret_value()
    archive = await read_archive(file)
    _check_known(archive, assembly)
    found = await check_target(dsn, archive)
    if found.relations and is_replacing and not is_sure:
        _ask(f"The database {found.name} holds {found.tables} tables ({found.size}). Drop them?")
    with progress_bars() as progress:
        await restore(dsn, archive, is_replacing=is_replacing, progress=progress)
    return await plan(dsn, assembly.apps)


def _check_known(archive: Archive, assembly: Assembly) -> None:
    """Refuses a backup of a Serai, or of a plug-in, that is newer than the one here."""
    from serai.errors import BackupError
    from serai.storage.migrations import known

    unknown = sorted(
        f"{app}.{name}" for app, name in archive.applied - known(assembly.apps) if app in assembly.apps
    )
    if unknown:
        raise BackupError(
            f"The backup was made by something newer: this Serai does not know {', '.join(unknown)}",
            hint="Install the version that made it, or a newer one, of Serai and of each plug-in named.",
            data={"unknown": unknown},
        )


def _ask(question: str) -> None:
    from serai.errors import BackupError

    if not sys.stdin.isatty():
        raise BackupError(
            "The database is not empty, and there is nobody to ask whether to drop what is there",
            hint="Say so with --replace --yes.",
        )
    typer.confirm(question, abort=True)
