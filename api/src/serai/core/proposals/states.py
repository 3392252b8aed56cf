"""The life cycle of a proposal."""

from __future__ import annotations

from datetime import datetime

from serai.core.states import LifeCycle

from .models import Proposal
from .models import ProposalStatus as Status

LIFE = LifeCycle(
    "proposal",
    {
        Status.SUBMITTED: (Status.AWARDED, Status.WITHDRAWN, Status.CLOSED, Status.EXPIRED),
        # an awarded proposal is closed when its transaction is cancelled
        Status.AWARDED: (Status.CLOSED,),
        Status.WITHDRAWN: (),
        Status.EXPIRED: (),
        Status.CLOSED: (),
    },
)

STATUS_SQL = "case when status = 'SUBMITTED' and valid_until <= serai_now() then 'EXPIRED' else status end"
"""What a proposal's status reads: its time ends it, whether or not anybody has written that down."""


def state_at(proposal: Proposal, now: datetime) -> Status:
    """The state of a proposal at that instant: the same as ``STATUS_SQL``, for services."""
    if proposal.status is Status.SUBMITTED and proposal.valid_until <= now:
        return Status.EXPIRED
    return proposal.status
