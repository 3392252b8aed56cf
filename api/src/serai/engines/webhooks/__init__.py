"""Webhooks: deliveries of what happens to addresses that others have chosen, kept off the platform's own network."""

from .addresses import Forbidden, Policy, Target
from .caller import Answer, Caller, Unanswered
from .dispatch import Dispatcher
from .places import Owner, Place, Unreadable
from .sending import Pace
from .signatures import Malformed, headers, new_secret

__all__ = [
    "Answer",
    "Caller",
    "Dispatcher",
    "Forbidden",
    "Malformed",
    "Owner",
    "Pace",
    "Place",
    "Policy",
    "Target",
    "Unanswered",
    "Unreadable",
    "headers",
    "new_secret",
]
