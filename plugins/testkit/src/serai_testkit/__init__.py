"""Fixtures and checks for whoever writes plug-ins of Serai."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Composing is slow to import, and pytest imports this package wherever it is installed: names come when asked for.
if TYPE_CHECKING:
    from .conformance import Conformance
    from .house import House
    from .pytest_plugin import CloneDatabase, MoveClock, TemplateDatabase
    from .viewers import ANONYMOUS, SYSTEM, Viewer, as_customer, as_provider, as_staff

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "CloneDatabase",
    "Conformance",
    "House",
    "MoveClock",
    "TemplateDatabase",
    "Viewer",
    "as_customer",
    "as_provider",
    "as_staff",
]

PLACES = {
    "conformance": ("Conformance",),
    "house": ("House",),
    "pytest_plugin": ("CloneDatabase", "MoveClock", "TemplateDatabase"),
    "viewers": ("ANONYMOUS", "SYSTEM", "Viewer", "as_customer", "as_provider", "as_staff"),
}


def __getattr__(name: str) -> Any:
    for module, names in PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
