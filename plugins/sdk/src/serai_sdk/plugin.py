"""``Plugin``: the class a plug-in's ``plugin.py`` subclasses, and the marks pluggy reads.

A hook is synchronous and pure, takes nothing but ``self`` and returns one record or an iterable of them. Hooks run
once, when the platform is assembled; none is on the path of a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

import pluggy

from .errors import DeclarationError
from .jobs import Job
from .listeners import Listener
from .records import Command, Demo, EventType, FollowUp, Graph, Permission, Storage
from .settings import Settings

PROJECT = "serai"
F = TypeVar("F")

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

ID = re.compile(r"^[a-z][a-z0-9]{1,23}$")


class Hooks:
    """The hooks there are; see ``Plugin`` for what each returns."""

    @hookspec
    def graph(self) -> Graph | Iterable[Graph]:
        """What the plug-in puts into the graph."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def storage(self) -> Storage | Iterable[Storage]:
        """The plug-in's own tables."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def permissions(self) -> Permission | Iterable[Permission]:
        """The permissions it declares."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def events(self) -> EventType | Iterable[EventType]:
        """The events it emits."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def follow_ups(self) -> FollowUp | Iterable[FollowUp]:
        """What it does in the changes that emit certain events."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def demo(self) -> Demo | Iterable[Demo]:
        """Its part of the demo data."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def jobs(self) -> Job | Iterable[Job]:
        """What workers do for it."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def listeners(self) -> Listener | Iterable[Listener]:
        """What it does when something has happened."""
        raise NotImplementedError  # pluggy reads the signature only

    @hookspec
    def commands(self) -> Command | Iterable[Command]:
        """Its commands, under ``serai <id>``."""
        raise NotImplementedError  # pluggy reads the signature only


HOOKS: tuple[str, ...] = (
    "commands",
    "demo",
    "events",
    "follow_ups",
    "graph",
    "jobs",
    "listeners",
    "permissions",
    "storage",
)


class Plugin:
    """A plug-in: subclass it, override the hooks you need and mark them with ``@hookimpl``.

    ``id`` equals the name of the entry point in the group ``serai.plugins``. Name, version, summary, licence, authors
    and requirements come from the wheel and are not repeated here.
    """

    id: ClassVar[str]
    title: ClassVar[str] = ""
    requires: ClassVar[tuple[str, ...]] = ()
    after: ClassVar[tuple[str, ...]] = ()
    before: ClassVar[tuple[str, ...]] = ()
    claims: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[type[Settings] | None] = None
    stability: ClassVar[str] = "preview"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not ID.fullmatch(getattr(cls, "id", "")):
            raise DeclarationError(
                f"{cls.__name__}.id is {getattr(cls, 'id', None)!r}",
                hint="a plug-in's id matches ^[a-z][a-z0-9]{1,23}$ and equals the name of its entry point",
            )
        for name in HOOKS:
            method = cls.__dict__.get(name)
            if method is not None and not hasattr(method, f"{PROJECT}_impl"):
                raise DeclarationError(
                    f"{cls.__name__}.{name} is not marked as a hook", hint="write @hookimpl above it"
                )
