"""Which column of a file holds which field: said, saved, or guessed from the headers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .fields import Field, find, folded
from .options import Pair
from .problems import ImportRefused

__all__ = ["Draft", "check_complete", "drafted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A mapping before it is used: pairs in the order of the columns, and the columns nothing is known about."""

    pairs: Sequence[Pair]
    guessed: frozenset[str]
    """Columns whose field was guessed."""
    unknown: Sequence[str]


def drafted(
    headers: Sequence[str],
    fields: Sequence[Field],
    *,
    noun: str,
    said: Sequence[Pair] = (),
    left_out: Sequence[str] = (),
    constants: Mapping[str, str] | None = None,
) -> Draft:
    """The mapping of a file: what was ``said`` holds, the other columns are guessed by their headers.

    Raises ``ImportRefused`` where a column is missing or two columns would hold one field.
    """
    _check_headers(headers)
    known = set(headers)
    for column in (*(pair.column for pair in said), *left_out):
        if column not in known:
            listed = ", ".join(headers)
            raise ImportRefused(f"The file has no column {column!r}", hint=f"Its columns are {listed}.")
    for pair in said:
        find(fields, pair.field, noun=noun)
    taken = {pair.field for pair in said} | set(constants or {})
    spoken_for = {pair.column for pair in said} | set(left_out)
    words = _words(fields)
    pairs = list(said)
    guessed: dict[str, str] = {}
    unknown: list[str] = []
    for header in headers:
        if header in spoken_for:
            continue
        field = _guess(header, words, fields)
        if field is None or field in taken:
            unknown.append(header)
            continue
        if field in guessed:
            raise ImportRefused(
                f"The columns {guessed[field]!r} and {header!r} both look like {field}",
                hint=f'Say which one it is, such as --map "{header}={field}".',
            )
        guessed[field] = header
        pairs.append(Pair(column=header, field=field))
    order = {header: index for index, header in enumerate(headers)}
    pairs.sort(key=lambda pair: order[pair.column])
    return Draft(pairs=tuple(pairs), guessed=frozenset(guessed.values()), unknown=tuple(unknown))


def check_complete(
    pairs: Sequence[Pair], fields: Sequence[Field], *, noun: str, constants: Mapping[str, str]
) -> None:
    """Raise ``ImportRefused`` unless every field that is needed has a column, and none has two."""
    # what an attribute is read as is no part of its name
    held_by = {pair.column: pair.field.partition(":")[0] for pair in pairs}
    for name, count in Counter(held_by.values()).items():
        if count > 1:
            columns = " and ".join(repr(column) for column, field in held_by.items() if field == name)
            raise ImportRefused(
                f"The columns {columns} are both mapped to {name}", hint="Leave one of them out."
            )
    for name in constants:
        find(fields, name, noun=noun)
    held = {pair.field for pair in pairs} | set(constants)
    missing = [one.name for one in fields if one.is_required and one.name not in held]
    if missing:
        raise ImportRefused(
            f"No column holds {' or '.join(missing)}, which {noun} need",
            hint=f'Say which column does: --map "COLUMN={missing[0]}".',
        )


def _check_headers(headers: Sequence[str]) -> None:
    for index, header in enumerate(headers, start=1):
        if not header:
            raise ImportRefused(
                f"Column {index} has no header",
                hint="The first line names the columns; give this one a name, or remove it.",
            )
    for header, count in Counter(headers).items():
        if count > 1:
            raise ImportRefused(f"{count} columns are called {header!r}", hint="Give each a name of its own.")


def _words(fields: Sequence[Field]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in fields:
        for word in (one.name, *one.words):
            found.setdefault(folded(word), one.name)
    return found


def _guess(header: str, words: Mapping[str, str], fields: Sequence[Field]) -> str | None:
    if header.startswith("attributes.") and any(one.name == "attributes.*" for one in fields):
        return header
    return words.get(folded(header))
