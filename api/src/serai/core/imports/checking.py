"""Rows of a file become lines for COPY, or problems: nothing here touches the database, so that it can run anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from serai.storage import new_id

from .cells import Parser, mixed
from .fields import Field, find
from .noun import Noun, Values
from .options import Format, Options
from .problems import Problem, Unfit, shortened

Row: TypeAlias = tuple[int, Sequence[Any]]
"""The line a row begins on, and its cells."""

NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(slots=True)
class Checked:
    """What became of some rows: lines for COPY, by staging table; problems; how many rows were looked at."""

    staged: bytes = b""
    lines: bytes = b""
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    failed: int = 0


class Checker:
    """Checks rows of one file. Made anew in each process that checks."""

    def __init__(self, noun: Noun, options: Options, headers: Sequence[str], *, typed: bool) -> None:
        self.noun = noun
        self.typed = typed
        self.headers = headers
        self.given = given_fields(options)
        places = {header: index for index, header in enumerate(headers)}
        self.columns: list[tuple[str, int, Parser]] = []
        self.header_of: dict[str, str] = {}
        for pair in options.pairs:
            found = find(noun.fields, pair.field, noun=noun.name)
            self.columns.append(
                (pair.field, places[pair.column], _parser(found, options.format, typed=typed))
            )
            self.header_of[pair.field] = pair.column
        self.constants: Values = {}
        for name, value in options.constants.items():
            self.constants[name] = find(noun.fields, name, noun=noun.name).parser(options.format)(value)
        self.compose = noun.compose(options.format, self.given) if noun.compose else None
        self.compose_lines = noun.compose_lines(self.given) if noun.compose_lines else None
        self.staged = staged_names(noun, self.given)
        self.lines = tuple(noun.lines)
        self.id_place = places[self.header_of["externalId"]]

    def check(self, rows: Sequence[Row]) -> Checked:
        """Check some rows; rows of one external id that follow one another are in the same call."""
        done = Checked()
        if self.compose_lines is not None:
            staged, lines = self._grouped(rows, done)
        else:
            staged, lines = self._single(rows, done), []
        done.staged = "".join(staged).encode()
        done.lines = "".join(lines).encode()
        return done

    def _single(self, rows: Sequence[Row], done: Checked) -> list[str]:
        staged: list[str] = []
        names = self.staged
        compose = self.compose
        for line, cells in rows:
            values = self._read(line, cells, done.problems)
            if values is None:
                continue
            if compose is not None:
                try:
                    compose(values)
                except Unfit as error:
                    done.problems.append(self._problem(line, error, cells))
                    continue
            staged.append(written([str(line), str(new_id()), *[values[name] for name in names]]))
        done.rows = len(rows)
        done.failed = len(rows) - len(staged)
        return staged

    def _grouped(self, rows: Sequence[Row], done: Checked) -> tuple[list[str], list[str]]:
        staged: list[str] = []
        lines: list[str] = []
        place = self.id_place
        for _, grouped in groupby(rows, key=lambda row: row[1][place]):
            done.rows += 1
            made = self._group(list(grouped), done.problems)
            if made is None:
                done.failed += 1
                continue
            staged.append(made[0])
            lines.extend(made[1])
        return staged, lines

    def _group(self, rows: Sequence[Row], problems: list[Problem]) -> tuple[str, list[str]] | None:
        """A row and its lines as they are staged; ``None`` if there is a problem with one of them."""
        assert self.compose_lines is not None
        read: list[Values] = []
        for line, cells in rows:
            values = self._read(line, cells, problems)
            if values is not None:
                values["line"] = line
                read.append(values)
        if len(read) < len(rows):
            return None
        try:
            parts = self.compose_lines(read)
        except Unfit as error:
            at = error.at if isinstance(error, LineUnfit) else 0
            problems.append(self._problem(rows[at][0], error, rows[at][1]))
            return None
        head = read[0]
        first, id = str(rows[0][0]), str(new_id())
        staged = written([first, id, *[head[name] for name in self.staged]])
        lines = [
            written([str(own), first, id, str(new_id()), *[part[name] for name in self.lines]])
            for (own, _), part in zip(rows, parts, strict=True)
        ]
        return staged, lines

    def _read(self, line: int, cells: Sequence[Any], problems: list[Problem]) -> Values | None:
        values: Values = dict(self.constants)
        is_fit = True
        if not self.typed and "\0" in "".join(cells):
            problems.append(self._nul(line, cells))
            return None
        for name, place, parse in self.columns:
            try:
                values[name] = parse(cells[place])
            except Unfit as error:
                problems.append(
                    Problem(line, self.header_of[name], shown(cells[place]), error.expected, error.code)
                )
                is_fit = False
        return values if is_fit else None

    def _nul(self, line: int, cells: Sequence[str]) -> Problem:
        header = next(header for header, cell in zip(self.headers, cells, strict=True) if "\0" in cell)
        value = shown(cells[self.headers.index(header)].replace("\0", "␀"))
        return Problem(line, header, value, "text without the character NUL", "NUL")

    def _problem(self, line: int, error: Unfit, cells: Sequence[Any]) -> Problem:
        name = error.field or ""
        header = self.header_of.get(name, name)
        place = next((place for one, place, _ in self.columns if one == name), None)
        value = error.value if error.value is not None else shown(cells[place]) if place is not None else ""
        return Problem(line, header, shortened(value), error.expected, error.code)


class LineUnfit(Unfit):
    """As ``Unfit``, of the row that is ``at`` this place among those of one transaction."""

    def __init__(self, error: Unfit, at: int) -> None:
        super().__init__(error.code, error.expected, field=error.field, value=error.value)
        self.at = at


def given_fields(options: Options) -> frozenset[str]:
    """The fields a file has, those that are the same for every row included."""
    return frozenset(pair.field for pair in options.pairs) | frozenset(options.constants)


def staged_columns(noun: Noun, given: frozenset[str]) -> dict[str, tuple[str, str]]:
    """The columns of the staging table after line and id: their types, and under which name a row has the value."""
    found: dict[str, tuple[str, str]] = {"external_id": ('text collate "C"', "externalId")}
    for one in noun.kept:
        if noun.is_given(one, given):
            single = one.fields[0] if len(one.staged) == 1 and one.column in one.staged else None
            for column, type in one.staged.items():
                is_plain = single is not None and one.derived is None and len(one.fields) == 1
                found[column] = (type, single if is_plain and single is not None else column)
    for column, (type, name) in noun.extra.items():
        if name in given:
            found[column] = (type, column)
    for link in noun.links:
        if link.field in given:
            found[f"ref_{link.column}"] = ('text collate "C"', link.field)
    return found


def staged_names(noun: Noun, given: frozenset[str]) -> tuple[str, ...]:
    """Under which names a row has what is staged, in order."""
    return tuple(name for _, name in staged_columns(noun, given).values())


def written(values: Sequence[Any]) -> str:
    """A line of COPY's text format."""
    line = "\t".join([NULL if one is None else one if type(one) is str else _text(one) for one in values])
    nulls = values.count(None)
    if (
        line.count("\\") == nulls
        and line.count("\t") == len(values) - 1
        and "\n" not in line
        and "\r" not in line
    ):
        return line + "\n"
    texts = [one if one is None or type(one) is str else _text(one) for one in values]
    return "\t".join([NULL if one is None else one.translate(ESCAPES) for one in texts]) + "\n"


def _text(value: Any) -> str:
    if value is True:
        return "t"
    return "f" if value is False else str(value)


def shown(cell: Any) -> str:
    """A cell as it is shown in a problem."""
    return shortened(cell if isinstance(cell, str) else str(cell))


def _parser(one: Field, format: Format, *, typed: bool) -> Parser:
    plain = one.parser(format)
    if not typed:
        return plain
    canonical = one.parser(
        Format(time_zone=format.time_zone, default_region=format.default_region, values=format.values)
    )
    return mixed(plain, canonical, is_text=one.is_text)


def split(rows: Iterator[Row], *, place: int | None, size: int) -> Iterator[list[Row]]:
    """Rows in chunks; with ``place``, rows that follow one another with the same cell there stay together."""
    chunk: list[Row] = []
    for row in rows:
        if len(chunk) >= size and (place is None or row[1][place] != chunk[-1][1][place]):
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk
