"""Reading rows: of CSV, JSON lines and Parquet alike, each with the line it begins on."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

import orjson

from .checking import Row
from .opening import Opened
from .problems import ImportRefused, Problem, shortened

DELIMITERS: Final = (",", ";", "\t", "|")
DELIMITER_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLED: Final = 200
LONGEST_CELL: Final = 1_000_000
LONGEST_LINE: Final = 16_000_000
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

Note = Callable[[Problem], None]
"""Told of rows that cannot be read as such."""


class Table(Protocol):
    """Something with columns and rows."""

    typed: bool
    description: str
    is_row_numbered: bool

    @property
    def headers(self) -> Sequence[str]:
        """The names of its columns."""

    @property
    def samples(self) -> Sequence[Sequence[Any]]:
        """A few of its rows, to show."""

    def rows(self, note: Note) -> Iterator[Row]:
        """The rows in order; those that cannot be read as such are told."""


def read_table(opened: Opened, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """What the file holds; raises ``ImportRefused`` where that cannot be."""
    match opened.kind:
        case "csv":
            return CsvTable(opened, encoding=encoding, delimiter=delimiter)
        case "jsonl":
            return JsonTable(opened, encoding=encoding)
        case "parquet":
            from .parquet import ParquetTable

            return ParquetTable(opened)


def text_of(opened: Opened, encoding: str | None) -> tuple[str, io.TextIOWrapper]:
    """The file's text with the encoding it is read in: the one that was said, that of its byte order mark, or UTF-8."""
    head = opened.stream.peek(4)
    marked = next((name for mark, name in BOMS if head.startswith(mark)), None)
    name = encoding or marked or "utf-8"
    if name.lower().replace("_", "-") in ("utf-8", "utf8") and marked == "utf-8-sig":
        name = marked
    try:
        return name, io.TextIOWrapper(opened.stream, name, newline="")
    except LookupError:
        raise ImportRefused(
            f"There is no encoding {name!r}", hint="Such as utf-8, cp1252, iso-8859-1, gb18030, utf-16."
        ) from None


def undecodable(error: UnicodeError, *, encoding: str, line: int) -> ImportRefused:
    """What to say where bytes are not of the encoding."""
    found = ""
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start].decode(encoding, "replace")
        line += before.count("\n") or before.count("\r")
        found = f": the byte 0x{error.object[error.start]:02X}"
    return ImportRefused(
        f"Line {line} is not {encoding.removesuffix('-sig')}{found}",
        hint="Say which encoding the file has, such as --encoding cp1252 (Western Europe) or --encoding gb18030 "
        "(Chinese). Nothing was imported.",
        data={"line": line},
    )


class CsvTable:
    """Comma-separated values of RFC 4180, whatever the delimiter."""

    typed = False
    is_row_numbered = False

    def __init__(self, opened: Opened, *, encoding: str | None, delimiter: str | None) -> None:
        csv.field_size_limit(LONGEST_CELL)
        self.encoding, self._text = text_of(opened, encoding)
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise ImportRefused(
                f"{delimiter!r} cannot separate cells", hint="It is one character, such as ; or tab."
            )
        head = self._head()
        self.delimiter = delimiter or sniffed(head)
        self._reader = csv.reader(_Chained(head, self._text), delimiter=self.delimiter, strict=True)
        self._row = 0
        self.headers = self._read_headers()
        self.description = (
            f"CSV, {self.encoding}, separated by {DELIMITER_NAMES.get(self.delimiter, repr(self.delimiter))}"
        )
        self.samples = self._samples(head)

    def rows(self, note: Note) -> Iterator[Row]:
        reader, width = self._reader, len(self.headers)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                note(self._broken(error, line))
                continue
            except UnicodeError as error:
                raise undecodable(error, encoding=self.encoding, line=reader.line_num + 1) from None
            if len(cells) == width:
                if self._is_header(cells):
                    note(self._header_again(line))
                else:
                    yield line, cells
            elif cells:
                note(self._ragged(cells, line))

    def _is_header(self, cells: Sequence[str]) -> bool:
        first = self.headers[0]
        return first in cells[0] and [one.strip() for one in cells] == list(self.headers)

    def _header_again(self, line: int) -> Problem:
        shown = shortened(self.delimiter.join(self.headers))
        return Problem(line, "", shown, "a row; this is the first line again", "HEADER_AGAIN")

    def _head(self) -> list[str]:
        """The first lines; enough to see the delimiter."""
        head: list[str] = []
        length = 0
        try:
            while len(head) < SAMPLED and length < 60_000 and (line := self._text.readline(LONGEST_LINE)):
                head.append(line)
                length += len(line)
        except UnicodeError as error:
            raise undecodable(error, encoding=self.encoding, line=len(head) + 1) from None
        if length >= LONGEST_LINE:
            raise ImportRefused(
                f"Line {len(head)} does not end within {LONGEST_LINE} characters",
                hint="Is it a text file with a row on each line?",
            )
        return head

    def _read_headers(self) -> list[str]:
        try:
            headers = next(self._reader)
            while not headers:
                headers = next(self._reader)
        except StopIteration:
            raise ImportRefused("The file is empty", hint="Check that it was written completely.") from None
        except csv.Error as error:
            raise ImportRefused(f"The first line is no CSV: {error}", hint="It names the columns.") from None
        headers = [one.strip() for one in headers]
        if "\0" in "".join(headers):
            raise ImportRefused(
                "The first line has NUL characters: the file is UTF-16 without a mark, or no text",
                hint="Try --encoding utf-16-le.",
            )
        return headers

    def _samples(self, head: Sequence[str]) -> list[list[str]]:
        found: list[list[str]] = []
        try:
            for cells in csv.reader(iter(head), delimiter=self.delimiter):
                found.append(cells)
        except csv.Error:
            pass
        return [cells for cells in found[1:6] if len(cells) == len(self.headers)]

    def _ragged(self, cells: Sequence[str], line: int) -> Problem:
        width = len(self.headers)
        other = next(
            (one for one in DELIMITERS if one != self.delimiter and "".join(cells).count(one) >= width - 1),
            None,
        )
        hint = (
            f"; is it separated by {DELIMITER_NAMES[other]}s?"
            if other and len(cells) == 1 and width > 1
            else ""
        )
        shown = shortened(self.delimiter.join(cells))
        return Problem(
            line, "", shown, f"{width} cells, as the first line has; here are {len(cells)}{hint}", "RAGGED"
        )

    def _broken(self, error: csv.Error, line: int) -> Problem:
        words = str(error)
        if "field larger" in words:
            raise ImportRefused(
                f"A cell on line {line} has more than {LONGEST_CELL} characters",
                hint="Look for a quote opened there that is never closed; what follows cannot be told apart, so "
                "nothing was imported.",
                data={"line": line},
            )
        if "unexpected end of data" in words:
            raise ImportRefused(
                f"A quote opened on line {line} is never closed",
                hint='Close it, or write a quote within a quoted cell twice (""). What follows cannot be told '
                "apart, so nothing was imported.",
                data={"line": line},
            )
        return Problem(
            line,
            "",
            "",
            'a quoted cell that ends with its quote; a quote within is written twice ("")',
            "QUOTES",
        )


