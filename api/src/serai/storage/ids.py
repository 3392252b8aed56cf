"""New ids: version 7 UUIDs of RFC 9562, ordered by the time they were made."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

__all__ = ["new_id"]


def new_id() -> UUID:
    """A new id; ids made later in one process sort after earlier ones."""
    return uuid7()
