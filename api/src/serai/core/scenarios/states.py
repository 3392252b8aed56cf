"""The life cycle of a scenario."""

from __future__ import annotations

from serai.core.states import LifeCycle

from .models import ScenarioStatus as Status

LIFE = LifeCycle(
    "scenario",
    {
        Status.DRAFT: (Status.PUBLISHED, Status.ARCHIVED),
        Status.PUBLISHED: (Status.DRAFT, Status.ARCHIVED),
        Status.ARCHIVED: (Status.DRAFT,),
    },
)
