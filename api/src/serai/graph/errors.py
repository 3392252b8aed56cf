"""What can go wrong while a document is planned or executed, with the code the caller sees."""

from __future__ import annotations

from serai.errors import SeraiError


class GraphRequestError(SeraiError):
    """Something in the request cannot be; its message may be shown to whoever asked."""

    code = "BAD_USER_INPUT"


class BadCursor(GraphRequestError):
    """A cursor is malformed, or belongs to another list or order."""

    code = "BAD_CURSOR"


class BudgetExceeded(GraphRequestError):
    """The operation could return more rows than one operation may."""

    code = "ROW_BUDGET_EXCEEDED"


class InvalidId(GraphRequestError):
    """An id is malformed or of another type than asked for."""

    code = "INVALID_ID"


class PluginAbsent(GraphRequestError):
    """The id is of a type whose plug-in is not loaded."""

    code = "PLUGIN_ABSENT"
