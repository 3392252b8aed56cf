"""Listeners: what a plug-in does when something has happened, after the change that did it, in a change of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from .context import CallCtx
from .declare import Origin, caller
from .errors import DeclarationError
from .jobs import NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event as a listener is told of it: what is in the feed at ``position``."""

    id: UUID
    position: int
    type: str
    type_version: int
    aggregate: UUID
    """To what it happened: its key in its table."""
    aggregate_id: str | None
    """The same, as the graph tells it."""
    aggregate_version: int
    payload: Mapping[str, Any]
    at: datetime
    attempt: int
    """Which attempt this is: 1 for the first."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What ``handler`` does about each event of the types ``events`` (``demand.*`` for all that begin so).

    The handler runs as the system, in a change of its own: what it changes by ``ctx``, and that this event is done, are
    committed together. So whatever it changes happens once, though it may be called more than once; what it does
    elsewhere may happen twice. Of one aggregate it is told in the order in which things happened, the next when the one
    before is done or given up.

    What raises, or takes longer than ``deadline``, is undone and tried ``attempts`` times in all, after pauses that
    double from ``pause`` on; then operators see it, and may have it tried again. Under its ``name``,
    ``<plug-in's id>.<what>``, its place in the feed is kept: it begins with what happens once it was first loaded.
    """

    name: str
    handler: Callable[[CallCtx, Happened], Awaitable[None]]
    _: KW_ONLY
    events: Sequence[str]
    description: str
    attempts: int = 10
    pause: timedelta = timedelta(seconds=5)
    deadline: timedelta = timedelta(seconds=30)
    origin: Origin = field(default_factory=caller)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise DeclarationError(
                f"a listener cannot be called {self.name!r}",
                hint="call it <plug-in's id>.<what>, such as booking.remind",
            )
        if not self.events or isinstance(self.events, str):
            raise DeclarationError(
                f"the listener {self.name} names no events", hint='name them: events=("demand.opened",)'
            )
        if self.attempts < 1 or self.deadline <= timedelta() or self.pause < timedelta():
            raise DeclarationError(
                f"the listener {self.name} has attempts={self.attempts}, deadline={self.deadline}, pause={self.pause}",
                hint="it is tried once at least, for some time",
            )
