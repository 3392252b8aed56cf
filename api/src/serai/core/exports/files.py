"""The folder of exports: a file is written beside its place and moved there when it is whole, within bounded space."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from serai_sdk import Rows

from .errors import ExportFailed
from .formats import Format, header, line_writer, write_parquet

__all__ = ["Exporting", "file_of", "folder_of", "write_rows"]

AT_A_TIME: Final = 1 << 18
"""Bytes that are gathered before they are written."""
LOOKED_AFTER: Final = 1 << 23
"""After how many bytes it is looked how full the folder is."""
MEGABYTE: Final = 1 << 20


class Exporting(Protocol):
    """Told how far it is; ``progress`` raises when it is to end."""

    async def progress(self, done: int, total: int | None = None) -> None:
        """So many rows are written."""


def folder_of(data_dir: Path) -> Path:
    """Where files of exports are kept: one folder for all processes."""
    return data_dir / "exports"


def file_of(folder: Path, id: UUID, format: str) -> Path:
    """The file of an export, once it is whole."""
    return folder / f"{id.hex}.{format.lower()}"


async def write_rows(
    rows: Rows, folder: Path, id: UUID, format: Format, *, attempt: int, space_mb: int, told: Exporting
) -> int:
    """Write all rows into the file of an export, and return how large it is in bytes.

    ``ExportFailed`` when all files together would take more than ``space_mb``. Nothing is left of what ends midway.
    """
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    part, made = (folder / f"{id.hex}.{attempt}.{ending}" for ending in ("part", "parquet.part"))
    try:
        await _write_lines(rows, part, format, space_mb=space_mb, told=told)
        if format == "parquet":
            await asyncio.to_thread(write_parquet, part, made, rows.columns)
            await asyncio.to_thread(_check_space, folder, space_mb)
        whole = made if format == "parquet" else part
        size = (await asyncio.to_thread(whole.stat)).st_size
        await asyncio.to_thread(whole.replace, file_of(folder, id, format))
        return size
    except OSError as error:
        raise ExportFailed(
            f"The file cannot be written: {error.strerror or type(error).__name__}",
            hint="See how full the disk of the data directory is.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
        made.unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO:
    """A new file that nobody else reads."""
    path.touch(mode=0o600)
    return path.open("wb")


async def _write_lines(rows: Rows, part: Path, format: Format, *, space_mb: int, told: Exporting) -> None:
    await asyncio.to_thread(_check_space, part.parent, space_mb)
    loop = asyncio.get_running_loop()
    gathered, size, unlooked, count, told_at = list[bytes](), 0, 0, 0, loop.time()
    with await asyncio.to_thread(_opened, part) as stream:
        write = line_writer(format, rows.columns, stream)
        if format == "csv":
            stream.write(header(rows.columns))
        async for lines in rows.lines():
            gathered.append(lines.text)
            size += len(lines.text)
            count += lines.count
            if size < AT_A_TIME:
                continue
            await asyncio.to_thread(write, b"".join(gathered))
            unlooked += size
            gathered, size = [], 0
            if unlooked >= LOOKED_AFTER:
                await asyncio.to_thread(_check_space, part.parent, space_mb)
                unlooked = 0
            if loop.time() - told_at >= 1:
                await told.progress(count)
                told_at = loop.time()
        if gathered:
            await asyncio.to_thread(write, b"".join(gathered))
    await told.progress(count, count)


def _check_space(folder: Path, space_mb: int) -> None:
    used = sum(_size(one) for one in folder.iterdir())
    if used > space_mb * MEGABYTE:
        raise ExportFailed(
            f"Files of exports take more than {space_mb:,} MB",
            hint="Let older ones expire or cancel them; or raise SERAI_EXPORT_SPACE_MB.",
        )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
