"""`serai backup`: the whole database in one file, while Serai goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["backup"]


def backup(
    file: Annotated[
        Path, typer.Argument(help="The file to write; an older backup of that name is replaced.")
    ],
) -> None:
    """Write all that is in the database to a file, as it is at this moment. Serai may go on meanwhile.

    The file appears when it is complete; it holds personal data, so only its owner may read it.
    """
    from serai.settings import load_settings
    from serai.storage.backup import back_up
    from serai.storage.embedded import connect_or_start

    from .interruption import run_to_end
    from .progress import progress_bars

    with connect_or_start(load_settings(), with_redis=False) as urls, progress_bars() as progress:
        size = run_to_end(back_up(urls.database_url, file, progress=progress))
    typer.echo(f"{file}: {readable_size(size)}")


def readable_size(size: int) -> str:
    """A number of bytes for people: `12.3 MB`."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
