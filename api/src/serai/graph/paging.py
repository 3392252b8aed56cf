"""Which part of a list is asked for: how many rows, from which end, between which cursors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .arguments import Tree, is_null, value_of
from .definitions import InputDef
from .errors import GraphRequestError

DEFAULT_PAGE: Final = 20
MAX_PAGE: Final = 100
PAGE_ARGUMENTS: Final = (
    InputDef(
        "first", "Int", f"At most how many, from the front: {DEFAULT_PAGE} if left out, {MAX_PAGE} at most."
    ),
    InputDef(
        "last", "Int", f"At most how many, from the end: {MAX_PAGE} at most; not together with `first`."
    ),
    InputDef("after", "String", "Only what comes after this cursor."),
    InputDef("before", "String", "Only what comes before this cursor."),
)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are wanted: how many, from which end, between which cursors."""

    size: int
    backward: bool
    after: Tree | None
    before: Tree | None


def read_page(arguments: dict[str, Tree], variables: Any, name: str) -> Page:
    """The page the arguments ask for; ``GraphRequestError`` says what is wrong with them."""

    def number(key: str) -> int | None:
        tree = arguments.get(key)
        if tree is None or is_null(tree):
            return None
        value = int(value_of(tree, variables))
        if value < 0:
            raise GraphRequestError(f"{name}: {key} is {value}", hint=f"{key} counts rows: 0 to {MAX_PAGE}")
        if value > MAX_PAGE:
            raise GraphRequestError(
                f"{name}: {key} is {value}, more than {MAX_PAGE}",
                hint=f"ask for up to {MAX_PAGE} and go on from pageInfo's cursors",
            )
        return value

    first, last = number("first"), number("last")
    if first is not None and last is not None:
        raise GraphRequestError(
            f"{name}: first and last are both given", hint="give the one from whose end you count"
        )
    after, before = arguments.get("after"), arguments.get("before")
    size = last if last is not None else first if first is not None else DEFAULT_PAGE
    return Page(
        size, last is not None, None if is_null(after) else after, None if is_null(before) else before
    )
