"""What is looked at: a plug-in's metadata, its source, what came of loading it, and Serai running with it."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import cached_property
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from pydantic import SecretStr

from serai.app import Assembly, Platform, apps_of, assemble, open_platform
from serai.errors import SeraiError
from serai.graph.findings import Problem
from serai.graph.registry import Registry
from serai.graph.whereabouts import Part, parts
from serai.loading import Found, Loaded, LoadReport, discover, examine
from serai.loading.ownership import owner_of
from serai.settings import Settings
from serai.storage import OrmApp, migrate
from serai_sdk import Origin, Plugin

from .check import Finding
from .project import Staged

__all__ = ["NotThere", "Subject"]

SCALE: Final = 0.02
"""How much of the demo data of the core there is: some customers, providers and transactions."""

WRITES: Final = frozenset("wax+")
DOINGS: Final = {
    "socket.connect": "connects to a server",
    "socket.getaddrinfo": "asks for an address on the network",
    "socket.bind": "opens a port",
    "subprocess.Popen": "starts a program",
    "os.system": "starts a program",
    "os.fork": "starts a process",
}


class NotThere(Exception):
    """What a check looks at is not there; the text says why."""


class Watch:
    """Notes what code does besides running, while it is on; one for a process, since hooks of audit stay for ever."""

    def __init__(self) -> None:
        self.is_on = False
        self.seen: list[str] = []
        sys.addaudithook(self._heard)

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event in DOINGS:
            self.seen.append(DOINGS[event])
        elif event == "open" and isinstance(given[1], str) and WRITES & set(given[1]):
            self.seen.append(f"writes the file {given[0]}")


_watches: list[Watch] = []


def _watch() -> Watch:
    if not _watches:
        _watches.append(Watch())
    return _watches[0]


class Subject:
    """A staged plug-in, looked at in this process: its modules are imported here.

    ``dsn`` names a database that is empty, or has the core's tables; ``settings`` say what is set for plug-ins.
    """

    def __init__(self, staged: Staged, *, settings: Settings, dsn: str | None) -> None:
        self.staged = staged
        self.settings = settings
        self.dsn = dsn
        self.did: list[str] = []
        self._stack = AsyncExitStack()
        self._platform: Platform | None = None
        self._demo_problem: str | None = None
        self.import_problem: str | None = None

    # -- what it says of itself

    @property
    def entries(self) -> list[EntryPoint]:
        """What it announces as plug-ins."""
        return list(self.staged.distribution.entry_points.select(group="serai.plugins"))

    @property
    def entry(self) -> EntryPoint:
        """The one plug-in it is."""
        if len(self.entries) != 1:
            raise NotThere("it does not announce one plug-in: see P01")
        return self.entries[0]

    @property
    def id(self) -> str:
        """The plug-in's id."""
        return self.entry.name

    @property
    def package(self) -> str:
        """The package it is in."""
        return self.entry.value.partition(":")[0].partition(".")[0]

    def requirements(self) -> Iterator[Requirement]:
        """What it asks of others, without extras."""
        for text in self.staged.distribution.requires or ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                yield wanted

    # -- its source

    @cached_property
    def sources(self) -> dict[Path, ast.Module]:
        """Its modules, read and not run."""
        found = {}
        for name in self.staged.files:
            path = self.staged.source / name
            if path.suffix == ".py" and name.partition("/")[0] == self.package:
                try:
                    found[path] = ast.parse(path.read_text(encoding="utf-8"))
                except SyntaxError:
                    continue  # that it cannot be imported is told by P07
        return found

    def nodes(self) -> Iterator[tuple[str, ast.AST]]:
        """Everything in its modules, each with its place."""
        for path, tree in self.sources.items():
            for node in ast.walk(tree):
                yield f"{path.relative_to(self.staged.source)}:{getattr(node, 'lineno', 0)}", node

    # -- loading

    @cached_property
    def found(self) -> Sequence[Found]:
        """All plug-ins that are installed, and this one in the place of one of its name."""
        return discover([*map(str, self.staged.path), *sys.path])

    @cached_property
    def imported(self) -> Plugin:
        """The plug-in, imported; ``did`` then holds what its import did besides."""
        for one in reversed(self.staged.path):
            if str(one) not in sys.path:
                sys.path.insert(0, str(one))
        threads, watch = set(threading.enumerate()), _watch()
        watch.seen, watch.is_on, sys.dont_write_bytecode = [], True, True
        try:
            loaded: Plugin = self.entry.load()
        except NotThere:
            raise
        except (Exception, SystemExit) as error:  # whatever it is, it is told
            self.import_problem = f"{type(error).__name__}: {error}".rstrip(": ")
            raise NotThere("it cannot be imported: see P07") from None
        finally:
            watch.is_on = False
        self.did = list(dict.fromkeys(watch.seen))
        self.did += [f"starts the thread {one.name}" for one in threading.enumerate() if one not in threads]
        return loaded

    @cached_property
    def before(self) -> Mapping[str, Part]:
        """What the core alone declares, as it is when it is first asked for."""
        return self.core_alone()

    def core_alone(self) -> Mapping[str, Part]:
        """What the core alone declares, now."""
        return parts(examine(self.settings_for(()), found=()).registry)

    def settings_for(self, ids: Sequence[str], **more: Any) -> Settings:
        """The settings with these plug-ins and no others."""
        given = {id: one for id, one in self.settings.plugin_settings.items() if id in ids}
        update = {"plugins": dict.fromkeys(ids, "required"), "plugin_settings": given, "redis_url": None}
        return self.settings.model_copy(update=update | more)

    @cached_property
    def needed(self) -> list[str]:
        """The plug-in's id and those of all it requires."""
        installed = {one.id: one for one in self.found}
        ids = [self.id]
        for id in ids:
            if id in installed:
                loaded = self.imported if id == self.id else installed[id].entry_point.load()
                ids += [one for one in getattr(loaded, "requires", ()) if one not in ids]
        return ids

    @cached_property
    def report(self) -> LoadReport:
        """What comes of loading it with what it requires, and nothing else."""
        return examine(self.settings_for(self.needed), found=self.found)

    @property
    def examined(self) -> Loaded:
        """What came of loading it."""
        loaded = self.report.plugin(self.id)
        assert loaded is not None
        return loaded

    @property
    def loaded(self) -> Loaded:
        """The same, if it is ready."""
        self.has_to_load()
        return self.examined

    def has_to_load(self) -> None:
        """Raises ``NotThere``, naming the checks that tell why, unless it loads."""
        if self.examined.state != "ready":
            told = sorted({one.check or "G01" for one in self.examined.problems})
            raise NotThere(f"it does not load: see {', '.join(told)}")

    @property
    def registry(self) -> Registry:
        """All that is declared, by it and by what it stands on, if it is ready."""
        self.has_to_load()
        return self.report.registry

    def owns(self, origin: Origin) -> bool:
        """Whether something was declared in the plug-in's code."""
        return owner_of([self.imported], origin) == self.id

    def problems(self, number: str) -> Iterator[Finding]:
        """What loading has against it, of what is told by that check."""
        for one in self.examined.problems:
            if (one.check or "G01") == number:
                yield finding(one)

    # -- running

    @cached_property
    def assembly(self) -> Assembly:
        """It and what it requires, put together."""
        self.has_to_load()
        return assemble(self.settings_for(self.needed), found=self.found)

    @property
    def database(self) -> str:
        """Where its tables are made."""
        self.has_to_load()
        if self.dsn is None:
            raise NotThere("no database was given")
        return self.dsn

    @property
    def apps(self) -> dict[str, OrmApp]:
        """Its tables and migrations, and those of what it stands on."""
        self.has_to_load()
        return apps_of(self.report)

    async def platform(self) -> Platform:
        """Serai with it, its tables and some demo data, opened once."""
        if self._platform is None:
            try:
                await migrate(self.database, self.apps)
            except SeraiError:
                raise NotThere("its tables cannot be made: see D03") from None
            settings = self.settings_for(self.needed, database_url=SecretStr(self.database))
            self._platform = await open_platform(settings, assembly=self.assembly)
            self._stack.push_async_callback(self._platform.close)
            await self._fill(self._platform)
        return self._platform

    async def demo_problem(self) -> str | None:
        """Why its demo data cannot be built; ``None`` if they can."""
        await self.platform()
        return self._demo_problem

    async def _fill(self, platform: Platform) -> None:
        try:
            await platform.demo(scale=SCALE)
        except (
            Exception
        ) as error:  # a plug-in's builder may raise anything; the core's data are wanted all the same
            self._demo_problem = f"{type(error).__name__}: {error}"
            others = {id: one for id, one in self.assembly.demos.items() if id != self.id}
            platform.assembly = replace(self.assembly, demos=others)
            await platform.demo(scale=SCALE)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Subject]:
        """Closes in the end what was opened."""
        async with self._stack:
            yield self


def finding(problem: Problem) -> Finding:
    """A problem of loading as a finding."""
    origin = problem.origin
    place = f"{origin.file}:{origin.line}" if origin is not None and origin.file else ""
    return Finding(problem.message, problem.hint, place)
