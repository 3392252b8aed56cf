"""The life cycle of a provider."""

from __future__ import annotations

from serai.core.states import LifeCycle

from .models import ProviderStatus as Status

LIFE = LifeCycle(
    "provider",
    {
        Status.APPLIED: (Status.IN_REVIEW, Status.APPROVED, Status.REJECTED, Status.LEFT),
        Status.IN_REVIEW: (Status.APPROVED, Status.REJECTED, Status.LEFT),
        Status.APPROVED: (Status.SUSPENDED, Status.LEFT),
        Status.SUSPENDED: (Status.APPROVED, Status.LEFT),
        Status.REJECTED: (Status.IN_REVIEW,),
        Status.LEFT: (),
    },
)
