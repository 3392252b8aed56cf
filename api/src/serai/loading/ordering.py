"""The order plug-ins come in: after what they require, then by their own labels, then by id."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

from serai.graph.findings import Problem
from serai_sdk import Plugin

from .discover import CORE


def ordered(plugins: Mapping[str, Plugin]) -> tuple[list[str], list[Problem]]:
    """The ids in order, the core first, and a problem for each plug-in that waits for itself (which is left out)."""
    before = _before(plugins)
    missing = {id: len(earlier) for id, earlier in before.items()}
    later: dict[str, list[str]] = {id: [] for id in plugins}
    for id, earlier in before.items():
        for one in earlier:
            later[one].append(id)
    ready = [(id != CORE, id) for id, count in missing.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, id = heapq.heappop(ready)
        order.append(id)
        for one in later[id]:
            missing[one] -= 1
            if missing[one] == 0:
                heapq.heappush(ready, (one != CORE, one))
    circular = {
        id: [one for one in before[id] if one not in order] for id in sorted(set(plugins) - set(order))
    }
    return order, [_circle(id, circular) for id in circular]


def _before(plugins: Mapping[str, Plugin]) -> dict[str, set[str]]:
    before: dict[str, set[str]] = {id: {CORE} & set(plugins) - {id} for id in plugins}
    for id, one in plugins.items():
        before[id] |= {other for other in (*one.requires, *one.after) if other in plugins}
        for other in one.before:
            if other in plugins:
                before[other].add(id)
    return before


def _circle(id: str, circular: Mapping[str, Sequence[str]]) -> Problem:
    """Who waits for whom, from ``id`` until somebody comes a second time."""
    way = [id]
    while (following := min(circular[way[-1]])) not in way:
        way.append(following)
    shown = " after ".join([*way, following])
    return Problem(id, f"cannot be put in order: {shown}", "take away one of their requires, after or before")
