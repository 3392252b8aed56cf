"""What an execution sent to the database, for ``serai explain`` and ``extensions.plan``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Sent", "Trace"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement: for which root field, its text and arguments, and how long it took."""

    field: str
    sql: str
    arguments: tuple[Any, ...]
    milliseconds: float


@dataclass(slots=True)
class Trace:
    """Statements in the order in which they were answered."""

    statements: list[Sent] = field(default_factory=list)

    def sent(self, key: str, sql: str, arguments: list[Any], took_s: float) -> None:
        """Note a statement that was answered after so many seconds."""
        self.statements.append(Sent(key, sql, tuple(arguments), round(took_s * 1000, 3)))

    @property
    def fields(self) -> list[dict[str, Any]]:
        """As ``extensions.plan`` shows it; arguments are counted, not shown."""
        return [
            {
                "field": one.field,
                "sql": one.sql,
                "parameters": len(one.arguments),
                "milliseconds": one.milliseconds,
            }
            for one in self.statements
        ]
