"""Language tags (BCP 47) and texts in several languages: which of them somebody is to read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .questions import LocalText

TAG = re.compile(
    r"(?P<language>[a-z]{2,3}|[a-z]{5,8})"
    r"(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(-(?P<rest>([a-z0-9]{5,8}|[0-9][a-z0-9]{3})(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*))?",
    re.IGNORECASE,
)


def canonical(tag: str) -> str | None:
    """The tag as BCP 47 recommends to write it (``zh-hans-cn`` as ``zh-Hans-CN``); ``None`` if it is none.

    Language, script, region and variants are understood, extensions and private use are not.
    """
    found = TAG.fullmatch(tag)
    if found is None:
        return None
    parts = (
        found["language"].lower(),
        (found["script"] or "").title(),
        (found["region"] or "").upper(),
        (found["rest"] or "").lower(),
    )
    return "-".join(filter(None, parts))


def text_in(locale: str | None, default: str, texts: Sequence[LocalText]) -> str:
    """The text for somebody who reads ``locale``: in that language, in a wider one (RFC 4647, lookup), in another
    variety of the same one, or the default."""
    tag = canonical(locale) if locale else None
    if tag is None:
        return default
    known = {one.locale: one.text for one in texts}
    subtags = tag.split("-")
    for length in range(len(subtags), 0, -1):
        found = known.get("-".join(subtags[:length]))
        if found is not None:
            return found
    varieties = (one.text for one in texts if one.locale.split("-")[0] == subtags[0])
    return next(varieties, default)
