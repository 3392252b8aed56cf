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
class ItemOutcome:
    """The outcome of one item of a bulk."""

    payload: Mapping[str, Reference] = field(default_factory=dict)
    user_errors: tuple[UserError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a mutation, of a bulk with that of each item; ``replayed`` if it is that of an earlier request."""

    payload: Mapping[str, Reference] = field(default_factory=dict)
    user_errors: tuple[UserError, ...] = ()
    replayed: bool = False
    results: tuple[ItemOutcome, ...] = ()

    @classmethod
    def refused(cls, error: UserError | UserErrors) -> Outcome:
        """The outcome of a mutation that ended with errors the user can mend."""
        errors = error.errors if isinstance(error, UserErrors) else (error,)
        return cls(user_errors=errors, results=getattr(error, "results", ()))

    def to_json(self) -> str:
        """As it is stored."""
        stored = _stored(self.payload, self.user_errors)
        if self.results:
            stored["results"] = [_stored(one.payload, one.user_errors) for one in self.results]
        return orjson.dumps(stored, default=list).decode()

    @classmethod
    def from_json(cls, text: str) -> Outcome:
        """What was stored, as a replay."""
        stored = orjson.loads(text)
        return cls(
            **_read(stored),
            replayed=True,
            results=tuple(ItemOutcome(**_read(one)) for one in stored.get("results", ())),
        )


def _stored(payload: Mapping[str, Reference], errors: Sequence[UserError]) -> dict[str, Any]:
    return {
        "payload": dict(payload),
        "userErrors": [
            {
                "code": one.code,
                "message": str(one),
                "field": list(one.field) if one.field else None,
                **({} if one.current_version is None else {"currentVersion": one.current_version}),
            }
            for one in errors
        ],
    }


def _read(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "payload": {name: _reference(one) for name, one in stored["payload"].items()},
        "user_errors": tuple(
            UserError(
                one["code"], one["message"], field=one["field"], current_version=one.get("currentVersion")
            )
            for one in stored["userErrors"]
        ),
    }


def _reference(stored: Any) -> Reference:
    if stored is None:
        return None
    if isinstance(stored, list):
        return [UUID(one) for one in stored]
    return UUID(stored)
