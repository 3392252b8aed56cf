"""Pages of a list in memory, and the marks that stand for cursors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .filters import Key, View, compare_keys, in_order, leaf_key
from .nouns import Order
from .rows import Row
from .sums import Grouping, order_words

MARK = "\ue000mark:"
PAGE = 20
RANKED = ("search DESC", "id DESC")
"""The order of what is found, if no other is asked for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a row stands: in which list, in which order, with which values of its keys."""

    noun: str
    words: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(slots=True)
class Marks:
    """Marks, each by a text of its own; and which cursor of the engine stands for which mark."""

    texts: dict[Mark, str] = field(default_factory=dict)
    by_text: dict[str, Mark] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    texts_of: dict[str, str] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    orders: dict[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)
    known: dict[tuple[str, tuple[str, ...]], list[str]] = field(default_factory=dict)

    def text(self, mark: Mark, order_by: Any) -> str:
        """The text that stands for a mark until the engine's cursor is known."""
        text = self.texts.get(mark)
        if text is None:
            text = self.texts[mark] = f"{MARK}{len(self.texts)}"
            self.by_text[text] = mark
            self.orders.setdefault((mark.noun, mark.words), order_by)
        return text

    def learn(self, text: str, cursor: Any) -> bool:
        """Takes a cursor for a mark's, unless it is another's or the mark has another; says whether it is its own."""
        if not isinstance(cursor, str) or not cursor:
            return False
        if self.texts_of.setdefault(cursor, text) != text or self.cursors.setdefault(text, cursor) != cursor:
            return False
        mark = self.by_text[text]
        if text not in self.offered and None not in mark.values:
            # what is null in the eyes of one viewer need not be in those of another
            self.offer(text)
        return True

    def offer(self, text: str) -> None:
        """Let queries to come begin or end at that mark, whoever asks."""
        if text not in self.offered:
            self.offered.add(text)
            mark = self.by_text[text]
            self.known.setdefault((mark.noun, mark.words), []).append(self.cursors[text])

    def agrees(self, text: str, cursor: Any) -> bool:
        """Whether a cursor is the mark's."""
        return self.cursors.get(text) == cursor

    def mark(self, cursor: str) -> Mark:
        """What a cursor stands for."""
        return self.by_text[self.texts_of[cursor]]

    def orders_of(self, noun: str) -> list[Any]:
        """The orders in which cursors of that noun's rows are known, as ``orderBy`` had them."""
        return [self.orders[at] for at in self.known if at[0] == list_of(noun)]

    def orders_of_groups(self, noun: str) -> list[tuple[Any, list[str]]]:
        """``by`` and ``orderBy`` of groups of which cursors are known, with these."""
        return [
            (self.orders[at], found)
            for at, found in self.known.items()
            if at[0] == f"groups of {list_of(noun)}"
        ]

    def cursors_of(self, noun: str, words: tuple[str, ...]) -> list[str]:
        """The cursors known of that noun's rows in that order."""
        return self.known.get((list_of(noun), words), [])


