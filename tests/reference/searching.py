"""What rows a user's words find, worked out row by row; stems alone are PostgreSQL's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "Scenario": ("name", "description", "success"),
    "Provider": ("name", "description"),
    "Offer": ("title", "description"),
    "Service": ("title", "description"),
    "Stay": ("title", "description"),
    "Customer": ("name", "email", "phone", "phone_e164"),
    "Demand": ("note",),
    "Transaction": ("number",),
}
"""The columns each noun is searched by."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
RUN = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+")
PARTICLES = "的の"
LETTERS, WORDS, LONGEST = 200, 16, 64


def words(text: str) -> list[str]:
    """The words of a text; writing without spaces in runs."""
    plain = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text))
    return RUN.findall(unicodedata.normalize("NFKC", plain).lower().replace("ς", "σ"))


def is_unspaced(word: str) -> bool:
    return re.match(f"[{UNSPACED}]", word) is not None


@dataclass(slots=True)
class Stems:
    """The stems of words, as PostgreSQL finds them; of a word that everybody uses ``None``."""

    known: dict[str, str | None] = field(default_factory=dict)

    def kept(self, texts: Iterable[str]) -> tuple[set[str], list[str]]:
        """What a row's texts are found by: words, stems and letters; and its runs as they are."""
        found: set[str] = set()
        runs = [word for text in texts for word in words(text)]
        for word in runs:
            if is_unspaced(word):
                found |= {one + other for one, other in pairwise(word)} | {word[-1]}
            else:
                found |= {word[:LONGEST], self.known[word[:LONGEST]] or word[:LONGEST]}
        return found, runs

    def finds(self, asked: str, texts: Sequence[str]) -> bool:
        """Whether the words are all in the texts."""
        wanted = [word[:LONGEST] for word in words(asked[:LETTERS])[:WORDS]]
        there, runs = self.kept(texts)
        tests = [
            self._is_there(word, there, is_last=place == len(wanted)) for place, word in enumerate(wanted, 1)
        ]
        if any(one is not None for one in tests):
            return all(one is not False for one in tests)
        return bool(wanted) and all(any(word in run for run in runs) for word in wanted)

    def _is_there(self, word: str, there: set[str], *, is_last: bool) -> bool | None:
        """``None``: of no account."""
        if not is_unspaced(word):
            stem = self.known[word]
            if is_last:
                return any(one.startswith(word) for one in there) or stem in there
            return None if stem is None else word in there or stem in there
        if len(word) == 1:
            return any(one.startswith(word) for one in there)
        pairs = [one + other for one, other in pairwise(word)]
        counted = [not set(pair) & set(PARTICLES) for pair in pairs]
        if not any(counted):
            return None
        return all(
            pair in there
            or (_beside(place, -1, pairs, counted, there) and _beside(place, 1, pairs, counted, there))
            for place, pair in enumerate(pairs)
            if counted[place]
        )


def _beside(place: int, step: int, pairs: Sequence[str], counted: Sequence[bool], there: set[str]) -> bool:
    at = place + step
    return 0 <= at < len(pairs) and counted[at] and pairs[at] in there
