"""Names of types of events that somebody asks for: those that never happen are refused."""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import Any

from .errors import GraphRequestError

__all__ = ["check_types", "checking"]


def check_types(wanted: Collection[str], known: Collection[str], *, groups: bool = True) -> None:
    """``GraphRequestError`` for what is no type of event; ``demand.*`` is a group of them, where groups are asked."""
    for one in wanted:
        is_group = groups and one.endswith(".*") and any(name.startswith(one[:-1]) for name in known)
        if one in known or is_group:
            continue
        prefixes = {f"{name.partition('.')[0]}.*" for name in known} if groups else set()
        close = get_close_matches(one, [*known, *prefixes], n=1)
        raise GraphRequestError(
            f"there is no type of event {one[:80]!r}",
            hint=f"did you mean {close[0]!r}?" if close else "`eventTypes` names those there are",
        )


def checking(encode: Callable[[Any], Any] | None, known: Collection[str]) -> Callable[[Any], Any]:
    """What encodes a value after it was looked through: names, or a list of them."""

    def encoded(value: Any) -> Any:
        if isinstance(value, list):
            check_types([one for one in value if isinstance(one, str)], known, groups=False)
        return encode(value) if encode is not None else value

    return encoded
