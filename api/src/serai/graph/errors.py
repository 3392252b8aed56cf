"""What can go wrong while a document is planned or executed, with the code the caller sees."""

from __future__ import annotations

from collections.abc import Mapping

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


class FieldTimeout(GraphRequestError):
    """A plug-in's field took longer than it may."""

    code = "FIELD_TIMEOUT"


class InvalidId(GraphRequestError):
    """An id is malformed or of another type than asked for."""

    code = "INVALID_ID"


class PluginAbsent(GraphRequestError):
    """The id is of a type whose plug-in is not loaded."""

    code = "PLUGIN_ABSENT"


def unknown_prefix(prefix: str, absent: Mapping[str, str]) -> GraphRequestError:
    """What to say of ids of no type here; ``absent`` has the plug-ins that prefixes of ids belong to."""
    plugin = absent.get(prefix)
    if plugin is None:
        return InvalidId(
            f"no type here has ids that begin with {prefix}_", hint="pass an id as the graph gave it out"
        )
    return PluginAbsent(
        f"ids that begin with {prefix}_ belong to the plug-in {plugin}, which is not loaded",
        hint=f"install and enable {plugin}",
        data={"plugin": plugin},
    )


def unknown_kind() -> GraphRequestError:
    """What to say of a row of an interface whose kind nobody here declares."""
    return PluginAbsent(
        "this row's kind belongs to a plug-in that is not loaded", hint="install and enable the plug-in"
    )
