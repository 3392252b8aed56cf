"""Rows of a whole list, as JSON lines and as columns: what a job reads that writes them somewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol


class Column(Protocol):
    """A column: its name, such as ``total.amount``, and the name of its type in the graph.

    Lists and connections are columns of type ``JSON``, and hold JSON text.
    """

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    def value(self, row: Mapping[str, Any]) -> Any:
        """What the row has there, as JSON has it; ``None`` below what is null."""


class Lines(Protocol):
    """Some rows as JSON lines in UTF-8, each with its end."""

    @property
    def text(self) -> bytes: ...
    @property
    def count(self) -> int: ...


class Rows(Protocol):
    """All rows of a list, of one moment; ``rights`` are the permissions of the viewer that decided what they hold."""

    @property
    def name(self) -> str:
        """Which list it is, such as ``transactions``."""

    @property
    def columns(self) -> Sequence[Column]: ...
    @property
    def rights(self) -> frozenset[str]: ...
    def lines(self) -> AsyncIterator[Lines]:
        """The rows, some hundreds at a time, as the database sends them."""
