"""Who asks in a test."""

from __future__ import annotations

from uuid import UUID, uuid4

from serai.viewers import ANONYMOUS, SYSTEM, Viewer

__all__ = ["ANONYMOUS", "SYSTEM", "Viewer", "as_customer", "as_provider", "as_staff"]


def as_customer(id: UUID) -> Viewer:
    """The customer with that key."""
    return Viewer(kind="customer", customer_id=id)


def as_provider(id: UUID) -> Viewer:
    """A member of the provider with that key."""
    return Viewer(kind="provider", provider_id=id)


def as_staff(*permissions: str) -> Viewer:
    """One of the staff with these permissions and no others: what they imply is named too."""
    return Viewer(kind="staff", staff_id=uuid4(), permissions=frozenset(permissions))
