"""What webhooks work on: the database, the graph as their owners see it, and who these are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from serai_sdk import Viewer

__all__ = ["Owner", "Place", "Unreadable"]


class Unreadable(Exception):
    """The graph cannot be asked right now; it may be in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who registered a webhook: a provider, a member of the staff or an app, by the one id that is there."""

    provider_id: UUID | None = None
    staff_id: UUID | None = None
    principal_id: UUID | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Owner:
        """That of a row of the table."""
        return cls(provider_id=row["provider_id"], staff_id=row["staff_id"], principal_id=row["principal_id"])


class Place(Protocol):
    """What deliveries are made on."""

    async def fetch(self, statement: str, *values: Any) -> list[Mapping[str, Any]]:
        """One statement in a transaction of its own."""

    async def viewer(self, owner: Owner) -> Viewer | None:
        """The owner with the rights it has now; none if it may not act."""

    async def visible(self, viewer: Viewer, events: Collection[UUID]) -> set[UUID]:
        """Which of these events, 500 at most, the viewer may see."""

    async def answer(self, query: str, variables: Mapping[str, Any], viewer: Viewer) -> bytes:
        """What the graph answers: JSON with ``data``, ``errors`` or both; ``Unreadable``."""
