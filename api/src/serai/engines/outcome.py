"""What a change leads to: ids of what it concerns, or errors the user can mend; never personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from serai_sdk import UserError, UserErrors

Reference: TypeAlias = UUID | Sequence[UUID] | None
"""What a field of a payload refers to: a row, several, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a mutation; ``replayed`` if it is that of an earlier request under the same key."""

    payload: Mapping[str, Reference] = field(default_factory=dict)
    user_errors: tuple[UserError, ...] = ()
    replayed: bool = False

    @classmethod
    def refused(cls, error: UserError | UserErrors) -> Outcome:
        """The outcome of a mutation that ended with errors the user can mend."""
        return cls(user_errors=error.errors if isinstance(error, UserErrors) else (error,))

    def to_json(self) -> str:
        """As it is stored."""
        errors = [
            {"code": one.code, "message": str(one), "field": list(one.field) if one.field else None}
            for one in self.user_errors
        ]
        return orjson.dumps({"payload": dict(self.payload), "userErrors": errors}, default=list).decode()

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """What was stored, as a replay."""
        stored = orjson.loads(text)
        return cls(
            payload={name: _reference(one) for name, one in stored["payload"].items()},
            user_errors=tuple(
                UserError(one["code"], one["message"], field=one["field"]) for one in stored["userErrors"]
            ),
            replayed=True,
        )


def _reference(stored: Any) -> Reference:
    if stored is None:
        return None
    if isinstance(stored, list):
        return [UUID(one) for one in stored]
    return UUID(stored)
