"""Rules of root fields, which are about the viewer alone, decided in Python before anything is run."""

from __future__ import annotations

from serai_sdk import Forbidden
from serai_sdk.access import ActsAs, AllOf, AnyOf, Anyone, HasPermission, Not, Rule
from serai_sdk.context import Viewer

__all__ = ["holds", "permit"]


def permit(rule: Rule | None, viewer: Viewer) -> None:
    """Raise ``Forbidden``, saying what it takes, unless the rule holds for the viewer."""
    if rule is not None and not holds(rule, viewer):
        if viewer.kind == "anonymous":
            raise Forbidden("You have to sign in for this.", hint="send a bearer token")
        raise Forbidden("You may not do this.", hint=f"it takes {_needed(rule)}")


def holds(rule: Rule, viewer: Viewer) -> bool:
    """A rule that is about the viewer alone, decided in Python."""
    match rule:
        case Anyone():
            return True
        case HasPermission(name):
            return viewer.kind == "system" or name in viewer.permissions
        case ActsAs(kinds):
            return viewer.kind in kinds or viewer.kind == "system"
        case AllOf(parts):
            return all(holds(part, viewer) for part in parts)
        case AnyOf(parts):
            return any(holds(part, viewer) for part in parts)
        case Not(part):
            return not holds(part, viewer)
    raise TypeError(f"{rule!r} is about rows; a root field's rule is about the viewer alone")


def _needed(rule: Rule) -> str:
    match rule:
        case HasPermission(name):
            return f"the permission {name}"
        case ActsAs(kinds):
            return f"acting as {' or '.join(kinds)}"
        case AllOf(parts):
            return " and ".join(_needed(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_needed(part) for part in parts)
        case _:
            return "other rights"
