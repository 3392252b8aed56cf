"""Which form an answer takes: the ``Accept`` header (RFC 9110) against what ``/graphql`` can give."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

__all__ = ["GRAPHQL", "HTML", "JSON", "MediaType", "preferred"]

MediaType = Literal["application/json", "application/graphql-response+json", "text/html"]
JSON: MediaType = "application/json"
GRAPHQL: MediaType = "application/graphql-response+json"
HTML: MediaType = "text/html"

MAX_LENGTH = 1024


@lru_cache(maxsize=512)
def preferred(accept: str, offered: tuple[MediaType, ...]) -> MediaType | None:
    """The one of ``offered`` the caller likes best (earlier ones win ties); ``None`` if it takes none."""
    if len(accept) > MAX_LENGTH:
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best: MediaType | None = None
    best_rank = (0.0, 0, 0)
    for media in offered:
        matches = [
            (specificity, quality, -place)
            for place, (pattern, quality) in enumerate(ranges)
            if (specificity := _specificity(pattern, media))
        ]
        if not matches:
            continue
        specificity, quality, place = max(matches)
        # Between equals the one that is named wins over a wildcard, then the one named first.
        rank = (quality, specificity, place if specificity == 3 else -len(ranges))
        if quality > 0 and (best is None or rank > best_rank):
            best, best_rank = media, rank
    return best


def _range(part: str) -> tuple[str, float]:
    pattern, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return pattern, 0.0
            return pattern, quality if 0 <= quality <= 1 else 0.0
    return pattern, 1.0


def _specificity(pattern: str, media: str) -> int:
    if pattern == media:
        return 3
    if pattern == f"{media.partition('/')[0]}/*":
        return 2
    return 1 if pattern == "*/*" else 0
