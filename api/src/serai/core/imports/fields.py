"""What a file can hold of a noun: its fields, how their cells are read, and what people call them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .cells import Parser, flag, number, optional, text
from .options import Format
from .problems import ImportRefused, Unfit

LONGEST_ID: Final = 256
FORGOTTEN: Final = "forgotten:"
ATTRIBUTE: Final = re.compile(r"attributes\.([^\s.:][^.:]{0,99})(?::(text|number|flag))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: ``name`` is its name in the graph, ``parser`` makes what reads its cells."""

    name: str
    description: str
    parser: Callable[[Format], Parser]
    words: Sequence[str] = ()
    """What the column is called in files, in English, German and Chinese, besides the name itself."""
    is_required: bool = False
    """Whether there has to be such a column."""
    is_text: bool = True
    """Whether a file with types holds it as text."""
    refers: str | None = None
    """The noun whose external ids it holds."""


def longest(input: Any, name: str) -> int:
    """The greatest length a mutation takes, so that an import takes no more."""
    return int(argument(input, name).max_length)


def argument(input: Any, name: str) -> Any:
    """The declaration of an input's field."""
    return next(one for one in input.__serai_input__.fields if one.name == name)


def of_text(input: Any, name: str, *, required: bool = False) -> Callable[[Format], Parser]:
    """Text no longer than a mutation takes it."""
    maximum = longest(input, name)
    return lambda _: text(maximum=maximum, required=required)


def identifier(*, required: bool) -> Parser:
    """An external id; none of those that deleted customers are left with, so that no file fills their rows again."""
    plain = text(maximum=LONGEST_ID, required=required)

    def parse(cell: str) -> Any:
        found = plain(cell)
        if found is not None and found.startswith(FORGOTTEN):
            raise Unfit("RESERVED", f"an id that does not begin with {FORGOTTEN}: its customer was deleted")
        return found

    return parse


def external_id(description: str, *words: str) -> Field:
    """The field every noun is told apart by."""
    return Field(
        name="externalId",
        description=description,
        parser=lambda _: identifier(required=True),
        words=("id", "external id", "key", "externe id", "编号", "外部编号", *words),
        is_required=True,
    )


def reference(
    name: str, noun: str, description: str, *words: str, required: bool = False, on_first: bool = False
) -> Field:
    """A field that holds the external id of another row; ``on_first`` of several lines at least, if ``required``."""
    ids = (
        f"{word} {suffix}"
        for word in (name, *words)
        for suffix in ("id", "external id", "number", "nr", "编号")
    )
    return Field(
        name=name,
        description=description,
        parser=lambda _: identifier(required=required and not on_first),
        words=(*words, *ids),
        is_required=required,
        refers=noun,
    )


def folded(header: str) -> str:
    """A header without case, space and punctuation: what is guessed from."""
    kept = (one for one in unicodedata.normalize("NFKC", header).casefold() if one.isalnum())
    return "".join(kept)


def find(fields: Sequence[Field], name: str, *, noun: str) -> Field:
    """The field of that name; attributes are fields, too."""
    for one in fields:
        if one.name == name:
            return one
    if any(one.name == "attributes.*" for one in fields) and (found := ATTRIBUTE.fullmatch(name)):
        return attribute(name, found[2] or "text")
    listed = ", ".join(one.name for one in fields)
    raise ImportRefused(f"{noun} have no field {name!r} to import", hint=f"The fields are {listed}.")


def attribute(name: str, kind: str) -> Field:
    """A field of what is known besides: ``attributes.<name>``, read as text unless ``:number`` or ``:flag`` follows."""

    def parser(format: Format) -> Parser:
        match kind:
            case "number":
                return optional(lambda cell: _json_number(cell, format))
            case "flag":
                return optional(flag)
        return text(maximum=10_000)

    return Field(name=name, description="What is known besides.", parser=parser, is_text=kind == "text")


def _json_number(cell: str, format: Format) -> int | float:
    found = number(cell, decimal_comma=format.decimal_comma)
    if found == found.to_integral_value():
        if abs(found) < 2**53:
            return int(found)
        raise Unfit("OUT_OF_RANGE", "a number JSON can hold exactly")
    return float(found)
