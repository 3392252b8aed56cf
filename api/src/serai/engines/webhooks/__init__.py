"""Webhooks: what is signed, and calls to addresses that others have chosen, kept off the platform's own network."""

from .addresses import Forbidden, Policy, Target
from .caller import Answer, Caller, Unanswered
from .signatures import Malformed, headers, new_secret

__all__ = [
    "Answer",
    "Caller",
    "Forbidden",
    "Malformed",
    "Policy",
    "Target",
    "Unanswered",
    "headers",
    "new_secret",
]
