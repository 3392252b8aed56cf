"""What a plug-in contributes: its hooks called, each apart from all others, and what they return stamped.

Pluggy validates and collects; it is used here, while the platform is put together, and nowhere on the way of a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import pluggy

from serai.graph.findings import Problem
from serai_sdk import (
    Command,
    Demo,
    EventType,
    FollowUp,
    Graph,
    Job,
    Listener,
    Origin,
    Permission,
    Plugin,
    Storage,
    Timeline,
)
from serai_sdk.entity import EntityRecord, ExtendRecord
from serai_sdk.operations import Bulk, Connection, Lookup, Mutation, Query, Subscription
from serai_sdk.plugin import PROJECT, Hooks

from .importing import problem_of
from .report import Records

RECORDS: Final[dict[str, type]] = {
    "graph": Graph,
    "storage": Storage,
    "permissions": Permission,
    "events": EventType,
    "demo": Demo,
    "commands": Command,
    "jobs": Job,
    "follow_ups": FollowUp,
    "listeners": Listener,
}


class Stage:
    """Plug-ins registered with pluggy, asked one by one."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)

    def register(self, plugin: Plugin) -> list[Problem]:
        """Takes a plug-in; one whose hooks are not those there are is turned away."""
        try:
            self._manager.register(plugin, name=plugin.id)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._manager.get_plugin(plugin.id) is not None:
                self._manager.unregister(name=plugin.id)
            known = ", ".join(sorted(RECORDS))
            text = re.sub(r" in plugin <.*>$", "", " ".join(str(error).split()))
            return [
                Problem(plugin.id, f"has a hook that does not fit: {text}", f"there are the hooks {known}")
            ]
        return []

    def collect(self, plugin: Plugin, version: str) -> tuple[Records, list[Problem]]:
        """What all hooks of one plug-in return, and what is wrong with it."""
        stamp = _Stamp(plugin.id, version)
        collected: dict[str, tuple[Any, ...]] = {}
        problems: list[Problem] = []
        others = [one for one in self._manager.get_plugins() if one is not plugin]
        for hook, kind in RECORDS.items():
            try:
                returned = list(_flat(self._manager.subset_hook_caller(hook, others)(), kind))
            except Exception as error:  # a plug-in's hook may raise anything; the others go on
                problems.append(
                    problem_of(
                        plugin.id,
                        error,
                        f"its hook {hook!r} failed",
                        "a hook returns records and does no I/O",
                    )
                )
                continue
            wrong = [problem for one in returned for problem in _wrong(plugin.id, hook, one, kind)]
            problems += wrong
            if not wrong:
                collected[hook] = tuple(stamp.record(one) for one in returned)
        return Records(**collected), problems


def _flat(returned: Iterable[Any], kind: type) -> Iterator[Any]:
    """Each record, whether a hook returned one or an iterable of them."""
    for one in returned:
        if isinstance(one, kind) or not isinstance(one, Iterable):
            yield one
        else:
            yield from one


def _wrong(plugin: str, hook: str, one: Any, kind: type) -> Iterator[Problem]:
    if not isinstance(one, kind):
        yield Problem(
            plugin,
            f"its hook {hook!r} returned {_shown(one)}, not {kind.__name__}",
            f"return a {kind.__name__}, or an iterable of them",
        )
    elif isinstance(one, Graph):
        yield from _wrong_graph(plugin, one)


def _wrong_graph(plugin: str, graph: Graph) -> Iterator[Problem]:
    for what, decorator, given in (
        ("entity", "entity, @interface or @offer_kind", graph.entities),
        ("extend", "extend", graph.extends),
    ):
        for one in given:
            if f"__serai_{what}__" not in getattr(one, "__dict__", {}):
                yield Problem(
                    plugin,
                    f"its Graph lists {_shown(one)} where classes decorated with @{decorator} belong",
                    f"decorate it with @{decorator}",
                )
    roots: tuple[tuple[Iterable[object], tuple[type, ...], str], ...] = (
        (graph.queries, (Connection, Lookup, Query), "connection, lookup or query"),
        (graph.mutations, (Mutation, Bulk), "mutation or bulk"),
        (graph.subscriptions, (Subscription,), "subscription"),
    )
    for listed, kinds, made_with in roots:
        for root in listed:
            if not isinstance(root, kinds):
                yield Problem(
                    plugin,
                    f"its Graph lists {_shown(root)} as a root field",
                    f"make it with serai_sdk.{made_with}",
                )
    standing: Iterable[object] = graph.timelines
    for each in standing:
        if not isinstance(each, Timeline):
            yield Problem(
                plugin,
                f"its Graph lists {_shown(each)} among its timelines",
                "write Timeline(entity, customer=..., at=..., kind=..., title=...)",
            )


def _shown(one: Any) -> str:
    return f"the class {one.__name__}" if isinstance(one, type) else f"a {type(one).__name__}"


class _Stamp:
    """Writes the plug-in and its version on the origins of its records."""

    def __init__(self, plugin: str, version: str) -> None:
        self.plugin = plugin
        self.version = version

    def record(self, one: Any) -> Any:
        match one:
            case Graph():
                return replace(
                    one,
                    entities=tuple(self.declared(cls, "__serai_entity__") for cls in one.entities),
                    extends=tuple(self.declared(cls, "__serai_extend__") for cls in one.extends),
                    queries=tuple(self.placed(root) for root in one.queries),
                    mutations=tuple(self.placed(root) for root in one.mutations),
                    subscriptions=tuple(self.placed(root) for root in one.subscriptions),
                    timelines=tuple(self.placed(each) for each in one.timelines),
                )
            case Permission() | EventType():
                return self.placed(one)
        return one

    def declared(self, cls: type, mark: str) -> type:
        """A class like ``cls`` whose record is stamped; ``cls`` itself stays as its author made it."""
        record: EntityRecord | ExtendRecord = cls.__dict__[mark]
        stamped = replace(self.placed(record), fields=tuple(self.placed(field) for field in record.fields))
        return type(
            cls.__name__, (cls,), {mark: stamped, "__module__": cls.__module__, "__doc__": cls.__doc__}
        )

    def placed(self, one: Any) -> Any:
        origin: Origin = one.origin
        return replace(one, origin=replace(origin, plugin=self.plugin, version=self.version))
