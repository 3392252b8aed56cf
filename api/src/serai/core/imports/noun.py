"""What an import knows of a noun: its fields, the columns they are kept in, and what its rows refer to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from .cells import Parser
from .fields import Field
from .options import Format

if TYPE_CHECKING:
    from .work import Work

Values: TypeAlias = dict[str, Any]
"""What the cells of a row hold, by field; composing a row adds what is staged by column."""

Compose: TypeAlias = Callable[[Values], None]
"""Holds the fields of one row together: adds columns that several of them make, raises ``Unfit``."""

Stage: TypeAlias = Callable[["Work"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A column rows are kept in; ``s`` is the staged row, ``t`` the row that is there.

    ``fallback`` is what a new row gets where the file has nothing. ``keeps`` says that nothing in the file leaves what
    is there: of columns that cannot be null. A column ``derived`` from another is not compared by itself.
    """

    column: str
    fields: Sequence[str]
    """The fields that give it: it is compared and written if the file has one of them."""
    staged: Mapping[str, str] = field(default_factory=dict)
    """The columns of the staging table it comes from, with their types."""
    new: str | None = None
    update: str | None = None
    fallback: str = "null"
    keeps: bool = False
    derived: str | None = None
    """A condition on ``s`` and ``t`` under which it is written; it is not compared by itself."""
    table: str | None = None
    """The detail table it is in, if not the noun's own."""

    @property
    def inserted(self) -> str:
        """The value of a new row."""
        value = self.new or f"s.{self.column}"
        return value if self.fallback == "null" else f"coalesce({value}, {self.fallback})"

    @property
    def updated(self) -> str:
        """The value of a row that was there."""
        alias = "t" if self.table is None else "d"
        value = self.update or f"s.{self.column}"
        if self.keeps:
            value = f"coalesce({value}, {alias}.{self.column})"
        if self.derived:
            value = f"case when {self.derived} then {value} else {alias}.{self.column} end"
        return value


def plain(column: str, name: str | None = None, *, type: str = "text", **more: Any) -> Kept:
    """A column that holds a field as it stands."""
    return Kept(column=column, fields=(name or column,), staged={column: type}, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A field with the external id of another row; ``column`` gets that row's id."""

    field: str
    column: str
    prefix: str
    noun: str
    within: bool = False
    """Whether it may be a row of the same file."""
    by_slug: str | None = None
    """The table whose slugs are taken, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A column no two rows have the same of; ``folded`` where case does not tell them apart."""

    field: str
    column: str
    constraint: str
    folded: bool = False
    releases: bool = False
    """Whether a row of the file may take what another one gives up."""

    def key(self, alias: str) -> str:
        """What is compared."""
        return f'lower({alias}.{self.column} collate "C")' if self.folded else f"{alias}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """All an import knows of a noun."""

    name: str
    singular: str
    prefix: str
    table: str
    fields: Sequence[Field]
    kept: Sequence[Kept]
    links: Sequence[Link] = ()
    uniques: Sequence[Unique] = ()
    detail: str | None = None
    """A second table whose rows share the id."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Columns every new row has the same of, as SQL."""
    compose: Callable[[Format, frozenset[str]], Compose] | None = None
    """Given how cells are written and which fields the file has."""
    compose_lines: Callable[[frozenset[str]], Callable[[Sequence[Values]], list[Values]]] | None = None
    """For nouns with lines: makes the first row's values those of the noun, and returns the lines'."""
    lines: Mapping[str, str] = field(default_factory=dict)
    """The columns of the lines' staging table, with their types."""
    extra: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Further columns of the staging table: their types, and the fields that give them."""
    more: Sequence[str] = ()
    """Further statements that insert what belongs to new rows of lines ``$1`` up to ``$2``, as of ``$3``."""
    changed_by: Mapping[str, str] = field(default_factory=dict)
    """By field, a further condition under which a row is changed; ``s``, ``t``, ``d``."""
    resolve: Stage | None = None
    """Prepares what the match of rows looks at."""
    check: Stage | None = None
    """Finds further problems of the matched rows."""
    write: Stage | None = None
    """Writes what is kept in further tables."""

    def is_given(self, one: Kept, given: frozenset[str]) -> bool:
        """Whether the file has the column."""
        return any(name in given or (name.endswith(".*") and _has(given, name)) for name in one.fields)


def _has(given: frozenset[str], name: str) -> bool:
    return any(one.startswith(name[:-1]) for one in given)


def parsers(fields: Sequence[Field], format: Format) -> list[Parser]:
    """What reads the cells of these fields."""
    return [one.parser(format) for one in fields]
