"""The life cycle of a demand."""

from __future__ import annotations

from serai.core.states import LifeCycle

from .models import DemandStatus as Status

LIFE = LifeCycle(
    "demand",
    {
        Status.OPEN: (Status.PROPOSED, Status.AWARDED, Status.CANCELLED, Status.LAPSED),
        Status.PROPOSED: (Status.AWARDED, Status.CANCELLED, Status.LAPSED),
        # an awarded demand is opened again when its transaction is cancelled
        Status.AWARDED: (Status.FULFILLED, Status.OPEN),
        Status.FULFILLED: (),
        Status.CANCELLED: (),
        Status.LAPSED: (),
    },
)

SEEKING = (Status.OPEN, Status.PROPOSED)
"""Still looking for a provider: what the providers that serve its scenario may see."""
