"""What Serai asks of a plug-in: numbered checks, each with a page, and the tier that follows from those that hold."""

from .check import CHECKS, Check, Finding, Result, State, Tier, Verdict, tier_of
from .overseeing import all_checks, check_ids, look_at
from .project import BadProject, staged
from .scratch import scratch_database
from .subject import Subject

__all__ = [
    "CHECKS",
    "BadProject",
    "Check",
    "Finding",
    "Result",
    "State",
    "Subject",
    "Tier",
    "Verdict",
    "all_checks",
    "check_ids",
    "look_at",
    "scratch_database",
    "staged",
    "tier_of",
]
