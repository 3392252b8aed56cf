"""Loading: which plug-ins there are, which fit, what each contributes, and what stands in the way of a start."""

from .discover import CORE, Found, discover
from .errors import StartRefused
from .load import examine, load
from .report import Loaded, LoadReport, Records, State

__all__ = [
    "CORE",
    "Found",
    "LoadReport",
    "Loaded",
    "Records",
    "StartRefused",
    "State",
    "discover",
    "examine",
    "load",
]
