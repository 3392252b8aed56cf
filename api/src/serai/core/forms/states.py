"""The life cycle of a form."""

from __future__ import annotations

from serai.core.states import LifeCycle

from .models import FormStatus as Status

LIFE = LifeCycle("form", {Status.ACTIVE: (Status.ARCHIVED,), Status.ARCHIVED: (Status.ACTIVE,)})
