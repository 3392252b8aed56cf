"""The life cycle of a transaction."""

from __future__ import annotations

from serai.core.states import LifeCycle

from .models import TransactionStatus as Status

LIFE = LifeCycle(
    "transaction",
    {
        Status.PLACED: (Status.CONFIRMED, Status.CANCELLED),
        Status.CONFIRMED: (Status.FULFILLED, Status.CANCELLED),
        Status.FULFILLED: (),
        Status.CANCELLED: (),
    },
)

LIVE = (Status.PLACED, Status.CONFIRMED)
"""Agreed and not yet over: provider and customer have to reach each other."""
