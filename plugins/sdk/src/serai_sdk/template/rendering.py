"""The files of a template with the author's names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from .names import Names

KINDS: Final = ("fields", "listener")
"""What a new plug-in may be an example of."""

SUFFIX: Final = ".txt"
OWN: Final = re.compile(r"acme-loyalty|acme_loyalty|loyalty|Loyalty|LOYALTY|\bloy(?=\b|_)|>=1\.0,<2|SUMMARY")
"""The names that stand in the template, and what is filled in."""


def render(names: Names, kind: str) -> dict[str, str]:
    """The texts of a new plug-in by their paths in its folder; ``kind`` is one of ``KINDS``."""
    root = files(__name__.rpartition(".")[0]) / "files"
    texts = dict(_texts(root / "all"), **dict(_texts(root / kind)))
    summary = texts.pop("summary").strip()
    words = {
        "acme-loyalty": names.distribution,
        "acme_loyalty": names.package,
        "loyalty": names.id,
        "Loyalty": names.type,
        "LOYALTY": names.id.upper(),
        "loy": names.prefix,
        ">=1.0,<2": _versions(),
        "SUMMARY": summary,
    }

    def filled(text: str) -> str:
        return OWN.sub(lambda found: words[found[0]], text)

    return {filled(path): filled(text) for path, text in sorted(texts.items())}


def _texts(folder: Traversable, path: str = "") -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _texts(one, f"{path}{one.name}/")
        elif one.name.endswith(SUFFIX):
            yield f"{path}{one.name.removesuffix(SUFFIX)}", one.read_text(encoding="utf-8")


def _versions() -> str:
    """What the plug-in is made for: this version of the SDK and those after it that promise the same."""
    major, minor = version("serai-sdk").split(".")[:2]
    return f">={major}.{minor},<{int(major) + 1}"
