"""Opening what is imported: a file or a stream, packed or not, as bytes whose kind is known."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias

from .problems import ImportRefused

Kind: TypeAlias = Literal["csv", "jsonl", "parquet"]

HEAD: Final = 64 * 1024
GZIP: Final = b"\x1f\x8b"
PARQUET: Final = b"PAR1"
OTHERS: Final = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (.xlsx)",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"%PDF": "a PDF",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard",
    b"SQLite format 3": "an SQLite database",
}
KINDS: Final[dict[str, Kind]] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip


class Rejoined(io.RawIOBase):
    """A stream whose beginning was read already, with the beginning put back."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._head:
            count = min(len(buffer), len(self._head))
            buffer[:count], self._head = self._head[:count], self._head[count:]
            return count
        found = self._rest.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class Unpacked(io.RawIOBase):
    """The bytes of a gzip stream; an end that comes too early is said as such."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._file.readinto(buffer)
        except EOFError:
            raise ImportRefused(
                "The gzip file ends in the middle",
                hint="It was not copied completely: fetch it again. Nothing was imported.",
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ImportRefused(
                f"The gzip file is damaged: {error}",
                hint="Fetch it again, or pack it anew. Nothing was imported.",
            ) from None


@dataclass(slots=True)
class Opened:
    """Bytes to be read, their kind, and where the reading is in a file of ``size`` (0: unknown)."""

    kind: Kind
    stream: io.BufferedReader
    raw: IO[bytes]
    size: int
    path: Path | None

    def place(self) -> int:
        """How much of the file has been read."""
        return self.raw.tell() if self.size else 0

    def close(self) -> None:
        """Lets go of the file."""
        self.raw.close()


def open_file(source: Path | IO[bytes], *, kind: Kind | None = None) -> Opened:
    """Open a file or a stream of bytes, gzip included; its kind is said, or seen by its name and beginning."""
    path = source if isinstance(source, Path) else None
    raw = _open(source) if isinstance(source, Path) else source
    size = source.stat().st_size if isinstance(source, Path) else 0
    name = path.name.lower() if path else ""
    stream = _rejoined(raw)
    head = stream.peek(HEAD)[:HEAD]
    if head.startswith(GZIP):
        stream = io.BufferedReader(Unpacked(stream), HEAD)
        name = name.removesuffix(".gz")
        stream = _rejoined(stream)
        head = stream.peek(HEAD)[:HEAD]
    found = kind or ("parquet" if head.startswith(PARQUET) else KINDS.get(Path(name).suffix, None))
    _check_head(head, found)
    if found is None:
        found = "jsonl" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"
    if found == "parquet" and path is None:
        raise ImportRefused("Parquet cannot be read from a stream", hint="Save it to a file and name that.")
    return Opened(kind=found, stream=stream, raw=raw, size=size, path=path)


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise ImportRefused(f"There is no file {path}", hint="Check the name and the folder.") from None
    except OSError as error:
        raise ImportRefused(
            f"{path} cannot be read: {error.strerror}", hint="Check that it is a file you may read."
        ) from None


def _rejoined(stream: IO[bytes]) -> io.BufferedReader:
    """The stream with its first bytes to be peeked at, however few at a time it gives."""
    head = b""
    while len(head) < HEAD and (more := stream.read(HEAD - len(head))):
        head += more
    return io.BufferedReader(Rejoined(head, stream), HEAD)


def _check_head(head: bytes, kind: Kind | None) -> None:
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise ImportRefused("The file is empty", hint="Check that it was written completely.")
    for start, words in OTHERS.items():
        if head.startswith(start):
            raise ImportRefused(f"The file is {words}", hint="Export it as CSV, JSON lines or Parquet.")
    if kind == "parquet" and not head.startswith(PARQUET):
        raise ImportRefused(
            "The file is called Parquet and is none", hint="Say what it is: --format csv or --format jsonl."
        )
    if kind == "jsonl" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise ImportRefused(
            "The file is one JSON array, not JSON lines",
            hint="Write one object a line, as `jq -c '.[]' FILE` does.",
        )
