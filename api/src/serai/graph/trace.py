"""What an execution sent to the database, for ``serai explain`` and ``extensions.plan``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from serai.storage.pool import Pool
from serai.storage.query_plans import read_query_plan

__all__ = ["Sent", "Trace"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement: for which root field, its text and arguments, how long it took, and what is amiss with it."""

    field: str
    sql: str
    arguments: tuple[Any, ...]
    milliseconds: float
    findings: tuple[str, ...] = ()


@dataclass(slots=True)
class Trace:
    """Statements in the order in which they were answered; ``is_explained`` asks what is amiss with them, too."""

    statements: list[Sent] = field(default_factory=list)
    is_explained: bool = False

    def sent(self, key: str, sql: str, arguments: list[Any], took_s: float) -> None:
        """Note a statement that was answered after so many seconds."""
        self.statements.append(Sent(key, sql, tuple(arguments), round(took_s * 1000, 3)))

    async def explain(self, pool: Pool) -> None:
        """Asks PostgreSQL how it answers each statement, without running it once more."""
        async with pool.acquire() as connection:
            for place, one in enumerate(self.statements):
                plan = await read_query_plan(connection, one.sql, one.arguments, analyze=False)
                self.statements[place] = replace(one, findings=plan.findings)

    @property
    def fields(self) -> list[dict[str, Any]]:
        """As ``extensions.plan`` shows it; arguments are counted, not shown."""
        return [
            {
                "field": one.field,
                "sql": one.sql,
                "parameters": len(one.arguments),
                "milliseconds": one.milliseconds,
                "findings": one.findings,
            }
            for one in self.statements
        ]
