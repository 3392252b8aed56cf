"""The life cycle of a demand."""

from __future__ import annotations

from datetime import datetime

from serai.core.states import LifeCycle

from .models import Demand
from .models import DemandStatus as Status

LIFE = LifeCycle(
    "demand",
    {
        Status.OPEN: (Status.PROPOSED, Status.AWARDED, Status.CANCELLED, Status.LAPSED),
        Status.PROPOSED: (Status.AWARDED, Status.CANCELLED, Status.LAPSED),
        # an awarded demand is opened again when its transaction is cancelled
        Status.AWARDED: (Status.FULFILLED, Status.OPEN),
        Status.FULFILLED: (),
        # with a new window
        Status.CANCELLED: (Status.OPEN,),
        Status.LAPSED: (Status.OPEN,),
    },
)

SEEKING = (Status.OPEN, Status.PROPOSED)
"""Still looking for a provider: what the providers that serve its scenario may see."""


STATUS_SQL = (
    "case when status in ('OPEN', 'PROPOSED') and window_end <= serai_now() then 'LAPSED' else status end"
)
"""What a demand's status reads: its window ends it, whether or not anybody has written that down."""


def state_at(demand: Demand, now: datetime) -> Status:
    """The state of a demand at that instant: the same as ``STATUS_SQL``, for services."""
    if demand.status in SEEKING and demand.window_end is not None and demand.window_end <= now:
        return Status.LAPSED
    return demand.status
