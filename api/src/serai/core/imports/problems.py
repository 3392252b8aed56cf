"""What is wrong with a file: one of its rows, which is told by line and column, or the file as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from serai.errors import SeraiError

LONGEST_VALUE: Final = 200


class ImportRefused(SeraiError):
    """The file cannot be imported as it is, or not in this way: nothing was changed."""

    code = "IMPORT_REFUSED"
    exit_code = 2


class Unfit(Exception):
    """A cell does not hold what its field asks for: ``code`` says which rule, ``expected`` what would do."""

    def __init__(
        self, code: str, expected: str, *, field: str | None = None, value: str | None = None
    ) -> None:
        super().__init__(code, expected)
        self.code = code
        self.expected = expected
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row: the line it begins on, the column, the value, what was expected, which rule."""

    line: int
    column: str
    value: str
    expected: str
    code: str


def shortened(value: str) -> str:
    """The value as it is shown: not longer than people read."""
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"
