"""The few headers of a request that matter here, read in one pass."""

from __future__ import annotations

from starlette.types import Scope

__all__ = ["Headers"]


class Headers:
    """Headers by lower-case name; one that comes twice is joined by commas, as RFC 9110 has it."""

    __slots__ = ("_values",)

    def __init__(self, scope: Scope) -> None:
        values: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            values[name] = values[name] + b", " + value if name in values else value
        self._values = values

    def get(self, name: bytes) -> str | None:
        """The header's value, or ``None``."""
        value = self._values.get(name)
        return None if value is None else value.decode("latin-1")

    def has(self, name: bytes) -> bool:
        """Whether the header was sent, with whatever value."""
        return name in self._values
