"""Who asks: a principal acting as one kind of viewer, nobody in particular, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from serai_sdk.access import ViewerKind

__all__ = ["ACTING_KINDS", "ANONYMOUS", "SYSTEM", "Acting", "Viewer"]

ACTING_KINDS: tuple[ViewerKind, ...] = ("customer", "provider", "staff", "app")
"""What a token can make of somebody; nobody signs in as anonymous or as the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """What a token says somebody acts as: which customer, member of a provider, member of the staff, or app.

    ``id`` is that of the row which says they may: for a provider its member, not the provider, so that a
    member who leaves is out. ``principal_id`` is whose that row was when the token was made.
    """

    kind: ViewerKind
    id: UUID
    principal_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A viewer as the SDK's protocol describes it; hashable, so that plans can be kept by it."""

    kind: ViewerKind
    principal_id: UUID | None = None
    customer_id: UUID | None = None
    provider_id: UUID | None = None
    staff_id: UUID | None = None
    permissions: frozenset[str] = frozenset()


ANONYMOUS = Viewer(kind="anonymous")
"""Whoever sends no token."""

SYSTEM = Viewer(kind="system")
"""Serai itself: services and demo data; never made from a token."""
