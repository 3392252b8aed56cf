"""What a plug-in may raise, and what each does to the caller.

``UserError`` becomes an entry of the payload's ``userErrors``; a ``SafeError`` becomes a GraphQL error with its own
message; anything else is masked with an id and logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class SdkError(Exception):
    """Anything raised by or through the SDK: what happened, what to do about it, and what with."""

    def __init__(self, message: str, *, hint: str | None = None, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data = data or {}


class DeclarationError(SdkError):
    """A record or a graph declaration that cannot be right, found when it is made."""


class UserError(SdkError):
    """Something the user can mend: ends the mutation, changes nothing, comes back in ``userErrors``.

    ``code`` is one of the codes the mutation declares; ``field`` is the path of the input it concerns. Of a
    ``CONFLICT`` the caller is told the ``current_version`` of the row; see ``check_version``.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | Sequence[str] | None = None,
        current_version: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.current_version = current_version
        self.field: tuple[str, ...] | None = (
            (field,) if isinstance(field, str) else tuple(field) if field else None
        )


class Versioned(Protocol):
    """A row with a version."""

    version: int


def check_version(row: Versioned, expected: int | None, *, field: str = "expectedVersion") -> None:
    """Raise ``UserError`` code ``CONFLICT`` if the locked row is not at the version its caller has read.

    ``None`` expects nothing. Look first whether the caller may see the row: the error tells its version.
    """
    if expected is not None and row.version != expected:
        raise UserError(
            "CONFLICT",
            f"It is at version {row.version} now, not {expected}: read it again and decide again.",
            field=field,
            current_version=row.version,
        )


class UserErrors(SdkError):
    """Several user errors at once."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)


class SafeError(SdkError):
    """An error whose message may be shown to whoever asked; ``retriable`` if the same may succeed later."""

    code = "BAD_USER_INPUT"
    retriable = False


class Forbidden(SafeError):
    """The viewer may not do this."""

    code = "FORBIDDEN"


class NotFound(SafeError):
    """There is no such thing, or the viewer may not see it: the two are not told apart."""

    code = "NOT_FOUND"


class Conflict(SafeError):
    """Somebody else changed it meanwhile; read again and decide again."""

    code = "CONFLICT"
