"""Which plug-ins are installed: read from the metadata of distributions, without importing any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Final, cast

from packaging.utils import canonicalize_name

from serai.graph.findings import Problem
from serai_sdk.plugin import ID

GROUP: Final = "serai.plugins"
CORE: Final = "core"


@dataclass(frozen=True, slots=True)
class Found:
    """A plug-in as its distribution announces it; ``problems`` are those that show without importing it.

    One that calls itself as the core does comes under another id, which names its distribution.
    """

    id: str
    distribution: str
    version: str
    entry_point: EntryPoint
    metadata: Distribution
    problems: tuple[Problem, ...] = ()


def discover(path: Sequence[str] | None = None) -> list[Found]:
    """The plug-ins installed on ``path`` (default: ``sys.path``), by id; one that two distributions give comes once."""
    by_id: dict[str, list[Found]] = {}
    for one in _distributions(path):
        for entry in one.entry_points.select(group=GROUP):
            found = Found(entry.name, header(one, "Name") or "", one.version, entry, one)
            by_id.setdefault(entry.name, []).append(found)
    return [_checked(candidates) for _, candidates in sorted(by_id.items())]


def header(distribution: Distribution, name: str) -> str | None:
    """A header of a distribution's metadata; what is not there is ``None``, in every version of Python."""
    metadata = cast("Message | None", distribution.metadata)
    return None if metadata is None else metadata.get(name)


def _distributions(path: Sequence[str] | None) -> Iterable[Distribution]:
    """Each distribution once: the first of a name on the path is the one that would be imported."""
    seen: set[str] = set()
    for one in distributions() if path is None else distributions(path=list(path)):
        name = header(one, "Name")
        if name and canonicalize_name(name) not in seen:
            seen.add(canonicalize_name(name))
            yield one


def _checked(candidates: list[Found]) -> Found:
    candidates = sorted(candidates, key=lambda one: one.distribution)
    first = candidates[0]
    problems: list[Problem] = []
    if len(candidates) > 1:
        owners = " and ".join(f"{one.distribution} {one.version}" for one in candidates)
        problems.append(
            Problem(
                first.id,
                f"the plug-in id {first.id!r} is given by {len(candidates)} distributions: {owners}",
                "uninstall all but one of them",
            )
        )
    if not ID.fullmatch(first.id) or first.id == CORE:
        problems.append(
            Problem(
                first.id,
                f"{first.distribution} names its plug-in {first.id!r}, which cannot be an id",
                f"in the entry points group {GROUP!r}, use 2 to 24 lower-case letters and digits, not {CORE!r}",
            )
        )
    id = f"{CORE}@{first.distribution}" if first.id == CORE else first.id
    return Found(id, first.distribution, first.version, first.entry_point, first.metadata, tuple(problems))
