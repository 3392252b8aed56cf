"""Who asks: a principal acting as one kind of viewer, nobody in particular, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from serai_sdk.access import ViewerKind

__all__ = ["ANONYMOUS", "SYSTEM", "Viewer"]


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