class _Chained:
    """The lines read already, then the others."""

    def __init__(self, head: Sequence[str], rest: io.TextIOWrapper) -> None:
        self._lines = iter(head)
        self._rest = rest

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        yield from self._rest


def sniffed(head: Sequence[str]) -> str:
    """The delimiter that gives the first lines the same number of cells, more than one."""
    best, most = ",", 0.0
    lines = [line for line in head if line.strip()]
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(iter(lines), delimiter=delimiter) if cells]
        except csv.Error:
            continue
        width = widths[0] if widths else 1
        if width > 1:
            score = sum(one == width for one in widths) / len(widths) + width / 10_000
            if score > most:
                best, most = delimiter, score
    return best


class JsonTable:
    """JSON lines: an object a line; objects in objects are columns with a dot in their name."""

    typed = True
    is_row_numbered = False

    def __init__(self, opened: Opened, *, encoding: str | None) -> None:
        self.encoding, self._text = text_of(opened, encoding)
        self.description = f"JSON lines, {self.encoding}"
        self._head: list[str] = []
        try:
            while len(self._head) < SAMPLED and (line := self._text.readline()):
                self._head.append(line)
        except UnicodeError as error:
            raise undecodable(error, encoding=self.encoding, line=len(self._head) + 1) from None
        found: dict[str, None] = {}
        samples: list[dict[str, Any]] = []
        for line in self._head:
            try:
                flat = flattened(orjson.loads(line))
            except (orjson.JSONDecodeError, TypeError):
                continue
            found.update(dict.fromkeys(flat))
            samples.append(flat)
        if not found:
            raise ImportRefused(
                "No line is a JSON object", hint="Is it another format? Say so: --format csv."
            )
        self.headers = list(found)
        self.samples = [[one.get(header, "") for header in self.headers] for one in samples[:5]]

    def rows(self, note: Note) -> Iterator[Row]:
        headers = self.headers
        known = frozenset(headers)
        number = 0
        lines = iter(_Chained(self._head, self._text))
        while True:
            try:
                line = next(lines)
            except StopIteration:
                return
            except UnicodeError as error:
                raise undecodable(error, encoding=self.encoding, line=number + 1) from None
            number += 1
            if not line.strip():
                continue
            try:
                flat = flattened(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                note(Problem(number, "", shortened(line.strip()), f"a JSON object: {error.msg}", "NOT_JSON"))
                continue
            except TypeError:
                note(Problem(number, "", shortened(line.strip()), "a JSON object", "NOT_JSON"))
                continue
            if not known.issuperset(flat):
                unknown = next(name for name in flat if name not in known)
                note(Problem(number, unknown, "", "only columns of the first 200 rows", "UNKNOWN_COLUMN"))
                continue
            yield number, [flat.get(header) for header in headers]


def flattened(value: Any) -> dict[str, Any]:
    """An object with its objects taken apart, but for amounts with their currency; ``TypeError`` if it is none."""
    if not isinstance(value, dict):
        raise TypeError(value)
    found: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict) and set(one) != {"amount", "currency"}:
            found.update({f"{name}.{inner}": deeper for inner, deeper in flattened(one).items()})
        else:
            found[name] = one
    return found
