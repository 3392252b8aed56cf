"""The user errors every noun has, with the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from serai_sdk import CallCtx, Forbidden, UserError

NOT_FOUND = "There is no such thing, or it is not yours to see."
CONFLICT = "Somebody else changed it meanwhile; `currentVersion` is its version now."
ILLEGAL_STATE = "Its state does not allow that; the message lists the states it can go to."

COMMON = {"NOT_FOUND": NOT_FOUND, "CONFLICT": CONFLICT, "ILLEGAL_STATE": ILLEGAL_STATE}
"""Codes of mutations that change the state of something that is there."""


def not_found(noun: str, *, field: str | Sequence[str]) -> UserError:
    """It is not there, or not to be seen: the two are not told apart."""
    return UserError("NOT_FOUND", f"There is no such {noun}, or you may not see it.", field=field)


async def refuse(ctx: CallCtx, entity: str, id: UUID, *, field: str | Sequence[str] = "id") -> NoReturn:
    """The viewer may not do this to that row: say so if it may see the row, else that there is none."""
    if await ctx.can_see(entity, id):
        raise Forbidden(f"You may see this {entity.lower()}, but not do this to it.")
    raise not_found(entity.lower(), field=field)


def text(value: str, *, field: str, code: str = "INVALID") -> str:
    """The text without space around it; ``UserError`` if nothing is left."""
    stripped = value.strip()
    if not stripped:
        raise UserError(code, "This may not be empty.", field=field)
    return stripped


def optional_text(value: str | None) -> str | None:
    """The text without space around it, or ``None`` if nothing is left."""
    return (value or "").strip() or None
