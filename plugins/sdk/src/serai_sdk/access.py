"""Access rules: who may see a row or a field, as data that the planner compiles into every statement.

A rule is built from a few words and combined with ``&``, ``|`` and ``~``::

    permission("customers:read") | own("id", viewer="customer_id")

Rules are two-valued: what is neither true nor false in SQL (a NULL) counts as false, also under ``~``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

ViewerAttribute = Literal["principal_id", "customer_id", "provider_id", "staff_id"]
ViewerKind = Literal["anonymous", "customer", "provider", "staff", "app", "system"]

VIEWER_ATTRIBUTES: tuple[ViewerAttribute, ...] = ("principal_id", "customer_id", "provider_id", "staff_id")


@dataclass(frozen=True, slots=True)
class Rule:
    """An access rule; make one with the functions of this module."""

    def __and__(self, other: Rule) -> Rule:
        return AllOf((self, other))

    def __or__(self, other: Rule) -> Rule:
        return AnyOf((self, other))

    def __invert__(self) -> Rule:
        return Not(self)


@dataclass(frozen=True, slots=True)
class Anyone(Rule):
    """True for everybody, signed in or not."""


@dataclass(frozen=True, slots=True)
class HasPermission(Rule):
    """True if the viewer holds the permission."""

    name: str


@dataclass(frozen=True, slots=True)
class ActsAs(Rule):
    """True if the viewer acts as one of these kinds."""

    kinds: tuple[ViewerKind, ...]


@dataclass(frozen=True, slots=True)
class Own(Rule):
    """True if the column equals the viewer's attribute."""

    column: str
    viewer: ViewerAttribute


@dataclass(frozen=True, slots=True)
class Via(Rule):
    """True if a row at the far end of the link is visible, by the far entity's rule or by the one given."""

    link: str
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class When(Rule):
    """True if the column has one of the values (``None`` stands for NULL)."""

    column: str
    values: tuple[str | int | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Until(Rule):
    """True while the instant in the column has not come, or where there is none."""

    column: str


@dataclass(frozen=True, slots=True)
class AllOf(Rule):
    """True if all parts are."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Rule):
    """True if any part is."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not(Rule):
    """True if the part is not."""

    part: Rule


def anyone() -> Rule:
    """Everybody, signed in or not."""
    return Anyone()


def permission(name: str) -> Rule:
    """Whoever holds the permission, written ``noun:verb`` (a plug-in's: ``id:verb``)."""
    if name.count(":") != 1 or not all(name.split(":")):
        raise ValueError(f"permission {name!r} is not of the form 'noun:verb'")
    return HasPermission(name)


def acting(*kinds: ViewerKind) -> Rule:
    """Whoever acts as one of these kinds of viewer."""
    if not kinds:
        raise ValueError("acting() needs at least one kind of viewer")
    return ActsAs(kinds)


def own(column: str, *, viewer: ViewerAttribute | None = None) -> Rule:
    """Whoever the column names: it equals the viewer's attribute (by default the one of the column's name)."""
    attribute = viewer or column
    if attribute not in VIEWER_ATTRIBUTES:
        raise ValueError(
            f"own({column!r}): no viewer attribute {attribute!r}; give viewer= one of {', '.join(VIEWER_ATTRIBUTES)}"
        )
    return Own(column, attribute)


def via(link: str, rule: Rule | None = None) -> Rule:
    """Visible if what the link reaches is; with ``rule``, if a linked row satisfies that rule instead of its own."""
    return Via(link, rule)


def when(column: str, *values: str | int | bool | Enum | None) -> Rule:
    """Rows whose column has one of the values; ``None`` stands for NULL."""
    if not values:
        raise ValueError(f"when({column!r}) needs at least one value")
    return When(column, tuple(value.value if isinstance(value, Enum) else value for value in values))


def until(column: str) -> Rule:
    """Rows whose instant in the column has not come by the platform's time, or that have none."""
    return Until(column)
