"""A customer of the demo, as those who sell to it know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from .cities import City

__all__ = ["Buyer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """What a customer's number says of it."""

    number: int
    id: UUID
    name: str
    is_company: bool
    email: str | None
    phone: str | None
    joined: datetime
    city: City
    address: str
