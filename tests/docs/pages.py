"""The pages there are, and what is on them: fenced blocks in their order, and what the reader does besides.

The conventions are in `README.md` beside this file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

FENCE = re.compile(
    r"^(?P<ticks>`{3,})(?P<language>[\w+-]*)(?P<more>[^\n`]*)\n(?P<text>.*?)^(?P=ticks)$"
    r"|^<!-- reader: (?P<reader>[^\n]+) -->$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?://|mailto:)([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)

CHECKED = frozenset({"csv", "graphql", "json", "python", "sh", "toml", "yaml"})
"""Languages of blocks that are run, written or read."""
SHOWN = frozenset({"", "sql", "text"})
"""Drawings, and statements, which `tests/test_shape_of_the_sql.py` compares.

A `text` block that follows a block of commands is compared with what they print."""
WORDS = frozenset({"answer", "continued"})
NAMES = frozenset({"not-run", "title"})


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, or (``reader``) something that the reader is told to do."""

    page: Path
    line: int
    language: str
    text: str
    info: dict[str, str] = field(default_factory=dict)
    before: str = ""

    @property
    def is_output(self) -> bool:
        """Whether it is what the block before it prints: a paragraph may stand between, a heading may not."""
        between = self.before.strip()
        return self.language == "text" and "\n\n" not in between and not between.startswith("#")

    @property
    def place(self) -> str:
        """Where it is, to be found by an editor."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def said(self, what: str) -> str | None:
        """What a comment at its top says: `# as: operator`."""
        found = re.search(rf"^# {what}: (.+)$", self.text, re.MULTILINE)
        return found[1].strip() if found else None


def all_pages() -> Sequence[Path]:
    """The README, the documentation, and the READMEs of the distributions; the reference has pages of its own."""
    own = [path for path in ROOT.glob("*/**/README.md") if path.relative_to(ROOT).parts[0] in DISTRIBUTIONS]
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(own)]


DISTRIBUTIONS = ("api", "ecosystem", "plugins")


def blocks(page: Path) -> list[Block]:
    return list(_blocks(page))


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    end = 0
    for found in FENCE.finditer(text):
        before, end = text[end : found.start()], found.end()
        line = text.count("\n", 0, found.start()) + 1
        if found["reader"]:
            yield Block(page, line, "reader", found["reader"])
            continue
        words = shlex.split(found["more"])
        info = dict((*one.split("=", 1), "")[:2] for one in words)
        yield Block(page, line, found["language"], found["text"], info, before)


def links(page: Path) -> list[str]:
    """What a page refers to in this repository; not what looks like a link inside a block."""
    return LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """The names of its headings in a link."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", one).strip().lower().replace(" ", "-") for one in HEADING.findall(text)}
