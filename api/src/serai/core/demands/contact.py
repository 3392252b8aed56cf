"""How to reach the person behind a demand."""

from __future__ import annotations

from serai_sdk import part, value


@value
class Contact:
    """Whom to reach about a demand, and where exactly."""

    name: str | None = part("The person to ask for.", personal=True)
    email: str | None = part("Where to write to.", personal=True)
    phone: str | None = part("Where to call.", personal=True)
    address: str | None = part("The exact address, where it is not for everybody.", personal=True)
