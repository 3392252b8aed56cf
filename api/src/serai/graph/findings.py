"""What plug-ins contribute, and what is found while it is resolved: owners of names, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serai_sdk import Graph, Origin

from .registry import Registry


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one plug-in puts into the graph."""

    plugin: str
    graphs: Sequence[Graph]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be: whose, what, where, and how to mend it. ``others`` are the further owners concerned.

    ``check`` is the numbered check of plug-ins that tells it, if it is not G01, which tells all others.
    """

    plugin: str
    message: str
    hint: str
    origin: Origin | None = None
    others: tuple[Origin, ...] = ()
    check: str = ""


class Findings:
    """The registry in the making, who owns which type name, and all problems so far."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.problems: list[Problem] = []
        self.owners: dict[str, tuple[str, Origin]] = {}
        self.plugin = ""

    def problem(
        self, message: str, hint: str, origin: Origin | None = None, *others: Origin, check: str = ""
    ) -> None:
        self.problems.append(Problem(self.plugin, message, hint, origin, others, check))

    def claim(self, name: str, origin: Origin) -> bool:
        """Take a type name; two owners are a problem that names both."""
        owner = self.owners.get(name)
        if owner is not None:
            self.problem(
                f"the type {name} is declared twice: by {owner[0]} and by {self.plugin}",
                "rename one of them; a plug-in's types begin with its id unless it claims the name",
                origin,
                owner[1],
            )
            return False
        self.owners[name] = (self.plugin, origin)
        return True