@dataclass(eq=False)
class Connection:
    """A list as it is asked for: everything is worked out from scratch, when it is selected."""

    view: View
    marks: Marks
    noun: str
    rows: Sequence[Row]
    default: Order
    arguments: Mapping[str, Any]

    @cached_property
    def found(self) -> list[Row]:
        where, asked = self.arguments.get("where"), self.arguments.get("search")
        return [
            row
            for row in self.rows
            if self.view.finds(self.noun, row, asked) and self.view.matches(self.noun, row, where)
        ]

    @cached_property
    def keys(self) -> list[Key]:
        asked, wanted = self.arguments.get("search"), self.arguments.get("orderBy")
        if asked is None or wanted:
            return self.view.keys(self.noun, wanted, self.default)
        ranks = self.view.tables.ranks
        return [
            leaf_key(lambda row: ranks[asked, row.id], "search", "DESC"),
            leaf_key(lambda row: row.id, "id", "DESC"),
        ]

    @cached_property
    def ordered(self) -> list[tuple[tuple[Any, ...], Row]]:
        return in_order(self.keys, self.found)

    def beyond(self, argument: str) -> list[bool] | None:
        """For each row in order, whether it stands behind (or before) the cursor; ``None`` without one."""
        cursor = self.arguments.get(argument)
        if cursor is None:
            return None
        mark = self.marks.mark(cursor)
        assert mark.noun == self.list
        assert mark.words == tuple(key.words for key in self.keys)
        sign = 1 if argument == "after" else -1
        return [compare_keys(self.keys, values, mark.values) * sign > 0 for values, _ in self.ordered]

    @cached_property
    def window(self) -> list[tuple[tuple[Any, ...], Row]]:
        """The rows between the cursors."""
        after, before = self.beyond("after"), self.beyond("before")
        return [
            one
            for index, one in enumerate(self.ordered)
            if (after is None or after[index]) and (before is None or before[index])
        ]

    @cached_property
    def page(self) -> list[tuple[tuple[Any, ...], Row]]:
        first, last = self.arguments.get("first"), self.arguments.get("last")
        if last is not None:
            return self.window[max(len(self.window) - last, 0) :]
        return self.window[: PAGE if first is None else first]

    def cursor(self, values: tuple[Any, ...]) -> str:
        mark = Mark(self.list, tuple(key.words for key in self.keys), values)
        return self.marks.text(mark, self.arguments.get("orderBy"))

    @property
    def list(self) -> str:
        """Which list its cursors belong to."""
        return list_of(self.noun)

    def page_info(self) -> dict[str, Any]:
        is_cut = len(self.page) < len(self.window)
        from_end = self.arguments.get("last") is not None
        after, before = self.beyond("after"), self.beyond("before")
        return {
            "hasNextPage": (is_cut and not from_end) or (before is not None and not all(before)),
            "hasPreviousPage": (is_cut and from_end) or (after is not None and not all(after)),
            "startCursor": self.cursor(self.page[0][0]) if self.page else None,
            "endCursor": self.cursor(self.page[-1][0]) if self.page else None,
        }


@dataclass(eq=False)
class Groups(Connection):
    """Groups as they are asked for: pages, cursors and orders as lists of rows have them."""

    @cached_property
    def grouping(self) -> Grouping:
        return Grouping(self.view, self.noun, self.rows, self.arguments["by"])

    @cached_property
    def found(self) -> list[Any]:
        having = self.arguments.get("having")
        return [group for group in self.grouping.groups if group.sums.holds(having)]

    @cached_property
    def keys(self) -> list[Key]:
        keys: list[Key] = []
        named: set[tuple[str, ...]] = set()
        for one in self.arguments.get("orderBy") or ():
            if "keys" not in one:
                words, direction = order_words(one)
                keys.append(leaf_key(lambda group, one=one: group.sums.ordered(one), words, direction))
                continue
            path, inner = [], one["keys"]
            while isinstance(inner, Mapping):
                ((name, inner),) = inner.items()
                path.append(name)
            named.add(tuple(path))
            keys.append(self._by(tuple(path), inner))
        return [*keys, *(self._by(key.path, "ASC") for key in self.grouping.keys if key.path not in named)]

    def _by(self, path: tuple[str, ...], direction: str) -> Key:
        at, key = next((at, key) for at, key in enumerate(self.grouping.keys) if key.path == path)
        return leaf_key(lambda group: group.values[at], f"keys.{key.words}", direction)

    def cursor(self, values: tuple[Any, ...]) -> str:
        mark = Mark(self.list, tuple(key.words for key in self.keys), values)
        return self.marks.text(mark, {"by": self.arguments["by"], "orderBy": self.arguments.get("orderBy")})

    @property
    def list(self) -> str:
        return f"groups of {list_of(self.noun)}"


def list_of(noun: str) -> str:
    """Kinds of offer stand in the list of offers."""
    return "Offer" if noun in ("Stay", "Service") else noun
