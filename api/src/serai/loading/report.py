"""What came of loading: one line a plug-in, and what the ready ones contribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from serai.core.customers.contributions import Source
from serai.graph.findings import Problem
from serai.graph.registry import Registry
from serai_sdk import (
    Command,
    Demo,
    EventType,
    FollowUp,
    Graph,
    Job,
    Listener,
    Permission,
    Plugin,
    Settings,
    Storage,
)

State = Literal["disabled", "incompatible", "broken", "waiting", "ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What a plug-in's hooks returned, each record stamped with its origin."""

    graph: tuple[Graph, ...] = ()
    storage: tuple[Storage, ...] = ()
    permissions: tuple[Permission, ...] = ()
    events: tuple[EventType, ...] = ()
    demo: tuple[Demo, ...] = ()
    commands: tuple[Command, ...] = ()
    jobs: tuple[Job, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A plug-in and what came of it; records are kept of ready ones only."""

    id: str
    title: str
    version: str
    distribution: str
    state: State
    is_required: bool
    import_ms: float = 0.0
    problems: tuple[Problem, ...] = ()
    plugin: Plugin | None = None
    settings: Settings | None = None
    records: Records = field(default_factory=Records)

    @property
    def reason(self) -> str | None:
        """Why it is not ready; ``None`` if it is."""
        if not self.problems:
            return "not selected by the settings" if self.state == "disabled" else None
        more = len(self.problems) - 1
        return self.problems[0].message + (f" (and {more} more)" if more else "")

    @property
    def hint(self) -> str | None:
        """What to do about it."""
        return self.problems[0].hint if self.problems else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """All plug-ins, those that are ready first, in the order of their dependencies; registry and timelines of these."""

    plugins: Sequence[Loaded]
    registry: Registry
    timelines: Sequence[Source] = ()

    @property
    def ready(self) -> list[Loaded]:
        """Those that are part of this process, the core first, each after what it requires."""
        return [one for one in self.plugins if one.state == "ready"]

    @property
    def declared(self) -> dict[str, tuple[type[Settings], Settings | None]]:
        """The classes of settings by plug-in, with their values where they are right."""
        return {
            one.id: (one.plugin.settings, one.settings)
            for one in self.plugins
            if one.plugin is not None and one.plugin.settings is not None
        }

    @property
    def failed(self) -> list[Loaded]:
        """Those that a start may not do without, and that are not ready."""
        return [one for one in self.plugins if one.is_required and one.state != "ready"]

    def plugin(self, id: str) -> Loaded | None:
        """The plug-in of that id."""
        return next((one for one in self.plugins if one.id == id), None)
